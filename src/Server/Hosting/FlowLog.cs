using System.Diagnostics.Metrics;
using Florin.Flows;

namespace Florin.Server.Hosting;

/// <summary>The runner's events as log lines and metrics. Reasons are the handlers' own words and hold no personal data.</summary>
internal sealed partial class FlowLog : IFlowObserver
{
    private readonly ILogger<FlowLog> _logger;
    private readonly Counter<long> _moves;
    private readonly Counter<long> _parked;
    private readonly Counter<long> _storeFailures;

    public FlowLog(ILogger<FlowLog> logger, IMeterFactory meters)
    {
        _logger = logger;
        Meter meter = meters.Create("florin.flows");
        _moves = meter.CreateCounter<long>("florin.flows.transitions", "{transition}", "Changes of state of flows.");
        _parked = meter.CreateCounter<long>("florin.flows.parked", "{flow}", "Flows that began to wait for a person.");
        _storeFailures = meter.CreateCounter<long>("florin.flows.store_failures", "{failure}", "Times that the store did not answer.");
    }

    public void Moved(FlowId id, string kind, string? from, string to, string reason)
    {
        _moves.Add(1, new KeyValuePair<string, object?>("kind", kind), new KeyValuePair<string, object?>("to", to));
        LogMoved(id, kind, from ?? "(new)", to, reason);
    }

    public void Waits(FlowId id, string kind, string state, int attempts, TimeSpan delay, string reason) =>
        LogWaits(id, kind, state, attempts, delay, reason);

    public void Parked(FlowId id, string kind, string state, string reason)
    {
        _parked.Add(1, new KeyValuePair<string, object?>("kind", kind));
        LogParked(id, kind, state, reason);
    }

    public void RequestDiffers(FlowId id, string? storedHash, string givenHash) => LogRequestDiffers(id, storedHash, givenHash);

    public void Overtaken(FlowId id, string kind, string state) => LogOvertaken(id, kind, state);

    public void StoreFailed(string what, Exception exception)
    {
        _storeFailures.Add(1);
        LogStoreFailed(what, exception);
    }

    public void EventFailed(string provider, string eventId, string type, string reason, DateTimeOffset? retryAt) =>
        LogEventFailed(provider, eventId, type, reason, retryAt is null ? "parked" : "tried again");

    [LoggerMessage(130, LogLevel.Debug, "{Kind} {Id}: {From} → {To} ({Reason})")]
    private partial void LogMoved(FlowId id, string kind, string from, string to, string reason);

    [LoggerMessage(131, LogLevel.Debug, "{Kind} {Id} waits in {State} after {Attempts} attempts for {Delay}: {Reason}")]
    private partial void LogWaits(FlowId id, string kind, string state, int attempts, TimeSpan delay, string reason);

    [LoggerMessage(132, LogLevel.Warning, "{Kind} {Id} is parked in {State}: {Reason}")]
    private partial void LogParked(FlowId id, string kind, string state, string reason);

    [LoggerMessage(133, LogLevel.Information, "Flow {Id}: the idempotency key came with another request ({StoredHash}, now {GivenHash})")]
    private partial void LogRequestDiffers(FlowId id, string? storedHash, string givenHash);

    [LoggerMessage(134, LogLevel.Debug, "{Kind} {Id} in {State} was taken over by another runner")]
    private partial void LogOvertaken(FlowId id, string kind, string state);

    [LoggerMessage(135, LogLevel.Warning, "Flows: {What} failed; it goes on after a pause.")]
    private partial void LogStoreFailed(string what, Exception exception);

    [LoggerMessage(136, LogLevel.Information, "Event {EventId} of {Provider} ({Type}) was not handled: {Reason}; it is {Fate}.")]
    private partial void LogEventFailed(string provider, string eventId, string type, string reason, string fate);
}
