using System.Runtime.InteropServices;
using Florin.Ledger;
using Florin.Ledger.Journal;

namespace Florin.Storage.Ledger;

/// <summary>Encodes the rows of a batch once, for COPY, for the checksums of its rows and for the hash chain.</summary>
internal sealed class BatchEncoder
{
    private readonly RowChecksums _checksums = new();

    /// <summary>One for each table, in the order of <see cref="JournalTable.All"/>.</summary>
    public IReadOnlyList<CopyBuffer> Buffers { get; } = [.. JournalTable.All.Select(_ => new CopyBuffer())];

    /// <summary>CRC-32C of each row, in the order of the tables.</summary>
    public ReadOnlySpan<byte> Checksums => _checksums.Bytes;

    /// <summary>Fills the buffers.</summary>
    public void Encode(JournalBatch batch)
    {
        _checksums.Clear();
        foreach (CopyBuffer buffer in Buffers)
        {
            buffer.Start();
        }

        foreach (AccountRow account in batch.Accounts)
        {
            Row(JournalTable.Accounts, account, batch);
        }

        foreach (ref readonly TransferRow transfer in CollectionsMarshal.AsSpan(batch.Transfers))
        {
            Encode(in transfer, batch.Timestamp);
        }

        foreach (DetailRow detail in batch.Details)
        {
            Encode(detail);
        }

        foreach (StandingRow standing in batch.Standings)
        {
            Encode(standing, batch.Number);
        }

        foreach (LimitRow use in batch.Limits)
        {
            Encode(use, batch.Number);
        }

        for (int index = 0; index < batch.Periods.Count; index++)
        {
            Encode(batch.Periods[index], batch.Number, index + 1);
        }
    }

    /// <summary>The hash of what was encoded last.</summary>
    public byte[] Hash(JournalBatch batch, long epoch, ReadOnlySpan<byte> previousHash)
    {
        BatchHash hash = new(batch.Number, epoch, batch.LastSequence - batch.Transfers.Count + 1, batch.LastSequence, batch.Timestamp);
        foreach (CopyBuffer buffer in Buffers)
        {
            hash.AddTable(buffer.Rows);
        }

        return hash.Finish(previousHash, Checksums);
    }

    private void Row(JournalTable table, AccountRow account, JournalBatch batch)
    {
        CopyBuffer rows = Begin(table, out int start);
        rows.BigInt(account.Number);
        rows.Text(account.Id.Address.Value);
        rows.Text(account.Id.Asset.Code);
        rows.SmallInt((short)account.Id.Asset.Scale);
        rows.SmallInt((short)account.NormalSide);
        rows.Integer((int)account.Flags);
        rows.BigInt(batch.Number);
        End(rows, start);
    }

    private void Encode(in TransferRow transfer, DateTimeOffset recordedAt)
    {
        CopyBuffer rows = Begin(JournalTable.Transfers, out int start);
        rows.BigInt(transfer.Sequence);
        rows.Uuid(transfer.TransactionId.Value);
        rows.SmallInt((short)transfer.Kind);
        rows.SmallInt(transfer.Index);
        rows.SmallInt(transfer.Count);
        rows.BigInt(transfer.DebitAccount);
        rows.BigInt(transfer.CreditAccount);
        rows.Numeric(transfer.Amount);
        rows.Integer(transfer.Code);
        if (transfer.Related is { } related)
        {
            rows.Uuid(related.Value);
            rows.SmallInt(transfer.RelatedIndex);
        }
        else
        {
            rows.Null();
            rows.Null();
        }

        rows.Timestamp(recordedAt);
        if (transfer.Kind == TransactionKind.Post)
        {
            rows.Numeric(transfer.Released);
        }
        else
        {
            rows.Null();
        }

        rows.TimestampOrNull(transfer.ExpiresAt);
        rows.Totals(transfer.DebitAfter, transfer.CreditAfter);
        End(rows, start);
    }

    private void Encode(DetailRow detail)
    {
        CopyBuffer rows = Begin(JournalTable.Details, out int start);
        rows.BigInt(detail.Sequence);
        rows.Uuid(detail.TransactionId.Value);
        rows.DateOrNull(detail.EffectiveDate);
        rows.DateOrNull(detail.AskedDate);
        rows.TextOrNull(detail.Reference);
        rows.TextOrNull(detail.Metadata);
        rows.TextsOrNull(Labels.Of(detail.Metadata));
        if (detail.Terms is { } terms)
        {
            rows.Bytes(terms.Span);
        }
        else
        {
            rows.Null();
        }

        End(rows, start);
    }

    private void Encode(StandingRow standing, long batch)
    {
        CopyBuffer rows = Begin(JournalTable.Standings, out int start);
        rows.BigInt(batch);
        rows.Integer(standing.Position);
        rows.BigInt(standing.Account);
        rows.SmallInt((short)standing.Standing);
        rows.BigInt(standing.AfterSequence);
        End(rows, start);
    }

    private void Encode(LimitRow use, long batch)
    {
        CopyBuffer rows = Begin(JournalTable.LimitUses, out int start);
        rows.BigInt(batch);
        rows.Integer(use.Position);
        rows.Text(use.Key);
        rows.Numeric(use.Amount);
        rows.Numeric(use.Used);
        rows.Numeric(use.Max);
        rows.Timestamp(use.ForgetAfter);
        rows.BigInt(use.AfterSequence);
        End(rows, start);
    }

    private void Encode(PeriodRow period, long batch, int position)
    {
        CopyBuffer rows = Begin(JournalTable.Periods, out int start);
        rows.BigInt(batch);
        rows.Integer(position);
        rows.Date(period.Through);
        rows.BigInt(period.AfterSequence);
        End(rows, start);
    }

    private CopyBuffer Begin(JournalTable table, out int start)
    {
        CopyBuffer rows = Buffers[table.Index];
        start = rows.RowsLength;
        rows.StartRow(table.FieldCount);
        return rows;
    }

    private void End(CopyBuffer rows, int start) => _checksums.Add(rows.Rows[start..]);
}
