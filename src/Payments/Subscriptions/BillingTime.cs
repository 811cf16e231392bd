namespace Florin.Payments.Subscriptions;

/// <summary>The time of billing: UTC, in whole seconds, as periods and shares of them are counted.</summary>
internal static class BillingTime
{
    public static DateTimeOffset BillingNow(this TimeProvider timeProvider)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond));
    }
}
