namespace Florin.Flows.Runner;

/// <summary>The time as the store keeps it.</summary>
internal static class Clock
{
    /// <summary>Now, in whole microseconds: what is answered at once equals what is read back later.</summary>
    public static DateTimeOffset Now(this TimeProvider timeProvider)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
