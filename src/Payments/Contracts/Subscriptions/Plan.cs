using Florin.Ledger;

namespace Florin.Payments;

/// <summary>The unit of a plan's period. Months and years are those of the calendar in UTC. Numbers are stored: append, never renumber.</summary>
public enum PlanInterval
{
    Day = 1,
    Week = 2,
    Month = 3,
    Year = 4,
}

/// <summary>What a plan costs and how often.</summary>
/// <param name="Name">1 to <see cref="NameLengthMax"/> characters.</param>
/// <param name="Amount">Of one period, paid when it begins; 1 to <see cref="MinorUnitsMax"/> smallest units.</param>
/// <param name="IntervalCount">How many intervals make a period; 1 to <see cref="IntervalCountMax"/>.</param>
/// <param name="TrialDays">Days before the first period that cost nothing; 0 to <see cref="TrialDaysMax"/>.</param>
/// <param name="Prorates">Whether a change to this plan takes effect at once, with lines for the rest of the period; otherwise with the next period.</param>
public sealed record PlanTerms(string Name, Money Amount, PlanInterval Interval, int IntervalCount, int TrialDays, bool Prorates)
{
    public const int NameLengthMax = 120;

    public const int IntervalCountMax = 366;

    public const int TrialDaysMax = 730;

    /// <summary>Keeps shares of an amount, counted in seconds, within 128 bits.</summary>
    public static UInt128 MinorUnitsMax { get; } = 1_000_000_000_000_000_000;
}

/// <summary>One version of a plan. It never changes; another price is another version.</summary>
/// <param name="Version">From 1.</param>
public sealed record Plan(Guid Id, int Version, PlanTerms Terms, DateTimeOffset CreatedAt);
