namespace Florin.Flows.Runner;

/// <summary>Exponential delays with jitter and a cap, so that what failed together does not come back together (fault U-16). Thread-safe.</summary>
internal sealed class Backoff(TimeSpan first, TimeSpan max, Random random)
{
    private readonly Lock gate = new();

    /// <summary>The delay after so many attempts without success: between half of the full delay and all of it.</summary>
    /// <param name="attempts">From 1.</param>
    public TimeSpan After(int attempts)
    {
        long full = first.Ticks;
        for (int attempt = 1; attempt < attempts && full < max.Ticks; attempt++)
        {
            full = Math.Min(full * 2, max.Ticks);
        }

        lock (gate)
        {
            return TimeSpan.FromTicks(random.NextInt64(full / 2, full + 1));
        }
    }
}
