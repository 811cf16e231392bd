namespace Florin.Providers;

/// <summary>The limits of the way to one provider. Every one is a bound on what a provider in trouble can cost us, or we it.</summary>
public sealed class ResilienceOptions
{
    /// <summary>How long one attempt may take from its first byte to the last byte of its answer. 1 s to 5 min.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection may take to be made; nothing has been sent then.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Repeats after the first attempt. 1 to 10.</summary>
    public int RetriesMax { get; init; } = 3;

    /// <summary>The first back-off; each following one is twice as long, times a jitter of 0.5 to 1.</summary>
    public TimeSpan RetryDelayFirst { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan RetryDelayMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>No repeat starts later than this after the first attempt; a longer <c>Retry-After</c> is handed to the caller instead.</summary>
    public TimeSpan RetryBudget { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Requests under way at once (the bulkhead).</summary>
    public int ConcurrentRequestsMax { get; init; } = 32;

    /// <summary>Requests that wait for their turn, those that move money before all others; one more is refused as not sent.</summary>
    public int QueuedRequestsMax { get; init; } = 256;

    /// <summary>How long a request waits for its turn before it is refused as not sent.</summary>
    public TimeSpan QueueWaitMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Reads, and writes, that leave in a second, each counted apart; a burst of one second's worth is let through at once, what comes then waits in order for
    /// at most <see cref="QueueWaitMax"/>, and the rest is refused as not sent. 1 to 10,000.
    /// </summary>
    public int RequestsPerSecond { get; init; } = 100;

    /// <summary>The breaker opens when at least this many requests were seen in <see cref="BreakerWindow"/> and half of them failed.</summary>
    public int BreakerRequestsMin { get; init; } = 20;

    public TimeSpan BreakerWindow { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long no request leaves once the breaker is open; then one goes ahead to see.</summary>
    public TimeSpan BreakerPause { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest answer that is read, in bytes; a longer one counts as unreadable.</summary>
    public int ResponseBytesMax { get; init; } = 4 * 1024 * 1024;

    /// <exception cref="ArgumentException">A limit is outside its range, or two limits contradict each other.</exception>
    internal void Validate()
    {
        Require(AttemptTimeout >= TimeSpan.FromSeconds(1) && AttemptTimeout <= TimeSpan.FromMinutes(5), nameof(AttemptTimeout));
        Require(ConnectTimeout > TimeSpan.Zero && ConnectTimeout <= AttemptTimeout, nameof(ConnectTimeout));
        Require(RetriesMax is >= 1 and <= 10, nameof(RetriesMax));
        Require(RetryDelayFirst > TimeSpan.Zero && RetryDelayFirst <= RetryDelayMax, nameof(RetryDelayFirst));
        Require(RetryDelayMax <= RetryBudget, nameof(RetryDelayMax));
        Require(ConcurrentRequestsMax is >= 1 and <= 1_000, nameof(ConcurrentRequestsMax));
        Require(QueuedRequestsMax is >= 0 and <= 100_000, nameof(QueuedRequestsMax));
        Require(QueueWaitMax > TimeSpan.Zero, nameof(QueueWaitMax));
        Require(RequestsPerSecond is >= 1 and <= 10_000, nameof(RequestsPerSecond));
        Require(BreakerRequestsMin >= 2, nameof(BreakerRequestsMin));
        Require(BreakerWindow >= TimeSpan.FromSeconds(1), nameof(BreakerWindow));
        Require(BreakerPause >= TimeSpan.FromSeconds(1), nameof(BreakerPause));
        Require(ResponseBytesMax is >= 64 * 1024 and <= 64 * 1024 * 1024, nameof(ResponseBytesMax));
    }

    private static void Require(bool holds, string name)
    {
        if (!holds)
        {
            throw new ArgumentException($"The resilience limit {name} is out of range.", name);
        }
    }
}
