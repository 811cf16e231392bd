using Florin.Flows;

namespace Florin.Payments.Charging;

/// <summary>The declared states and transitions of <c>payment</c>.</summary>
internal static class PaymentFlow
{
    public const string Kind = "payment";

    public const string Created = "created";
    public const string Submitting = "submitting";
    public const string Queued = "queued";
    public const string Processing = "processing";
    public const string RequiresAction = "requires_action";
    public const string Completing = "completing";
    public const string Expiring = "expiring";
    public const string Canceling = "canceling";
    public const string Unknown = "unknown";
    public const string Authorized = "authorized";
    public const string Capturing = "capturing";
    public const string Voiding = "voiding";
    public const string Captured = "captured";
    public const string Settled = "settled";
    public const string Reversed = "reversed";
    public const string PartiallyRefunded = "partially_refunded";
    public const string Refunded = "refunded";
    public const string Disputed = "disputed";
    public const string Voided = "voided";
    public const string Failed = "failed";
    public const string Mismatch = "mismatch";
    public const string Contested = "contested";
    public const string Returning = "returning";
    public const string Returned = "returned";

    private const string Credit =
        "Dr psp:{provider}:clearing / Cr merchant:{id}:receivable (what is owed), merchant:{id}:available (the rest, less the fee), revenue:fees (the fee); "
        + "memo: Dr memo:refundable / Cr payment:{id}:refundable; "
        + "pending with a time-out, where a part is kept back: Dr merchant:{id}:available / Cr reserve:{id}";
    private const string Suspend = "Dr psp:{provider}:clearing / Cr suspense:{provider} for what was received";
    private const string Unsuspend = "reverse: Dr psp:{provider}:clearing / Cr suspense:{provider}";

    private const string Reverse =
        "Dr merchant:{id}:available (as far as it goes), merchant:{id}:receivable (the rest) / Cr psp:{provider}:clearing; memo: Dr payment:{id}:refundable / "
        + "Cr memo:refundable";

    public static FlowDefinition Definition { get; } = new(
        Kind,
        "Takes money from a payer for a merchant: authorisation, captures, void.",
        [
            new(Created, IsFinal: false, IsReportable: false, "Durable; the provider was not asked yet."),
            new(Submitting, IsFinal: false, IsReportable: false, "The intent to authorise is durable; the call may be under way."),
            new(Queued, IsFinal: false, IsReportable: true, "The provider could not be reached; nothing was sent, it is tried again under the same key."),
            new(Processing, IsFinal: false, IsReportable: true, "The provider works on it."),
            new(RequiresAction, IsFinal: false, IsReportable: true, "The payer has to act at the bank, until a time; nothing is reserved."),
            new(Completing, IsFinal: false, IsReportable: false, "The payer has approved it; the intent to take or reserve it is durable; the call may be under way."),
            new(Expiring, IsFinal: false, IsReportable: true, "The payer did not act in time; the intent to cancel at the provider is durable."),
            new(Canceling, IsFinal: false, IsReportable: true, "The merchant voids what waits for its payer; the intent to cancel at the provider is durable."),
            new(Unknown, IsFinal: false, IsReportable: true, "An answer was lost; money may have been reserved or taken. Ends only by evidence."),
            new(Authorized, IsFinal: false, IsReportable: true, "Reserved at the payer's bank; nothing of it is in the books."),
            new(Capturing, IsFinal: false, IsReportable: false, "The intent to capture is durable; the call may be under way."),
            new(Voiding, IsFinal: false, IsReportable: false, "The intent to void is durable; the call may be under way."),
            new(Captured, IsFinal: true, IsReportable: true, "Taken and credited to the merchant, less the fee."),
            new(Settled, IsFinal: true, IsReportable: true, "All that was captured is at our bank."),
            new(Reversed, IsFinal: true, IsReportable: true, "The scheme did not pay after all, or the provider took it back; the merchant owes what was credited (R-17, U-11)."),
            new(PartiallyRefunded, IsFinal: true, IsReportable: true, "A part of what was captured was given back."),
            new(Refunded, IsFinal: true, IsReportable: true, "All that was captured was given back."),
            new(Disputed, IsFinal: true, IsReportable: true, "A dispute is open, or was lost."),
            new(Voided, IsFinal: true, IsReportable: true, "Given back, or expired, before anything was captured."),
            new(Failed, IsFinal: true, IsReportable: true, "Nothing was taken; only a late success leaves it."),
            new(Mismatch, IsFinal: true, IsReportable: true, "The provider took something that was not ordered, or that was paid otherwise; it is in suspense."),
            new(Contested, IsFinal: false, IsReportable: true, "Taken after all, and another payment of its obligation may have paid; in suspense until that is known."),
            new(Returning, IsFinal: false, IsReportable: true, "Taken a second time for one obligation; it is being given back to the payer."),
            new(Returned, IsFinal: true, IsReportable: true, "Taken a second time for one obligation, and given back to the payer."),
        ],
        [Created],
        [
            new(Created, Submitting, PaymentEvents.Submit),
            new(Created, Failed, PaymentEvents.GiveUp),
            new(Queued, Submitting, PaymentEvents.Submit),
            new(Queued, Failed, PaymentEvents.GiveUp),
            new(Submitting, Queued, PaymentEvents.NotSent),
            .. From(Submitting),
            new(Submitting, Unknown, PaymentEvents.AnswerLost),
            new(Submitting, Processing, PaymentEvents.Processing),
            new(Submitting, Authorized, PaymentEvents.Authorized),
            .. Challenge(),
            .. Approval(),
            .. From(Unknown),
            new(Unknown, Processing, PaymentEvents.Processing),
            new(Unknown, Authorized, PaymentEvents.Authorized),
            new(Unknown, Authorized, PaymentEvents.Captured, Credit),
            new(Unknown, Authorized, PaymentEvents.CommandFailed),
            .. From(Processing),
            new(Processing, Authorized, PaymentEvents.Authorized),
            .. From(Authorized),
            new(Authorized, Authorized, PaymentEvents.CommandRefused),
            new(Authorized, Authorized, PaymentEvents.Captured, Credit),
            new(Authorized, Capturing, PaymentEvents.Capture),
            new(Authorized, Voiding, PaymentEvents.Void),
            .. From(Capturing),
            new(Capturing, Authorized, PaymentEvents.Captured, Credit),
            new(Capturing, Authorized, PaymentEvents.CommandFailed),
            new(Capturing, Unknown, PaymentEvents.AnswerLost),
            .. From(Voiding),
            new(Voiding, Authorized, PaymentEvents.Captured, Credit),
            new(Voiding, Authorized, PaymentEvents.CommandFailed),
            new(Voiding, Unknown, PaymentEvents.AnswerLost),
            new(Failed, Authorized, PaymentEvents.LateSuccess),
            new(Failed, Captured, PaymentEvents.LateSuccess, Credit),
            new(Failed, Mismatch, PaymentEvents.LateMismatch, Suspend),
            new(Voided, Captured, PaymentEvents.LateSuccess, Credit),
            new(Voided, Mismatch, PaymentEvents.LateMismatch, Suspend),
            .. Late(),
            .. Counts(),
        ]);

    /// <summary>Whether money was captured for the merchant, whatever became of it afterwards.</summary>
    public static bool IsTaken(string state) => state is Captured or Settled or PartiallyRefunded or Refunded or Disputed or Reversed;

    /// <summary>What evidence can make of every state that is still open.</summary>
    private static IEnumerable<FlowTransition> From(string state) =>
    [
        new(state, Captured, PaymentEvents.Captured, Credit),
        new(state, Captured, PaymentEvents.Released),
        new(state, Voided, PaymentEvents.Voided),
        new(state, Failed, PaymentEvents.Failure),
        new(state, Mismatch, PaymentEvents.Mismatch, Suspend),
    ];

    /// <summary>What becomes of a payment that the payer has to act for, or does not act for (fault U-13).</summary>
    private static IEnumerable<FlowTransition> Challenge() =>
    [
        .. from before in new[] { Submitting, Unknown, Processing } select new FlowTransition(before, RequiresAction, PaymentEvents.ActionRequired),
        .. from before in new[] { Submitting, Unknown, Processing, RequiresAction, Expiring } select new FlowTransition(before, Expiring, PaymentEvents.Expire),
        .. from state in new[] { RequiresAction, Expiring, Canceling } from transition in From(state) select transition,
        .. from state in new[] { RequiresAction, Expiring } select new FlowTransition(state, Authorized, PaymentEvents.Authorized),
        new(RequiresAction, Processing, PaymentEvents.Processing),
        new(Expiring, Processing, PaymentEvents.Processing),
        new(Expiring, Failed, PaymentEvents.Expired),
        .. from before in new[] { RequiresAction, Expiring } select new FlowTransition(before, Canceling, PaymentEvents.Void),
        new(Canceling, Canceling, PaymentEvents.VoidAgain),
        new(Canceling, Voiding, PaymentEvents.VoidAgain),
    ];

    /// <summary>What becomes of a payment that its payer approves, and that is taken when we ask for it.</summary>
    private static IEnumerable<FlowTransition> Approval() =>
    [
        new(RequiresAction, Completing, PaymentEvents.Approved),
        .. from before in new[] { RequiresAction, Unknown } select new FlowTransition(before, Failed, PaymentEvents.Expired),
        .. From(Completing),
        new(Completing, Authorized, PaymentEvents.Authorized),
        new(Completing, Processing, PaymentEvents.Processing),
        new(Completing, Unknown, PaymentEvents.AnswerLost),
        new(Completing, RequiresAction, PaymentEvents.NotSent),
        new(Completing, RequiresAction, PaymentEvents.ActionRequired),
    ];

    /// <summary>What becomes of a late success whose obligation another payment may have paid, or has paid (faults I-09, U-05).</summary>
    private static IEnumerable<FlowTransition> Late() =>
    [
        new(Failed, Contested, PaymentEvents.LateSuccess, Suspend),
        new(Voided, Contested, PaymentEvents.LateSuccess, Suspend),
        new(Failed, Returning, PaymentEvents.PaidOtherwise, Suspend),
        new(Voided, Returning, PaymentEvents.PaidOtherwise, Suspend),
        new(Failed, Voiding, PaymentEvents.PaidOtherwise),
        new(Voiding, Voiding, PaymentEvents.VoidAgain),
        new(Unknown, Voiding, PaymentEvents.VoidAgain),
        new(Voiding, Returning, PaymentEvents.PaidOtherwise, Suspend),
        new(Unknown, Returning, PaymentEvents.PaidOtherwise, Suspend),
        new(Contested, Captured, PaymentEvents.LateSuccess, $"{Unsuspend}; {Credit}"),
        new(Contested, Returning, PaymentEvents.PaidOtherwise),
        new(Returning, Returning, PaymentEvents.NotSent),
        new(Returning, Returning, PaymentEvents.Submit),
        new(Returning, Returned, PaymentEvents.Returned, Unsuspend),
        new(Returning, Mismatch, PaymentEvents.ReturnRefused),
        new(Returned, Mismatch, PaymentEvents.ReturnFailed, Suspend),
    ];

    /// <summary>What settlements, refunds and disputes make of a captured payment; their own flows post the money, but for that of a reversal.</summary>
    private static IEnumerable<FlowTransition> Counts()
    {
        string[] taken = [Captured, Settled, PartiallyRefunded, Refunded, Disputed];
        return
        [
            .. from before in taken from after in taken select new FlowTransition(before, after, PaymentEvents.OfCount(before, after)),
            .. from before in taken select new FlowTransition(before, Reversed, PaymentEvents.Reversed, Reverse),
            .. from before in taken select new FlowTransition(before, Reversed, PaymentEvents.TakenBack, Reverse),
            new FlowTransition(Reversed, Reversed, PaymentEvents.Counted),
        ];
    }
}

/// <summary>The events that change a payment; they are the reasons in its history.</summary>
internal static class PaymentEvents
{
    public const string Submit = "submit";
    public const string NotSent = "not_sent";
    public const string GiveUp = "give_up";
    public const string Processing = "processing";
    public const string Authorized = "authorized";

    /// <summary>The payer's bank asks the payer for something (3-D Secure), or the payer has to approve the payment.</summary>
    public const string ActionRequired = "action_required";

    /// <summary>The payer has approved the payment: it is asked for.</summary>
    public const string Approved = "approved";

    /// <summary>The time for it is over: the provider is asked to cancel (fault U-13).</summary>
    public const string Expire = "expire";

    /// <summary>The payer can complete nothing any more: the provider has cancelled, or what the payer may still approve is never asked for.</summary>
    public const string Expired = "expired";
    public const string Captured = "captured";
    public const string Voided = "voided";

    /// <summary>What was reserved and not captured is gone, by a void or by expiry; what was captured before stays (fault R-11).</summary>
    public const string Released = "released";
    public const string Failure = "failure";
    public const string AnswerLost = "answer_lost";
    public const string Mismatch = "mismatch";
    public const string Capture = "capture";
    public const string Void = "void";

    /// <summary>A capture or void that cannot be done; nothing was sent.</summary>
    public const string CommandRefused = "command_refused";

    /// <summary>A capture or void that certainly did not happen.</summary>
    public const string CommandFailed = "command_failed";

    /// <summary>The provider says "taken" after we said "failed" or "voided" (fault U-02).</summary>
    public const string LateSuccess = "late_success";
    public const string LateMismatch = "late_mismatch";

    /// <summary>Another payment of the obligation has taken the money.</summary>
    public const string PaidOtherwise = "paid_otherwise";

    /// <summary>What must be given back or cancelled was not, and is not there to be captured: once more.</summary>
    public const string VoidAgain = "void_again";

    /// <summary>The second success is with the payer again.</summary>
    public const string Returned = "returned";

    /// <summary>The provider did not give it back; it stays in suspense.</summary>
    public const string ReturnRefused = "return_refused";

    /// <summary>It was given back and came back.</summary>
    public const string ReturnFailed = "return_failed";

    /// <summary>A refund or dispute has changed what is left of it.</summary>
    public const string Counted = "counted";
    public const string Settled = "settled";

    /// <summary>The named reversal of <see cref="Settled"/>: the provider's transfer did not arrive (faults R-17, W-05).</summary>
    public const string SettlementReturned = "settlement_returned";

    /// <summary>The named reversal of a capture without a dispute (faults R-17, W-05).</summary>
    public const string Reversed = "settlement_reversed";

    /// <summary>The same, told by the provider's payment itself: it says that it failed, or was taken back (fault U-11).</summary>
    public const string TakenBack = "taken_back";

    /// <summary>The event of a change that counting made.</summary>
    public static string OfCount(string before, string after) => (before, after) switch
    {
        (PaymentFlow.Captured, PaymentFlow.Settled) => Settled,
        (PaymentFlow.Settled, PaymentFlow.Captured) => SettlementReturned,
        (_, PaymentFlow.Reversed) when before != PaymentFlow.Reversed => Reversed,
        _ => Counted,
    };
}
