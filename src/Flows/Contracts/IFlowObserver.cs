namespace Florin.Flows;

/// <summary>Is told what the runner does, for logs and metrics. Called in the middle of turns: quick, and without exceptions.</summary>
public interface IFlowObserver
{
    /// <summary>A change is durable. <paramref name="from"/> is <see langword="null"/> for a new flow.</summary>
    void Moved(FlowId id, string kind, string? from, string to, string reason);

    /// <summary>Nothing changed; the flow is taken up again after <paramref name="delay"/>.</summary>
    void Waits(FlowId id, string kind, string state, int attempts, TimeSpan delay, string reason);

    /// <summary>A person must look at it.</summary>
    void Parked(FlowId id, string kind, string state, string reason);

    /// <summary>An idempotency key was used for two different requests (fault I-02).</summary>
    void RequestDiffers(FlowId id, string? storedHash, string givenHash);

    /// <summary>Another runner took the flow over, or it changed meanwhile; the turn ended without effect.</summary>
    void Overtaken(FlowId id, string kind, string state);

    /// <summary>The database did not answer; the loop goes on after a pause.</summary>
    void StoreFailed(string what, Exception exception);

    /// <summary>An event's handling failed. <paramref name="retryAt"/> is <see langword="null"/> when it is parked now.</summary>
    void EventFailed(string provider, string eventId, string type, string reason, DateTimeOffset? retryAt);
}

/// <summary>Tells nobody.</summary>
public sealed class SilentFlowObserver : IFlowObserver
{
    public void Moved(FlowId id, string kind, string? from, string to, string reason)
    {
    }

    public void Waits(FlowId id, string kind, string state, int attempts, TimeSpan delay, string reason)
    {
    }

    public void Parked(FlowId id, string kind, string state, string reason)
    {
    }

    public void RequestDiffers(FlowId id, string? storedHash, string givenHash)
    {
    }

    public void Overtaken(FlowId id, string kind, string state)
    {
    }

    public void StoreFailed(string what, Exception exception)
    {
    }

    public void EventFailed(string provider, string eventId, string type, string reason, DateTimeOffset? retryAt)
    {
    }
}
