using System.Buffers;

namespace Florin.Providers.Resilience;

/// <summary>Reads an answer's body up to a bound, and keeps what came when the rest did not.</summary>
internal sealed class BoundedBody(int bytesMax)
{
    private const int ChunkBytes = 16 * 1024;

    private readonly ArrayBufferWriter<byte> _read = new();

    /// <summary>What was read so far.</summary>
    public ReadOnlyMemory<byte> Bytes => _read.WrittenMemory;

    /// <returns><see langword="false"/> when there is more than the bound.</returns>
    public async ValueTask<bool> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        await using Stream stream = await content.ReadAsStreamAsync(cancellationToken);
        byte[] chunk = new byte[ChunkBytes];
        while (true)
        {
            int count = await stream.ReadAsync(chunk, cancellationToken);
            if (count == 0)
            {
                return true;
            }

            int room = Math.Min(count, bytesMax - _read.WrittenCount);
            _read.Write(chunk.AsSpan(0, room));
            if (room < count)
            {
                return false;
            }
        }
    }
}
