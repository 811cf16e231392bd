using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Florin.Tests.Ledger.Journal;

/// <summary>
/// Stands between a client and PostgreSQL and cuts the connection after the n-th message of the client: a crash at an exact statement. When
/// the server answers that message, the answer is awaited and thrown away, so that the work is done and its acknowledgement lost.
/// </summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private const int HeaderLength = 5;
    private const int StartupHeaderLength = 4;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly Queue<int> _cuts = new();
    private readonly int _serverPort;
    private readonly Task _accepting;

    public CuttingProxy(int serverPort)
    {
        _serverPort = serverPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many connections were cut.</summary>
    public int CutsDone { get; private set; }

    /// <summary>Types of the messages after which it was cut, as the protocol names them: Q query, S sync, d copy data, c copy done …</summary>
    public List<char> CutAt { get; } = [];

    /// <summary>Cuts after that many messages from now, and then after that many more for each further number.</summary>
    public void CutAfter(params int[] messages)
    {
        lock (_gate)
        {
            _cuts.Clear();
            foreach (int count in messages)
            {
                _cuts.Enqueue(count);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                connections.Add(ServeAsync(client));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using TcpClient server = new();
        using (client)
        using (CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token))
        {
            await server.ConnectAsync(IPAddress.Loopback, _serverPort, _stopping.Token);
            client.NoDelay = server.NoDelay = true;
            Connection connection = new(client.GetStream(), server.GetStream());
            Task up = SendUpAsync(connection, ended.Token);
            Task down = SendDownAsync(connection, ended.Token);
            await Task.WhenAny(up, down);
            await ended.CancelAsync();
            await Task.WhenAll(up, down);
        }
    }

    private async Task SendUpAsync(Connection connection, CancellationToken cancellationToken)
    {
        try
        {
            byte[] header = new byte[HeaderLength];
            await ForwardAsync(connection, header.AsMemory(0, StartupHeaderLength), lengthAt: 0, cancellationToken);
            while (await ForwardAsync(connection, header, lengthAt: 1, cancellationToken))
            {
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or EndOfStreamException)
        {
            // The connection ended; the other direction ends with it.
        }
    }

    /// <returns>False when the connection is to be cut after this message.</returns>
    private async Task<bool> ForwardAsync(Connection connection, Memory<byte> header, int lengthAt, CancellationToken cancellationToken)
    {
        await connection.Client.ReadExactlyAsync(header, cancellationToken);
        char type = lengthAt == 0 ? ' ' : (char)header.Span[0];
        byte[] body = new byte[BinaryPrimitives.ReadInt32BigEndian(header.Span[lengthAt..]) - 4];
        await connection.Client.ReadExactlyAsync(body, cancellationToken);
        bool mustCut = IsCutAfter(type);
        bool isAnswered = type is 'Q' or 'S' or 'c';
        connection.ThrowAnswerAway = mustCut && isAnswered;
        await connection.Server.WriteAsync((byte[])[.. header.Span, .. body], cancellationToken);
        if (mustCut && isAnswered)
        {
            await connection.AnswerThrownAway.Task.WaitAsync(cancellationToken);
        }

        return !mustCut;
    }

    private bool IsCutAfter(char type)
    {
        lock (_gate)
        {
            if (!_cuts.TryPeek(out int left))
            {
                return false;
            }

            _cuts.Dequeue();
            if (left > 1)
            {
                int[] others = [left - 1, .. _cuts];
                _cuts.Clear();
                Array.ForEach(others, _cuts.Enqueue);
                return false;
            }

            CutsDone++;
            CutAt.Add(type);
            return true;
        }
    }

    private static async Task SendDownAsync(Connection connection, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[16 * 1024];
        try
        {
            int count;
            while ((count = await connection.Server.ReadAsync(bytes, cancellationToken)) > 0)
            {
                if (connection.ThrowAnswerAway)
                {
                    connection.AnswerThrownAway.TrySetResult();
                    return;
                }

                await connection.Client.WriteAsync(bytes.AsMemory(0, count), cancellationToken);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The connection ended; the other direction ends with it.
        }
    }

    private sealed class Connection(NetworkStream client, NetworkStream server)
    {
        private volatile bool _throwAnswerAway;

        public NetworkStream Client { get; } = client;

        public NetworkStream Server { get; } = server;

        public bool ThrowAnswerAway
        {
            get => _throwAnswerAway;
            set => _throwAnswerAway = value;
        }

        public TaskCompletionSource AnswerThrownAway { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
