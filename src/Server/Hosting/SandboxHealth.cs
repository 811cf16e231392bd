namespace Florin.Server.Hosting;

/// <summary>The sandbox process lives.</summary>
internal sealed class SandboxHealth(SandboxProcess process) : IHealthCheck
{
    public string Name => "sandbox";

    public bool IsNeeded => false;

    public ValueTask<string> GetStateAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(process.IsRunning ? HealthPart.Ready : HealthPart.Failed);
}
