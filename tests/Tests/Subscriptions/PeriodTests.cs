using System.Numerics;
using Florin.Payments;
using Florin.Payments.Subscriptions.Plans;
using Xunit;

namespace Florin.Tests.Subscriptions;

/// <summary>The calendar of periods and the shares of a price.</summary>
public sealed class PeriodTests
{
    [Theory]
    [InlineData("2027-01-31", PlanInterval.Month, 1, "2027-02-28 2027-03-31 2027-04-30 2027-05-31")]
    [InlineData("2028-01-31", PlanInterval.Month, 1, "2028-02-29 2028-03-31 2028-04-30")]
    [InlineData("2027-12-30", PlanInterval.Month, 1, "2028-01-30 2028-02-29 2028-03-30")]
    [InlineData("2027-08-31", PlanInterval.Month, 3, "2027-11-30 2028-02-29 2028-05-31")]
    [InlineData("2028-02-29", PlanInterval.Year, 1, "2029-02-28 2030-02-28 2031-02-28 2032-02-29")]
    [InlineData("2099-02-28", PlanInterval.Year, 1, "2100-02-28 2101-02-28")]
    [InlineData("2028-02-27", PlanInterval.Day, 1, "2028-02-28 2028-02-29 2028-03-01")]
    [InlineData("2028-02-20", PlanInterval.Week, 2, "2028-03-05 2028-03-19")]
    public void Periods_are_counted_from_the_anchor(string anchor, PlanInterval interval, int count, string ends)
    {
        PlanFacts plan = Plan(interval, count);
        DateTimeOffset from = At(anchor);
        Assert.Equal(from, plan.After(from, 0));
        Assert.Equal(ends.Split(' ').Select(At), Enumerable.Range(1, ends.Split(' ').Length).Select(periods => plan.After(from, periods)));
    }

    [Theory]
    [InlineData(1000, 0, 30, 0)]
    [InlineData(1000, 30, 30, 1000)]
    [InlineData(1000, 10, 30, 333)]
    [InlineData(1000, 20, 30, 667)]
    [InlineData(1, 15, 30, 0)]
    [InlineData(3, 15, 30, 2)]
    [InlineData(5, 15, 30, 2)]
    [InlineData(7, 15, 30, 4)]
    public void A_share_is_rounded_half_to_even(int amount, int left, int period, int share) =>
        Assert.Equal((UInt128)share, Proration.Share((UInt128)amount, TimeSpan.FromDays(left), TimeSpan.FromDays(period)));

    [Fact]
    public void The_largest_amount_over_the_longest_period_fits()
    {
        TimeSpan period = TimeSpan.FromDays(366L * 366);
        Assert.Equal(PlanTerms.MinorUnitsMax, Proration.Share(PlanTerms.MinorUnitsMax, period, period));
        Assert.Equal(PlanTerms.MinorUnitsMax / 2, Proration.Share(PlanTerms.MinorUnitsMax, period / 2, period));
    }

    [Fact]
    public void Changes_never_drift_from_the_exact_price_of_the_time_on_each_plan()
    {
        Random random = new(20271);
        for (int round = 0; round < 500; round++)
        {
            long period = random.Next(1, 40_000_000);
            long price = random.Next(1, 1_000_000);
            BigInteger paid = price;
            BigInteger exact = price * (BigInteger)period;
            int changes = random.Next(0, 40);
            foreach (long left in Enumerable.Range(0, changes).Select(_ => random.NextInt64(0, period + 1)).OrderDescending())
            {
                long other = random.Next(3) == 0 ? price : random.Next(1, 1_000_000);
                BigInteger net = Share(other, left, period) - Share(price, left, period);
                Assert.True(other != price || net.IsZero);
                paid += net;
                exact += (other - price) * (BigInteger)left;
                price = other;
            }

            // Each change rounds two shares by at most half a unit; none of it carries on.
            Assert.True(BigInteger.Abs((paid * period) - exact) <= changes * (BigInteger)period);
        }
    }

    private static BigInteger Share(long price, long left, long period) =>
        (BigInteger)Proration.Share((UInt128)price, TimeSpan.FromSeconds(left), TimeSpan.FromSeconds(period));

    private static DateTimeOffset At(string day) => DateTimeOffset.ParseExact(
        $"{day}T10:20:30Z", "yyyy-MM-dd'T'HH:mm:ss'Z'", null, System.Globalization.DateTimeStyles.AssumeUniversal);

    private static PlanFacts Plan(PlanInterval interval, int count) => new()
    {
        PlanId = Guid.Empty,
        Version = 1,
        Name = "plan",
        Amount = "1000",
        Asset = "USD",
        Interval = interval,
        IntervalCount = count,
        TrialDays = 0,
        Prorates = true,
        CreatedAt = DateTimeOffset.UnixEpoch,
    };
}
