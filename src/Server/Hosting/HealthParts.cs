namespace Florin.Server.Hosting;

/// <summary>How one part of the platform is.</summary>
/// <param name="State"><c>ready</c>, <c>starting</c>, <c>failed</c> or <c>not_configured</c>.</param>
/// <param name="IsNeeded">Without it the server must not get requests.</param>
internal sealed record HealthPart(string Name, string State, bool IsNeeded)
{
    public const string Ready = "ready";
    public const string Starting = "starting";
    public const string Failed = "failed";
    public const string NotConfigured = "not_configured";

    public bool IsGood => State == Ready || (!IsNeeded && State == NotConfigured);
}

/// <summary>Asks one part how it is. Quick, and without exceptions for what can be expected.</summary>
internal interface IHealthCheck
{
    ValueTask<HealthPart> CheckAsync(CancellationToken cancellationToken);
}

/// <summary>Asks all parts at once.</summary>
internal sealed class HealthParts(IEnumerable<IHealthCheck> checks, TimeProvider timeProvider)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The parts, by name. A part that does not answer in two seconds has failed.</summary>
    public async Task<IReadOnlyList<HealthPart>> CheckAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(Patience, timeProvider);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        HealthPart[] parts = await Task.WhenAll(checks.Select(check => check.CheckAsync(linked.Token).AsTask()));
        return [.. parts.OrderBy(part => part.Name, StringComparer.Ordinal)];
    }
}
