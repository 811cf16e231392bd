namespace Florin.Server.Hosting;

/// <summary>How one part of the platform is.</summary>
/// <param name="State"><see cref="Ready"/>, <see cref="Failed"/> or <see cref="NotConfigured"/>.</param>
/// <param name="IsNeeded">Without it the server must not get requests.</param>
/// <param name="Role">What it does among its like; <see langword="null"/> where there is no such thing.</param>
internal sealed record HealthPart(string Name, string State, bool IsNeeded, string? Role = null)
{
    public const string Ready = "ready";
    public const string Failed = "failed";
    public const string NotConfigured = "not_configured";

    public bool IsGood => State == Ready || !IsNeeded;
}

/// <summary>Tells how one part is.</summary>
internal interface IHealthCheck
{
    string Name { get; }

    bool IsNeeded { get; }

    /// <summary>What the part does among its like in other servers, where that differs.</summary>
    string? Role => null;

    /// <summary>Quick; an exception means <see cref="HealthPart.Failed"/>.</summary>
    ValueTask<string> GetStateAsync(CancellationToken cancellationToken);
}

/// <summary>Asks all parts at once.</summary>
internal sealed partial class HealthParts(IEnumerable<IHealthCheck> checks, TimeProvider timeProvider, ILogger<HealthParts> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The parts, by name. A part that does not answer in two seconds has failed.</summary>
    public async Task<IReadOnlyList<HealthPart>> CheckAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(Patience, timeProvider);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        HealthPart[] parts = await Task.WhenAll(checks.Select(check => CheckAsync(check, linked.Token)));
        return [.. parts.OrderBy(part => part.Name, StringComparer.Ordinal)];
    }

    private async Task<HealthPart> CheckAsync(IHealthCheck check, CancellationToken cancellationToken)
    {
        try
        {
            return new HealthPart(check.Name, await check.GetStateAsync(cancellationToken), check.IsNeeded, check.Role);
        }
        catch (Exception failure)
        {
            // Whatever keeps a part from answering is exactly what is asked for here.
            LogFailed(check.Name, failure);
            return new HealthPart(check.Name, HealthPart.Failed, check.IsNeeded, check.Role);
        }
    }

    [LoggerMessage(120, LogLevel.Warning, "Health: {Part} did not answer.")]
    private partial void LogFailed(string part, Exception exception);
}
