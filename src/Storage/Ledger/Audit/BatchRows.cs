using System.Security.Cryptography;

namespace Florin.Storage.Ledger.Audit;

/// <summary>A row that stands where a batch's rows stand.</summary>
internal readonly record struct FoundRow(JournalKey Key, uint Checksum);

/// <summary>The rows of one batch as they are found, by table. Used again for the next batch.</summary>
internal sealed class BatchRows
{
    private readonly List<FoundRow>[] _tables = [.. JournalTable.All.Select(_ => new List<FoundRow>())];
    private readonly byte[][] _hashes = new byte[JournalTable.All.Count][];

    /// <summary>Sequences at which a transaction begins: only there can details stand.</summary>
    public List<long> FirstSequences { get; } = [];

    public IReadOnlyList<FoundRow> Of(JournalTable table) => _tables[table.Index];

    public void Clear()
    {
        FirstSequences.Clear();
        foreach (List<FoundRow> rows in _tables)
        {
            rows.Clear();
        }
    }

    public void Add(JournalTable table, FoundRow row) => _tables[table.Index].Add(row);

    public void Close(JournalTable table, IncrementalHash content) => _hashes[table.Index] = content.GetHashAndReset();

    /// <summary>The hash that a batch with exactly these rows has.</summary>
    public byte[] Hash(BatchRow batch, ReadOnlySpan<byte> previousHash)
    {
        BatchHash hash = new(batch.Number, batch.Epoch, batch.First, batch.Last, batch.Microseconds);
        foreach (byte[] tableHash in _hashes)
        {
            hash.AddTableHash(tableHash);
        }

        return hash.Finish(previousHash, Checksums());
    }

    public bool Matches(BatchRow batch) =>
        JournalTable.All.All(table => Of(table).Count == batch.Counts[table.Index]) && batch.Checksums.AsSpan().SequenceEqual(Checksums());

    private byte[] Checksums()
    {
        byte[] bytes = new byte[_tables.Sum(rows => rows.Count) * RowChecksums.Length];
        int at = 0;
        foreach (FoundRow row in _tables.SelectMany(rows => rows))
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at), row.Checksum);
            at += RowChecksums.Length;
        }

        return bytes;
    }
}
