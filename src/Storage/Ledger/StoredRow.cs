using Florin.Ledger;
using Florin.Ledger.Journal;
using Npgsql;

namespace Florin.Storage.Ledger;

/// <summary>Rows of <see cref="JournalTable.Transfers"/>, with the detail columns from <see cref="DetailAt"/> on, as the ledger's own.</summary>
internal static class StoredRow
{
    /// <summary>Where effective date, asked date, reference, metadata and terms begin.</summary>
    public const int DetailAt = 15;

    public static TransferRow Transfer(CopyStream row)
    {
        (AccountTotals debit, AccountTotals credit) = BalanceBytes.Read(row.Field(14, out _));
        return new TransferRow(
            row.BigInt(0),
            new TransactionId(row.UuidOrNull(1)!.Value),
            (TransactionKind)row.SmallInt(2),
            row.SmallInt(3),
            row.SmallInt(4),
            row.BigInt(5),
            row.BigInt(6),
            row.Numeric(7),
            row.Integer(8),
            row.UuidOrNull(9) is { } related ? new TransactionId(related) : null,
            row.SmallIntOr(10, -1),
            row.IsNull(12) ? UInt128.Zero : row.Numeric(12),
            row.IsNull(13) ? null : row.Timestamp(13),
            debit,
            credit);
    }

    public static TransferRow Transfer(NpgsqlDataReader reader)
    {
        (AccountTotals debit, AccountTotals credit) = BalanceBytes.Read(reader.GetFieldValue<byte[]>(14));
        return new TransferRow(
            reader.GetInt64(0),
            TransactionId.FromGuid(reader.GetGuid(1)),
            (TransactionKind)reader.GetInt16(2),
            reader.GetInt16(3),
            reader.GetInt16(4),
            reader.GetInt64(5),
            reader.GetInt64(6),
            reader.GetUInt128(7),
            reader.GetInt32(8),
            reader.IsDBNull(9) ? null : TransactionId.FromGuid(reader.GetGuid(9)),
            reader.IsDBNull(10) ? (short)-1 : reader.GetInt16(10),
            reader.IsDBNull(12) ? UInt128.Zero : reader.GetUInt128(12),
            reader.IsDBNull(13) ? null : reader.GetFieldValue<DateTimeOffset>(13),
            debit,
            credit);
    }

    /// <returns><see langword="null"/> when there is none.</returns>
    public static DetailRow? Detail(CopyStream row, in TransferRow first)
    {
        bool hasNone = row.IsNull(DetailAt) && row.IsNull(DetailAt + 1) && row.IsNull(DetailAt + 2) && row.IsNull(DetailAt + 3) && row.IsNull(DetailAt + 4);
        return hasNone
            ? null
            : new DetailRow(
                first.Sequence,
                first.TransactionId,
                row.IsNull(DetailAt) ? null : row.Date(DetailAt),
                row.IsNull(DetailAt + 1) ? null : row.Date(DetailAt + 1),
                row.IsNull(DetailAt + 2) ? null : row.Text(DetailAt + 2),
                row.IsNull(DetailAt + 3) ? null : row.Text(DetailAt + 3),
                row.IsNull(DetailAt + 4) ? default(ReadOnlyMemory<byte>?) : (ReadOnlyMemory<byte>)row.Field(DetailAt + 4, out _).ToArray());
    }

    /// <returns><see langword="null"/> when there is none.</returns>
    public static DetailRow? Detail(NpgsqlDataReader reader, in TransferRow first)
    {
        bool hasNone = true;
        for (int column = DetailAt; column < DetailAt + 5; column++)
        {
            hasNone &= reader.IsDBNull(column);
        }

        return hasNone
            ? null
            : new DetailRow(
                first.Sequence,
                first.TransactionId,
                reader.IsDBNull(DetailAt) ? null : reader.GetFieldValue<DateOnly>(DetailAt),
                reader.IsDBNull(DetailAt + 1) ? null : reader.GetFieldValue<DateOnly>(DetailAt + 1),
                reader.IsDBNull(DetailAt + 2) ? null : reader.GetString(DetailAt + 2),
                reader.IsDBNull(DetailAt + 3) ? null : reader.GetString(DetailAt + 3),
                reader.IsDBNull(DetailAt + 4) ? default(ReadOnlyMemory<byte>?) : (ReadOnlyMemory<byte>)reader.GetFieldValue<byte[]>(DetailAt + 4));
    }
}
