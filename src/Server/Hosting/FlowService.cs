using Florin.Flows;
using Florin.Server.Http;

namespace Florin.Server.Hosting;

/// <summary>Runs the flows, the inbox of provider events, the pull of missed ones and repeated work; any of them that ends by a bug ends the host.</summary>
internal sealed class FlowService(
    IFlowEngine engine,
    IInboxWorker inbox,
    IPullSync pull,
    IEnumerable<IRepeatedWork> repeated,
    IFlowObserver observer,
    TimeProvider timeProvider,
    FatalStop fatalStop)
    : IHostedService, IHealthCheck, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task[] _loops = [];

    public string Name => "flows";

    public bool IsNeeded => true;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await engine.DeclareAsync(cancellationToken);
        IEnumerable<Func<CancellationToken, Task>> loops =
        [
            engine.RunAsync, inbox.RunAsync, pull.RunAsync,
            .. repeated.Select(work => new Func<CancellationToken, Task>(stop => FlowModule.RunAsync(work, timeProvider, observer, stop))),
        ];
        _loops = [.. loops.Select(run => Task.Run(() => WatchAsync(run), CancellationToken.None))];
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_loops);
    }

    public void Dispose() => _stop.Dispose();

    public ValueTask<string> GetStateAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(_loops.Length > 0 && _loops.All(loop => !loop.IsCompleted) ? HealthPart.Ready : HealthPart.Failed);

    private async Task WatchAsync(Func<CancellationToken, Task> run)
    {
        try
        {
            await run(_stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Asked for.
        }
        catch (Exception cause)
        {
            fatalStop.Stop(cause);
        }
    }
}
