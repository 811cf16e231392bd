using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Florin.Storage.Ledger;

/// <summary>The hash of a batch, which chains it to the one before.</summary>
/// <remarks>
/// hash(n) = SHA-256(0x02 ‖ hash(n-1) ‖ batch ‖ epoch ‖ first sequence ‖ last sequence ‖ time in µs since 2000 ‖ SHA-256(rows) of each table in
/// the order of <see cref="JournalTable.All"/> ‖ SHA-256(checksums)), integers of 8 bytes big-endian, rows as binary COPY tuples.
/// </remarks>
internal sealed class BatchHash
{
    public const int Length = 32;

    private const byte Format = 0x02;
    private const int NumbersAt = 1 + Length;
    private const int TablesAt = NumbersAt + (5 * sizeof(long));
    private const long PostgresEpochTicks = 630_822_816_000_000_000;

    private readonly byte[] _content = new byte[TablesAt + ((JournalTable.All.Count + 1) * Length)];
    private int _at = TablesAt;

    public BatchHash(long batch, long epoch, long firstSequence, long lastSequence, DateTimeOffset recordedAt)
        : this(batch, epoch, firstSequence, lastSequence, (recordedAt.UtcTicks - PostgresEpochTicks) / TimeSpan.TicksPerMicrosecond)
    {
    }

    /// <param name="microseconds">Since 2000-01-01T00:00:00Z, as PostgreSQL stores a time.</param>
    public BatchHash(long batch, long epoch, long firstSequence, long lastSequence, long microseconds)
    {
        _content[0] = Format;
        long[] numbers = [batch, epoch, firstSequence, lastSequence, microseconds];
        for (int index = 0; index < numbers.Length; index++)
        {
            BinaryPrimitives.WriteInt64BigEndian(_content.AsSpan(NumbersAt + (index * sizeof(long))), numbers[index]);
        }
    }

    /// <summary>Once for each table, in order.</summary>
    public void AddTable(ReadOnlySpan<byte> rows) => AddTableHash(SHA256.HashData(rows));

    public void AddTableHash(ReadOnlySpan<byte> hashOfRows)
    {
        hashOfRows.CopyTo(_content.AsSpan(_at));
        _at += Length;
    }

    public byte[] Finish(ReadOnlySpan<byte> previousHash, ReadOnlySpan<byte> checksums)
    {
        previousHash.CopyTo(_content.AsSpan(1));
        AddTable(checksums);
        return SHA256.HashData(_content);
    }
}
