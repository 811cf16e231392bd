using System.Diagnostics.Metrics;

namespace Florin.Wallets;

/// <summary>Counts what became of provider events, where they arrive and where they are worked off.</summary>
public sealed class InboundMetrics
{
    public const string MeterName = "Florin.Wallets";

    private readonly Counter<long> _events;

    public InboundMetrics(IMeterFactory meters)
    {
        Meter meter = meters.Create(MeterName);
        _events = meter.CreateCounter<long>("florin.wallets.inbound_events", "{event}", "Provider events by what became of them");
    }

    /// <param name="result">
    /// On arrival <c>stored</c>, <c>duplicate</c>, <c>bad_signature</c> or <c>unusable</c>; later <c>delivered</c>, <c>ignored</c>,
    /// <c>other_environment</c>, <c>unknown_object</c> or <c>unreadable</c>.
    /// </param>
    public void Count(string provider, string result) =>
        _events.Add(1, new KeyValuePair<string, object?>("provider", provider), new KeyValuePair<string, object?>("result", result));
}
