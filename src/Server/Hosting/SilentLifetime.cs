namespace Florin.Server.Hosting;

/// <summary>Leaves signals to <see cref="Signals"/>: what was started around the host must be stopped around it too.</summary>
internal sealed class SilentLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
