using System.Collections.Concurrent;
using Florin.Flows;

namespace Florin.Tests.Flows;

/// <summary>Keeps what the runner tells.</summary>
internal sealed class RecordingObserver : IFlowObserver
{
    public ConcurrentQueue<(string? Stored, string Given)> DifferingHashes { get; } = new();

    public ConcurrentQueue<(int Attempts, TimeSpan Delay)> Waited { get; } = new();

    public ConcurrentQueue<string> ParkedReasons { get; } = new();

    public ConcurrentQueue<FlowId> OvertakenFlows { get; } = new();

    public ConcurrentQueue<(string EventId, DateTimeOffset? RetryAt)> FailedEvents { get; } = new();

    public void Moved(FlowId id, string kind, string? from, string to, string reason)
    {
    }

    public void Waits(FlowId id, string kind, string state, int attempts, TimeSpan delay, string reason) => Waited.Enqueue((attempts, delay));

    public void Parked(FlowId id, string kind, string state, string reason) => ParkedReasons.Enqueue(reason);

    public void RequestDiffers(FlowId id, string? storedHash, string givenHash) => DifferingHashes.Enqueue((storedHash, givenHash));

    public void Overtaken(FlowId id, string kind, string state) => OvertakenFlows.Enqueue(id);

    public void StoreFailed(string what, Exception exception)
    {
    }

    public void EventFailed(string provider, string eventId, string type, string reason, DateTimeOffset? retryAt) =>
        FailedEvents.Enqueue((eventId, retryAt));
}
