using System.Diagnostics.Metrics;

namespace Florin.Wallets.Inbound;

/// <summary>Counts what became of provider events.</summary>
internal sealed class InboundMetrics
{
    public const string MeterName = "florin.wallets";

    private readonly Counter<long> _events;

    public InboundMetrics(IMeterFactory meters)
    {
        Meter meter = meters.Create(MeterName);
        _events = meter.CreateCounter<long>("florin.wallets.inbound_events", "{event}", "Provider events by what became of them.");
    }

    /// <param name="result"><c>delivered</c>, <c>ignored</c>, <c>other_environment</c>, <c>unknown_object</c> or <c>unreadable</c>.</param>
    public void Count(string provider, string result) =>
        _events.Add(1, new KeyValuePair<string, object?>("provider", provider), new KeyValuePair<string, object?>("result", result));
}
