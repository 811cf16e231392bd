using System.Buffers;

namespace Florin.Server.Http;

/// <summary>Reads bodies that have a limit into memory of their own size: a buffer of the limit's size for each request is what a busy server would mostly do.</summary>
internal static class BoundedBody
{
    private const int FirstBytes = 4 * 1024;

    /// <summary>Reads the body whole.</summary>
    /// <returns>As many bytes as there are; <see langword="null"/> when there are more than <paramref name="bytesMax"/>, and then the rest is unread.</returns>
    /// <exception cref="BadHttpRequestException">It breaks off, or comes too slowly.</exception>
    public static async ValueTask<byte[]?> ReadAsync(HttpRequest request, int bytesMax, CancellationToken cancellationToken)
    {
        // The length is the caller's word: within the limit it costs no more than the limit, and the host holds the caller to it.
        int room = (int)Math.Min(request.ContentLength ?? FirstBytes, bytesMax) + 1;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(room);
        int count = 0;
        try
        {
            while (true)
            {
                int read = await request.Body.ReadAsync(buffer.AsMemory(count), cancellationToken);
                count += read;
                if (read == 0 || count > bytesMax)
                {
                    return count > bytesMax ? null : buffer[..count];
                }

                if (count == buffer.Length)
                {
                    buffer = Grow(buffer, count);
                }
            }
        }
        finally
        {
            Return(buffer, count);
        }
    }

    private static byte[] Grow(byte[] buffer, int count)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.AsSpan(0, count).CopyTo(larger);
        Return(buffer, count);
        return larger;
    }

    /// <summary>What a caller sent is nobody else's business: it does not lie about in the pool.</summary>
    private static void Return(byte[] buffer, int count)
    {
        buffer.AsSpan(0, count).Clear();
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
