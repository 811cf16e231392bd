using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Florin.Storage.Ledger.Audit;

/// <summary>
/// The file that a whole ledger is exported to, inside gzip: magic and version, then frames. A frame is a kind (1 byte), a length (4 bytes,
/// big-endian) and so many bytes; the last one carries SHA-256 of all before it, so that nothing can be cut off or put behind.
/// </summary>
internal static class LedgerFile
{
    public const byte Version = 2;

    /// <summary>More than any batch has; a length above it is damage, not a reason to take memory.</summary>
    public const int FrameBytesMax = 256 * 1024 * 1024;

    public static ReadOnlySpan<byte> Magic => "florin-ledger"u8;

    /// <summary>The row of ledger.batches, as a binary COPY tuple of <see cref="BatchRow.Query"/>.</summary>
    public const byte Batch = 1;

    /// <summary>The rows of one table of that batch, one frame each, in the order of <see cref="JournalTable.All"/>.</summary>
    public const byte Rows = 2;

    /// <summary>Epoch, batch, sequence and time of the head (8 bytes each), and its hash.</summary>
    public const byte Head = 3;

    /// <summary>SHA-256 of all before it.</summary>
    public const byte End = 4;
}

/// <summary>Writes frames.</summary>
internal sealed class LedgerFileWriter(Stream stream) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public ValueTask StartAsync(CancellationToken cancellationToken) => WriteAsync((byte[])[.. LedgerFile.Magic, LedgerFile.Version], cancellationToken);

    public async ValueTask FrameAsync(byte kind, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        byte[] header = new byte[5];
        header[0] = kind;
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(1), content.Length);
        await WriteAsync(header, cancellationToken);
        await WriteAsync(content, cancellationToken);
    }

    public ValueTask EndAsync(CancellationToken cancellationToken) => FrameAsync(LedgerFile.End, _hash.GetCurrentHash(), cancellationToken);

    public void Dispose() => _hash.Dispose();

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        _hash.AppendData(bytes.Span);
        await stream.WriteAsync(bytes, cancellationToken);
    }
}

/// <summary>Reads frames, and believes none of them before it was checked.</summary>
internal sealed class LedgerFileReader(Stream stream) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <exception cref="InvalidDataException">Not a file of this version.</exception>
    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        byte[] start = await TakeAsync(LedgerFile.Magic.Length + 1, cancellationToken);
        if (!start.AsSpan(0, start.Length - 1).SequenceEqual(LedgerFile.Magic))
        {
            throw new InvalidDataException("The file is not an exported ledger.");
        }

        if (start[^1] != LedgerFile.Version)
        {
            throw new InvalidDataException($"The file has format version {start[^1]}; this program reads version {LedgerFile.Version}.");
        }
    }

    /// <exception cref="InvalidDataException">Damaged or cut.</exception>
    public async ValueTask<(byte Kind, byte[] Content)> FrameAsync(CancellationToken cancellationToken)
    {
        byte[] sum = _hash.GetCurrentHash();
        byte[] header = await TakeAsync(5, cancellationToken);
        int length = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(1));
        if (length is < 0 or > LedgerFile.FrameBytesMax)
        {
            throw new InvalidDataException("The file is damaged: a length in it is impossible.");
        }

        byte[] content = await TakeAsync(length, cancellationToken);
        if (header[0] == LedgerFile.End)
        {
            bool isWhole = content.AsSpan().SequenceEqual(sum) && await ReadAsync(new byte[1], cancellationToken) == 0;
            return isWhole ? (header[0], content) : throw new InvalidDataException("The file is damaged: its checksum does not fit its content.");
        }

        return (header[0], content);
    }

    public void Dispose() => _hash.Dispose();

    private async ValueTask<byte[]> TakeAsync(int length, CancellationToken cancellationToken)
    {
        using MemoryStream taken = new();
        byte[] buffer = new byte[Math.Min(length, 1024 * 1024)];
        while (taken.Length < length)
        {
            // Memory is taken as bytes arrive, not as a length promises.
            int read = await ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, length - taken.Length)), cancellationToken);
            if (read == 0)
            {
                throw new InvalidDataException("The file is cut: it ends in the middle.");
            }

            taken.Write(buffer, 0, read);
        }

        byte[] bytes = taken.ToArray();
        _hash.AppendData(bytes);
        return bytes;
    }

    private async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.ReadAsync(buffer, cancellationToken);
        }
        catch (InvalidDataException damaged)
        {
            throw new InvalidDataException("The file is damaged, or is not an exported ledger.", damaged);
        }
    }
}
