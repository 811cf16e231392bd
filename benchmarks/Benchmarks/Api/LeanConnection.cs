using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Florin.Benchmarks.Api;

/// <summary>
/// One connection of HTTP/1.1 (RFC 9112), kept open, with one request at a time. A general client costs about as much processor time as the server
/// that it asks; on one machine with it, that time would be taken from what is measured.
/// </summary>
internal sealed class LeanConnection : IDisposable
{
    private const int BufferBytes = 32 * 1024;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[BufferBytes];

    public static async Task<LeanConnection> OpenAsync(Uri server, CancellationToken cancellationToken)
    {
        LeanConnection connection = new();
        await connection._socket.ConnectAsync(IPAddress.Loopback, server.Port, cancellationToken);
        return connection;
    }

    /// <summary>Sends JSON, and reads the answer to its end.</summary>
    /// <exception cref="InvalidOperationException">The answer is not 201: a figure of refusals would be worth nothing.</exception>
    public async Task CreateAsync(string path, string body, string authorization, string key, CancellationToken cancellationToken)
    {
        int length = Encoding.UTF8.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {authorization}\r\nIdempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}",
            _buffer);
        await _socket.SendAsync(_buffer.AsMemory(0, length), cancellationToken);

        int count = 0;
        while (!IsWhole(_buffer.AsSpan(0, count)))
        {
            int read = await _socket.ReceiveAsync(_buffer.AsMemory(count), cancellationToken);
            if (read == 0)
            {
                throw new InvalidOperationException($"POST {path}: the server closed the connection, or its answer is longer than {BufferBytes} bytes.");
            }

            count += read;
        }

        if (!_buffer.AsSpan(0, count).StartsWith("HTTP/1.1 201 "u8))
        {
            throw new InvalidOperationException($"POST {path}: {Encoding.UTF8.GetString(_buffer, 0, count)}");
        }
    }

    public void Dispose() => _socket.Dispose();

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        int headEnd = answer.IndexOf("\r\n\r\n"u8);
        if (headEnd < 0)
        {
            return false;
        }

        int lengthStart = answer[..headEnd].IndexOf("Content-Length: "u8);
        if (lengthStart < 0)
        {
            // RFC 9112, section 7.1: chunks, of which the last has no bytes.
            return answer.EndsWith("\r\n0\r\n\r\n"u8);
        }

        ReadOnlySpan<byte> value = answer[(lengthStart + "Content-Length: ".Length)..];
        value = value[..value.IndexOf((byte)'\r')];
        return answer.Length >= headEnd + 4 + int.Parse(value, CultureInfo.InvariantCulture);
    }
}
