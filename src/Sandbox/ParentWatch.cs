namespace Florin.Sandbox;

/// <summary>Ends the process when its standard input ends: the parent holds the other side, and lets go of it however it dies.</summary>
internal sealed class ParentWatch(IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Reading the console blocks a thread and knows no cancellation, so it does not hold up the start or the end of the host.
        await Task.Yield();
        await using var input = Console.OpenStandardInput();
        var buffer = new byte[256];
        while (await input.ReadAsync(buffer, stoppingToken) > 0)
        {
        }

        lifetime.StopApplication();
    }
}
