using System.Buffers.Binary;

namespace Florin.Storage.Ledger.Audit;

/// <summary>A row of ledger.batches as it stands there, right or wrong.</summary>
/// <param name="Microseconds">Its time, since 2000-01-01T00:00:00Z.</param>
/// <param name="Counts">Rows of each table, in the order of <see cref="JournalTable.All"/>.</param>
internal sealed record BatchRow(
    long Number, long Epoch, long First, long Last, long Microseconds, byte[] Checksums, byte[] PreviousHash, byte[] Hash, int[] Counts)
{
    public const string Columns =
        "batch, epoch, first_sequence, last_sequence, recorded_at, checksums, previous_hash, hash, "
        + "accounts, transfers, details, standings, limit_uses, periods";

    public const string Query = $"select {Columns} from ledger.batches order by batch";

    public static BatchRow Of(CopyStream row) => new(
        row.BigInt(0), row.BigInt(1), row.BigInt(2), row.BigInt(3), row.BigInt(4),
        row.Field(5, out _).ToArray(), row.Field(6, out _).ToArray(), row.Field(7, out _).ToArray(),
        [.. JournalTable.All.Select(table => row.Integer(8 + table.Index))]);

    /// <summary>What is wrong with the row by itself or with its place in the chain; <see langword="null"/> when nothing is seen.</summary>
    public string? Contradiction(long sequenceBefore, ReadOnlySpan<byte> hashBefore)
    {
        if (First != sequenceBefore + 1)
        {
            return $"it starts at sequence {First}, not at {sequenceBefore + 1}";
        }

        if ((Int128)Last - First + 1 != Counts[JournalTable.Transfers.Index])
        {
            return "its sequences and its count of transfers contradict each other";
        }

        if (Counts.Any(count => count < 0) || Counts.Sum(count => (long)count) * RowChecksums.Length != Checksums.Length)
        {
            return "its counts and its checksums contradict each other";
        }

        return PreviousHash.AsSpan().SequenceEqual(hashBefore) ? null : "it is not chained to the hash of the batch before";
    }

    /// <summary>The checksum that the row at a place of a table was written with.</summary>
    public uint Checksum(JournalTable table, int index)
    {
        int before = Counts.Take(table.Index).Sum();
        return BinaryPrimitives.ReadUInt32BigEndian(Checksums.AsSpan((before + index) * RowChecksums.Length));
    }
}
