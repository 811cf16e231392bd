namespace Florin.Benchmarks;

internal static class Percentiles
{
    /// <summary>The value below which this share of the samples lies, in milliseconds; 1 is the longest.</summary>
    public static double At(TimeSpan[] samples, double share)
    {
        TimeSpan[] ordered = [.. samples.Order()];
        return ordered[Math.Min(ordered.Length - 1, (int)(share * ordered.Length))].TotalMilliseconds;
    }
}
