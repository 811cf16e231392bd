using Florin.Ledger;
using Florin.Server.Http;

namespace Florin.Server.Hosting;

/// <summary>Starts the ledger before anything that moves money, watches it, and lets it finish after everything else has stopped.</summary>
internal sealed class LedgerService(ILedgerHost ledger, FatalStop fatalStop) : IHostedService
{
    private Task? _watch;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await ledger.StartAsync(cancellationToken);
        _watch = WatchAsync();
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await ledger.DisposeAsync();
        await (_watch ?? Task.CompletedTask);
    }

    private async Task WatchAsync()
    {
        try
        {
            await ledger.Completion;
        }
        catch (Exception cause) when (cause is not OperationCanceledException)
        {
            // The writer has ended for good: memory and journal may not be trusted to agree, so the process must not go on.
            fatalStop.Stop(cause);
        }
    }
}
