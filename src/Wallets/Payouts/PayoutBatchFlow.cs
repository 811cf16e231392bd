using Florin.Flows;

namespace Florin.Wallets.Payouts;

/// <summary>The declared states and transitions of <c>merchant.payout_batch</c>.</summary>
internal static class PayoutBatchFlow
{
    public const string Kind = "merchant.payout_batch";

    public const string Planned = "planned";
    public const string Paying = "paying";
    public const string Completed = "completed";
    public const string Repeated = "repeated";

    public static FlowDefinition Definition { get; } = new(
        Kind,
        "One run of a merchant's schedule. Its id follows from merchant and day, and a line's from batch and currency, so that a run that comes again is this batch and "
        + "pays nothing (fault I-12). It posts nothing itself: each line is a merchant.payout.",
        [
            new(Planned, IsFinal: false, IsReportable: true, "What is to be paid is fixed; it is paid when the delay is over, or line by line by hand before."),
            new(Paying, IsFinal: false, IsReportable: true, "Line after line is claimed by this batch, found claimed by hand, or left out."),
            new(Completed, IsFinal: false, IsReportable: true, "Every line is claimed or left out."),
            new(Repeated, IsFinal: false, IsReportable: true, "It was completed and run again. Nothing was paid by that; a person should find out who runs it twice."),
        ],
        [Planned],
        [
            new(Planned, Paying, PayoutBatchEvents.Due),
            new(Planned, Paying, PayoutBatchEvents.Run),
            new(Paying, Paying, PayoutBatchEvents.Claimed),
            new(Paying, Paying, PayoutBatchEvents.Skipped),
            new(Paying, Completed, PayoutBatchEvents.Completed),
            new(Completed, Repeated, PayoutBatchEvents.RunAgain),
            new(Repeated, Repeated, PayoutBatchEvents.RunAgain),
        ]);
}

/// <summary>The events that change a batch; some are signals as well.</summary>
internal static class PayoutBatchEvents
{
    public const string Due = "due";

    /// <summary>Also the signal of a person who has it paid now.</summary>
    public const string Run = "run";

    /// <summary>Also the signal of a schedule that planned the same day once more.</summary>
    public const string RunAgain = "run_again";

    public const string Claimed = "line_claimed";
    public const string Skipped = "line_skipped";
    public const string Completed = "completed";
}
