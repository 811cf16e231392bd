namespace Florin.Sandbox.Faults;

/// <summary>Connections that will never be answered: held until the client goes, the sandbox stops, or <see cref="Limits.HeldConnection"/> is over.</summary>
internal sealed class HeldConnections(IHostApplicationLifetime lifetime, TimeProvider timeProvider)
{
    public async Task HoldAsync(HttpContext http)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        await Task.Delay(Limits.HeldConnection, timeProvider, over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        http.Abort();
    }
}
