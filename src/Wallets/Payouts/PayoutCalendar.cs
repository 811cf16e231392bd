namespace Florin.Wallets.Payouts;

/// <summary>The days on which a schedule runs, UTC. Pure.</summary>
internal static class PayoutCalendar
{
    private const int DaysOfWeek = 7;

    /// <summary>The first day of the schedule after a day; <see langword="null"/> when it runs by hand only.</summary>
    /// <param name="day">As in <see cref="PayoutSchedule.Day"/>.</param>
    public static DateOnly? Next(PayoutInterval interval, int? day, DateOnly after) => interval switch
    {
        PayoutInterval.Manual => null,
        PayoutInterval.Daily => after.AddDays(1),
        PayoutInterval.Weekly => after.AddDays(((day ?? 1) - IsoDay(after) + DaysOfWeek - 1) % DaysOfWeek + 1),
        PayoutInterval.Monthly => InMonth(after, day ?? 1) is var here && here > after ? here : InMonth(after.AddDays(1 - after.Day).AddMonths(1), day ?? 1),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>When a day begins.</summary>
    public static DateTimeOffset StartOf(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    public static DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);

    /// <summary>1 (Monday) to 7.</summary>
    private static int IsoDay(DateOnly day) => day.DayOfWeek == DayOfWeek.Sunday ? DaysOfWeek : (int)day.DayOfWeek;

    /// <summary>The day of a month, or the month's last when it is shorter.</summary>
    private static DateOnly InMonth(DateOnly month, int day) => new(month.Year, month.Month, Math.Min(day, DateTime.DaysInMonth(month.Year, month.Month)));
}
