using Florin.Flows;
using Florin.Server.Http;

namespace Florin.Server.Hosting;

/// <summary>Runs the numbering and delivery of events; an end by a bug ends the host.</summary>
internal sealed class EventService(IEventWorker worker, FatalStop fatalStop) : IHostedService, IHealthCheck, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task? _loop;

    public string Name => "events";

    public bool IsNeeded => true;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _loop = Task.Run(RunAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await (_loop ?? Task.CompletedTask);
    }

    public void Dispose() => _stop.Dispose();

    public ValueTask<string> GetStateAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(_loop is { IsCompleted: false } ? HealthPart.Ready : HealthPart.Failed);

    private async Task RunAsync()
    {
        try
        {
            await worker.RunAsync(_stop.Token);
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
