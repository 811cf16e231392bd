namespace Florin.Flows.Outbound;

/// <summary>When the next attempt at a delivery is made. Thread-safe.</summary>
internal sealed class RetrySchedule(EventOptions options, Random random)
{
    private const int JitterDivisor = 5;

    private readonly Lock gate = new();

    /// <param name="failures">Failed attempts, from 1.</param>
    /// <returns><see langword="null"/> when that was the last one.</returns>
    public TimeSpan? After(int failures)
    {
        if (failures > options.RetryDelays.Length)
        {
            return null;
        }

        TimeSpan delay = options.RetryDelays[failures - 1];
        lock (gate)
        {
            return delay + TimeSpan.FromTicks(random.NextInt64((delay.Ticks / JitterDivisor) + 1));
        }
    }
}
