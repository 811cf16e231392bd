using System.Diagnostics.Metrics;
using Florin.Flows;

namespace Florin.Server.Hosting;

/// <summary>What happens to outbound events as log lines and metrics. Endpoints appear by id, never by address.</summary>
internal sealed partial class EventLog : IEventObserver
{
    private readonly ILogger<EventLog> _logger;
    private readonly Histogram<double> _numberLag;
    private readonly Histogram<double> _deliveryLag;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _parked;
    private readonly Counter<long> _storeFailures;
    private readonly Gauge<long> _pendingNow;
    private readonly Gauge<long> _parkedNow;
    private readonly Gauge<double> _oldestPending;

    public EventLog(ILogger<EventLog> logger, IMeterFactory meters)
    {
        _logger = logger;
        Meter meter = meters.Create("florin.events");
        _numberLag = meter.CreateHistogram<double>("florin.events.number_lag", "s", "From a change to its event's number.");
        _deliveryLag = meter.CreateHistogram<double>("florin.events.delivery_lag", "s", "From a change to the answer of a receiver that took its event.");
        _failures = meter.CreateCounter<long>("florin.events.delivery_failures", "{attempt}", "Attempts at deliveries that failed.");
        _parked = meter.CreateCounter<long>("florin.events.deliveries_parked", "{delivery}", "Deliveries given up after the last attempt.");
        _storeFailures = meter.CreateCounter<long>("florin.events.store_failures", "{failure}", "Times that the store did not answer.");
        _pendingNow = meter.CreateGauge<long>("florin.events.deliveries_pending_now", "{delivery}", "Deliveries that wait.");
        _parkedNow = meter.CreateGauge<long>("florin.events.deliveries_parked_now", "{delivery}", "Deliveries that wait for a person.");
        _oldestPending = meter.CreateGauge<double>("florin.events.oldest_pending", "s", "Age of the oldest event that some endpoint has not got.");
    }

    public void Numbered(string type, TimeSpan lag) => _numberLag.Record(lag.TotalSeconds);

    public void Delivered(WebhookEndpointId endpoint, int attempts, TimeSpan lag) => _deliveryLag.Record(lag.TotalSeconds, Of(endpoint));

    public void Failed(WebhookEndpointId endpoint, string eventId, string error, int attempts, DateTimeOffset? retryAt)
    {
        _failures.Add(1, Of(endpoint), new KeyValuePair<string, object?>("error", error));
        if (retryAt is { } next)
        {
            LogFailed(eventId, endpoint, error, attempts, next);
            return;
        }

        _parked.Add(1, Of(endpoint));
        LogParked(eventId, endpoint, error, attempts);
    }

    public void Disabled(WebhookEndpointId endpoint) => LogDisabled(endpoint);

    public void Measured(DeliveryBacklog backlog, DateTimeOffset now)
    {
        _pendingNow.Record(backlog.Pending);
        _parkedNow.Record(backlog.Parked);
        _oldestPending.Record(backlog.OldestPendingSince is { } since ? Math.Max(0, (now - since).TotalSeconds) : 0);
    }

    public void StoreFailed(string what, Exception exception)
    {
        _storeFailures.Add(1);
        LogStoreFailed(what, exception);
    }

    public void NotPresented(FlowId flow, string kind, string state, Exception exception) => LogNotPresented(kind, flow, state, exception);

    private static KeyValuePair<string, object?> Of(WebhookEndpointId endpoint) => new("endpoint", endpoint.ToString());

    [LoggerMessage(140, LogLevel.Debug, "Event {EventId} did not reach endpoint {Endpoint}: {Error} at attempt {Attempts}; the next is at {RetryAt}.")]
    private partial void LogFailed(string eventId, WebhookEndpointId endpoint, string error, int attempts, DateTimeOffset retryAt);

    [LoggerMessage(141, LogLevel.Warning, "Event {EventId} did not reach endpoint {Endpoint}: {Error} at attempt {Attempts}, the last; it is parked.")]
    private partial void LogParked(string eventId, WebhookEndpointId endpoint, string error, int attempts);

    [LoggerMessage(142, LogLevel.Warning, "Endpoint {Endpoint} says that it is gone; it is disabled.")]
    private partial void LogDisabled(WebhookEndpointId endpoint);

    [LoggerMessage(143, LogLevel.Warning, "Events: {What} failed; it goes on after a pause.")]
    private partial void LogStoreFailed(string what, Exception exception);

    [LoggerMessage(144, LogLevel.Error, "{Kind} {Flow} in {State} cannot be shown; its event says no more than that.")]
    private partial void LogNotPresented(string kind, FlowId flow, string state, Exception exception);
}
