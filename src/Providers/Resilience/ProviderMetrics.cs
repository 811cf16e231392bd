using System.Diagnostics.Metrics;

namespace Florin.Providers.Resilience;

/// <summary>Counts what became of requests to providers.</summary>
internal sealed class ProviderMetrics(IMeterFactory meters)
{
    public const string MeterName = "Florin.Providers";

    private readonly Counter<long> _requests = meters.Create(MeterName).CreateCounter<long>(
        "florin.providers.requests", unit: "{request}", description: "Requests to providers, by what became of them.");

    /// <param name="outcome">accepted, declined, unknown, not_sent, found, not_found, unavailable.</param>
    public void Count(string provider, string operation, string outcome)
        => _requests.Add(1, new("provider", provider), new("operation", operation), new KeyValuePair<string, object?>("outcome", outcome));
}
