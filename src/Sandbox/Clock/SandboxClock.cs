namespace Florin.Sandbox.Clock;

/// <summary>The sandbox's own time: real time plus what it was moved ahead. It never goes back.</summary>
/// <remarks>Objects and due work live on it. Webhook signatures carry real time, because the receiver compares them with its own clock.</remarks>
internal sealed class SandboxClock(TimeProvider timeProvider)
{
    private readonly Lock gate = new();
    private TimeSpan ahead;

    public DateTimeOffset RealNow => timeProvider.GetUtcNow();

    public DateTimeOffset Now
    {
        get
        {
            lock (gate)
            {
                return timeProvider.GetUtcNow() + ahead;
            }
        }
    }

    /// <summary>How far the sandbox is ahead of real time.</summary>
    public TimeSpan Ahead
    {
        get
        {
            lock (gate)
            {
                return ahead;
            }
        }
    }

    /// <summary>Moves the clock to an instant, unless it is past it already.</summary>
    public void MoveTo(DateTimeOffset instant)
    {
        lock (gate)
        {
            var missing = instant - (timeProvider.GetUtcNow() + ahead);
            if (missing > TimeSpan.Zero)
            {
                ahead += missing;
            }
        }
    }

    /// <summary>Takes up a clock that was moved before a restart, or puts it back to real time.</summary>
    public void Restore(TimeSpan wasAhead)
    {
        lock (gate)
        {
            ahead = wasAhead;
        }
    }
}
