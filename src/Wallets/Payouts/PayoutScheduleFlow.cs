using Florin.Flows;

namespace Florin.Wallets.Payouts;

/// <summary>The declared states and transitions of <c>merchant.payout_schedule</c>.</summary>
internal static class PayoutScheduleFlow
{
    public const string Kind = "merchant.payout_schedule";

    public const string Manual = "manual";
    public const string Active = "active";

    public static FlowDefinition Definition { get; } = new(
        Kind,
        "When a merchant is paid by itself. Each run plans a batch of what is there; runs that were missed are made up for by one. It posts nothing itself.",
        [
            new(Manual, IsFinal: false, IsReportable: true, "Nothing is paid by itself."),
            new(Active, IsFinal: false, IsReportable: true, "Runs on its next day."),
        ],
        [Manual],
        [
            new(Manual, Active, PayoutScheduleEvents.Changed),
            new(Manual, Manual, PayoutScheduleEvents.Changed),
            new(Active, Active, PayoutScheduleEvents.Changed),
            new(Active, Active, PayoutScheduleEvents.Planned),
            new(Active, Manual, PayoutScheduleEvents.Changed),
        ]);
}

internal static class PayoutScheduleEvents
{
    public const string Changed = "changed";

    /// <summary>The day's batch is planned.</summary>
    public const string Planned = "planned";
}
