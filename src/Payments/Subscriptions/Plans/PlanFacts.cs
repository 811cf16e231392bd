using System.Text.Json.Serialization;
using Florin.Flows;
using Florin.Ledger;

namespace Florin.Payments.Subscriptions.Plans;

/// <summary>A version of a plan as a subscription keeps it: the terms that were agreed.</summary>
internal sealed record PlanFacts
{
    public required Guid PlanId { get; init; }

    public required int Version { get; init; }

    public required string Name { get; init; }

    /// <summary>Smallest units, as text.</summary>
    public required string Amount { get; init; }

    public required string Asset { get; init; }

    public required PlanInterval Interval { get; init; }

    public required int IntervalCount { get; init; }

    public required int TrialDays { get; init; }

    public required bool Prorates { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    [JsonIgnore]
    public Money Price => FlowFacts.Amount(Amount, Asset);

    public static PlanFacts Of(Plan plan) => new()
    {
        PlanId = plan.Id,
        Version = plan.Version,
        Name = plan.Terms.Name,
        Amount = FlowFacts.AmountText(plan.Terms.Amount.MinorUnits),
        Asset = plan.Terms.Amount.Asset.Code,
        Interval = plan.Terms.Interval,
        IntervalCount = plan.Terms.IntervalCount,
        TrialDays = plan.Terms.TrialDays,
        Prorates = plan.Terms.Prorates,
        CreatedAt = plan.CreatedAt,
    };

    public Plan ToContract() => new(PlanId, Version, new PlanTerms(Name, Price, Interval, IntervalCount, TrialDays, Prorates), CreatedAt);

    /// <summary>Whether periods of both have the same length, so that a change between them keeps the days on which periods begin.</summary>
    public bool HasRhythmOf(PlanFacts other) => Interval == other.Interval && IntervalCount == other.IntervalCount;

    /// <summary>
    /// When so many periods after <paramref name="anchor"/> are over. Months and years are counted from the anchor itself, in UTC, and end on the last
    /// day of a month that lacks its day: 31 January, 28 or 29 February, 31 March. Counted from the period before, the day would be lost for ever.
    /// </summary>
    /// <param name="periods">0 is the anchor itself.</param>
    public DateTimeOffset After(DateTimeOffset anchor, int periods)
    {
        int intervals = checked(periods * IntervalCount);
        return Interval switch
        {
            PlanInterval.Day => anchor.AddDays(intervals),
            PlanInterval.Week => anchor.AddDays(checked(7 * intervals)),
            PlanInterval.Month => anchor.AddMonths(intervals),
            PlanInterval.Year => anchor.AddMonths(checked(12 * intervals)),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }
}
