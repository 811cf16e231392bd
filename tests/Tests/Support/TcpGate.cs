using System.Net;
using System.Net.Sockets;

namespace Florin.Tests.Support;

/// <summary>Stands between a server and PostgreSQL as a network does: it can be cut, and it can stall, after which what was under way arrives late.</summary>
internal sealed class TcpGate : IAsyncDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly HashSet<CancellationTokenSource> _connections = [];
    private readonly int _serverPort;
    private readonly Task _accepting;
    private TaskCompletionSource _open = new();

    public TcpGate(int serverPort)
    {
        _serverPort = serverPort;
        _open.SetResult();
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>From now on nothing passes, and nobody is told.</summary>
    public void Stall()
    {
        lock (_gate)
        {
            _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>What waited passes.</summary>
    public void Open()
    {
        lock (_gate)
        {
            _open.TrySetResult();
        }
    }

    /// <summary>Breaks every connection; new ones are taken.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            foreach (CancellationTokenSource connection in _connections)
            {
                connection.Cancel();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Open();
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
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
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
            lock (_gate)
            {
                _connections.Add(ended);
            }

            try
            {
                await PassAsync();
                await server.ConnectAsync(IPAddress.Loopback, _serverPort, ended.Token);
                client.NoDelay = server.NoDelay = true;
                Task up = PumpAsync(client.GetStream(), server.GetStream(), ended.Token);
                Task down = PumpAsync(server.GetStream(), client.GetStream(), ended.Token);
                await Task.WhenAny(up, down);
                await ended.CancelAsync();
                await Task.WhenAll(up, down);
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                // PostgreSQL is away.
            }
            finally
            {
                lock (_gate)
                {
                    _connections.Remove(ended);
                }
            }
        }
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[BufferBytes];
        try
        {
            int count;
            while ((count = await from.ReadAsync(bytes, cancellationToken)) > 0)
            {
                await PassAsync().WaitAsync(cancellationToken);
                await to.WriteAsync(bytes.AsMemory(0, count), cancellationToken);
            }

            // The end of a connection is news too.
            await PassAsync().WaitAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The connection ended; the other direction ends with it.
        }
    }

    private Task PassAsync()
    {
        lock (_gate)
        {
            return _open.Task;
        }
    }
}
