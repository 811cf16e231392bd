using System.Diagnostics.Metrics;

namespace Florin.Server.Metrics;

/// <summary>What the HTTP side measures about itself.</summary>
internal sealed class ServerMetrics
{
    public const string MeterName = "Florin.Server";

    private readonly Histogram<double> _duration;
    private readonly Counter<long> _refusedCards;

    public ServerMetrics(IMeterFactory factory)
    {
        Meter meter = factory.Create(MeterName);
        _duration = meter.CreateHistogram<double>("florin.server.request.duration", "s", "Time from the first byte read to the answer");
        _refusedCards = meter.CreateCounter<long>("florin.server.cards.refused", "{request}", "Requests refused because they carried a card number");
    }

    public void RequestDone(string method, string route, int status, TimeSpan elapsed) => _duration.Record(
        elapsed.TotalSeconds,
        new KeyValuePair<string, object?>("method", method),
        new KeyValuePair<string, object?>("route", route),
        new KeyValuePair<string, object?>("status", status));

    public void CardRefused() => _refusedCards.Add(1);
}
