using Florin.Wallets;
using Florin.Wallets.Payouts;
using Xunit;

namespace Florin.Tests.Payouts;

/// <summary>The days on which schedules run, by a wall calendar.</summary>
public sealed class PayoutCalendarTests
{
    [Theory]
    [InlineData(PayoutInterval.Daily, null, "2026-12-31", "2027-01-01")]
    [InlineData(PayoutInterval.Weekly, 1, "2026-11-21", "2026-11-23")] // Saturday, Monday
    [InlineData(PayoutInterval.Weekly, 6, "2026-11-21", "2026-11-28")] // Saturday, a week later
    [InlineData(PayoutInterval.Weekly, 7, "2026-11-21", "2026-11-22")] // Saturday, Sunday
    [InlineData(PayoutInterval.Weekly, 5, "2026-11-21", "2026-11-27")] // Saturday, Friday
    [InlineData(PayoutInterval.Monthly, 15, "2026-11-14", "2026-11-15")]
    [InlineData(PayoutInterval.Monthly, 15, "2026-11-15", "2026-12-15")]
    [InlineData(PayoutInterval.Monthly, 31, "2026-11-21", "2026-11-30")]
    [InlineData(PayoutInterval.Monthly, 31, "2026-11-30", "2026-12-31")]
    [InlineData(PayoutInterval.Monthly, 31, "2027-01-31", "2027-02-28")]
    [InlineData(PayoutInterval.Monthly, 30, "2028-02-01", "2028-02-29")]
    [InlineData(PayoutInterval.Monthly, 1, "2026-12-31", "2027-01-01")]
    public void The_next_run_is_the_first_day_of_the_schedule_after_a_day(PayoutInterval interval, int? day, string after, string next) =>
        Assert.Equal(DateOnly.Parse(next, null), PayoutCalendar.Next(interval, day, DateOnly.Parse(after, null)));

    [Fact]
    public void By_hand_there_is_no_next_run() => Assert.Null(PayoutCalendar.Next(PayoutInterval.Manual, null, new DateOnly(2026, 11, 21)));
}
