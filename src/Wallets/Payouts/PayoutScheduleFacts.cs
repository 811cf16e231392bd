using System.Collections.Immutable;
using Florin.Flows;

namespace Florin.Wallets.Payouts;

/// <summary>What a schedule remembers. No personal data: ids only.</summary>
internal sealed record PayoutScheduleFacts
{
    public required Guid MerchantId { get; init; }

    public PayoutInterval Interval { get; init; }

    public int? Day { get; init; }

    public int DelayDays { get; init; }

    public ImmutableArray<PayoutTermsFacts> Currencies { get; init; } = [];

    public DateOnly? NextRun { get; init; }

    /// <summary>Batches that were not seen to be completed: what they will pay is not planned again.</summary>
    public ImmutableArray<Guid> Open { get; init; } = [];

    /// <summary>The change that was made last.</summary>
    public Guid? ChangeId { get; init; }

    public static FlowId IdOf(Guid merchant) => FlowId.FromIdempotencyKey("florin", PayoutScheduleFlow.Kind, merchant.ToString("D"));

    public static PayoutScheduleFacts Of(Flow flow) => FlowFacts.Read<PayoutScheduleFacts>(flow.Data);

    /// <summary>With other terms, from tomorrow on: a day has one run, however often its schedule changes.</summary>
    public PayoutScheduleFacts Changed(PayoutScheduleChange change, DateOnly today) => this with
    {
        Interval = change.Interval,
        Day = change.Day,
        DelayDays = change.DelayDays,
        Currencies = change.Currencies,
        NextRun = PayoutCalendar.Next(change.Interval, change.Day, today),
        ChangeId = change.Id,
    };

    public PayoutSchedule ToContract() => new(
        Interval,
        Day,
        DelayDays,
        [.. Currencies.Select(terms => new PayoutTerms(FlowFacts.Amount(terms.Minimum, terms.Asset), terms.DestinationId))],
        NextRun);
}

/// <param name="Minimum">Smallest units, as text.</param>
internal sealed record PayoutTermsFacts(string Asset, string Minimum, Guid DestinationId);

/// <summary>The signal that sets a schedule.</summary>
internal sealed record PayoutScheduleChange(Guid Id, PayoutInterval Interval, int? Day, int DelayDays, ImmutableArray<PayoutTermsFacts> Currencies)
{
    public const string Signal = "set";
}
