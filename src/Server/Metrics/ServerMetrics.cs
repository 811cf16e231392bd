using System.Diagnostics.Metrics;

namespace Florin.Server.Metrics;

/// <summary>What the HTTP side measures about itself.</summary>
internal sealed class ServerMetrics
{
    public const string MeterName = "Florin.Server";

    private readonly Histogram<double> _duration;
    private readonly Counter<long> _refusedCards;
    private readonly UpDownCounter<long> _activeRequests;
    private readonly Counter<long> _refusedRequests;

    public ServerMetrics(IMeterFactory factory)
    {
        Meter meter = factory.Create(MeterName);
        _duration = meter.CreateHistogram<double>("florin.server.request.duration", "s", "Time from the first byte read to the answer");
        _refusedCards = meter.CreateCounter<long>("florin.server.cards.refused", "{request}", "Requests refused because they carried a card number");
        _activeRequests = meter.CreateUpDownCounter<long>("florin.server.requests.active", "{request}", "Requests that are handled now");
        _refusedRequests = meter.CreateCounter<long>("florin.server.requests.refused", "{request}", "Requests refused because as many as may be were handled");
    }

    public void RequestDone(string method, string route, int status, TimeSpan elapsed) => _duration.Record(
        elapsed.TotalSeconds,
        new KeyValuePair<string, object?>("method", method),
        new KeyValuePair<string, object?>("route", route),
        new KeyValuePair<string, object?>("status", status));

    public void CardRefused() => _refusedCards.Add(1);

    public void RequestBegan() => _activeRequests.Add(1);

    public void RequestEnded() => _activeRequests.Add(-1);

    public void RequestRefused() => _refusedRequests.Add(1);
}
