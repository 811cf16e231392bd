using Florin.Flows;

namespace Florin.Payments.Refunds;

/// <summary>The declared states and transitions of <c>payment.refund</c>.</summary>
internal static class RefundFlow
{
    public const string Kind = "payment.refund";

    public const string Created = "created";
    public const string AwaitingFunds = "awaiting_funds";
    public const string Submitting = "submitting";
    public const string Queued = "queued";
    public const string Pending = "pending";
    public const string Unknown = "unknown";
    public const string Succeeded = "succeeded";
    public const string PartiallySucceeded = "partially_succeeded";
    public const string Failed = "failed";

    /// <summary>The posting of its start: no number of concurrent refunds gets past it (fault R-01).</summary>
    public const string Reserve = "pending: Dr payment:{id}:refundable / Cr memo:refundable";

    private const string Hold = "if available does not suffice, void or release: pending Dr merchant:{id}:available / Cr reserve:{id} of the payment; pending: Dr merchant:{id}:available (less the fee's share), revenue:fees (the share) / Cr psp:{provider}:clearing";
    private const string Settle = "post the pending: Dr merchant:{id}:available, revenue:fees / Cr psp:{provider}:clearing; post the reserve";
    private const string Release = "void the pending: Dr merchant:{id}:available, revenue:fees / Cr psp:{provider}:clearing; void the reserve";
    private const string ReleaseReserve = "void the reserve";

    private const string Late =
        "Dr merchant:{id}:available (less the fee's share, as far as it goes), merchant:{id}:receivable (the rest), revenue:fees (the share) / "
        + "Cr psp:{provider}:clearing; memo: Dr payment:{id}:refundable / Cr memo:refundable; both name the void that they correct";

    private const string Return =
        "reverse: Dr merchant:{id}:available, revenue:fees / Cr psp:{provider}:clearing; reverse the reserve; of a late success: Dr psp:{provider}:clearing / "
        + "Cr merchant:{id}:receivable (what is owed), merchant:{id}:available (the rest), revenue:fees";
    private const string SettlePart = "post a part of the pending: Dr merchant:{id}:available, revenue:fees / Cr psp:{provider}:clearing; post a part of the reserve";
    private const string SettleAndRelease = "post what succeeded, as above; void the rest of the pending and of the reserve";

    public static FlowDefinition Definition { get; } = new(
        Kind,
        "Gives captured money back to the payer.",
        [
            new(Created, IsFinal: false, IsReportable: false, "Durable and reserved; the merchant's balance was not asked yet."),
            new(AwaitingFunds, IsFinal: false, IsReportable: true, "The merchant's balance is short; goes on by itself when it is not."),
            new(Submitting, IsFinal: false, IsReportable: false, "The money is held and the intent is durable; the call may be under way."),
            new(Queued, IsFinal: false, IsReportable: true, "The provider could not be reached; nothing was sent, it is tried again under the same key."),
            new(Pending, IsFinal: false, IsReportable: true, "The provider works on it; the money stays held."),
            new(Unknown, IsFinal: false, IsReportable: true, "The answer was lost; the money stays held until evidence says more."),
            new(Succeeded, IsFinal: false, IsReportable: true, "Given back; may still fail (R-03)."),
            new(PartiallySucceeded, IsFinal: false, IsReportable: true, "A part was given back; the merchant has the rest of the money. May still fail (R-03)."),
            new(Failed, IsFinal: false, IsReportable: true, "Nothing was given back, or it came back; the merchant has the money."),
        ],
        [Created],
        [
            new(Created, AwaitingFunds, RefundEvents.Short),
            new(Created, Failed, RefundEvents.Disputed, ReleaseReserve),
            new(AwaitingFunds, Failed, RefundEvents.Disputed, ReleaseReserve),
            new(Queued, Failed, RefundEvents.Disputed, Release),
            new(Queued, PartiallySucceeded, RefundEvents.PartialSuccess, Release),
            new(Created, Submitting, RefundEvents.Submit, Hold),
            new(AwaitingFunds, Submitting, RefundEvents.Submit, Hold),
            new(Queued, Submitting, RefundEvents.Submit),
            new(Submitting, Queued, RefundEvents.NotSent),
            new(Submitting, Pending, RefundEvents.Processing),
            new(Submitting, Unknown, RefundEvents.AnswerLost),
            new(Submitting, Succeeded, RefundEvents.Success, Settle),
            new(Submitting, Failed, RefundEvents.Failure, Release),
            new(Unknown, Pending, RefundEvents.Processing),
            new(Unknown, Succeeded, RefundEvents.Success, Settle),
            new(Unknown, Failed, RefundEvents.Failure, Release),
            new(Pending, Succeeded, RefundEvents.Success, Settle),
            new(Pending, Failed, RefundEvents.Failure, Release),
            .. from before in new[] { Submitting, Unknown, Pending } from transition in Parts(before) select transition,
            new(Succeeded, PartiallySucceeded, RefundEvents.LateFailure, Return),
            new(PartiallySucceeded, PartiallySucceeded, RefundEvents.LateFailure, Return),
            new(PartiallySucceeded, Failed, RefundEvents.LateFailure, Return),
            new(PartiallySucceeded, PartiallySucceeded, RefundEvents.Told),
            new(Succeeded, Failed, RefundEvents.LateFailure, Return),
            new(Failed, Succeeded, RefundEvents.LateSuccess, Late),
            new(Succeeded, Succeeded, RefundEvents.Told),
            new(Failed, Failed, RefundEvents.Told),
        ]);

    /// <summary>What becomes of a refund that is spread over several captures when one of its parts ends.</summary>
    private static IEnumerable<FlowTransition> Parts(string before) =>
    [
        new(before, Submitting, RefundEvents.PartDone, SettlePart),
        new(before, Submitting, RefundEvents.PartRefused),
        new(before, PartiallySucceeded, RefundEvents.PartialSuccess, SettleAndRelease),
    ];
}

/// <summary>The events that change a refund; they are the reasons in its history.</summary>
internal static class RefundEvents
{
    public const string Short = "insufficient_balance";
    public const string Submit = "submit";
    public const string NotSent = "not_sent";
    public const string Processing = "processing";
    public const string AnswerLost = "answer_lost";
    public const string Success = "success";
    public const string Failure = "failure";

    /// <summary>A part was given back; the next one is sent.</summary>
    public const string PartDone = "part_done";

    /// <summary>A part was refused because its capture has less left by now; another one is sent.</summary>
    public const string PartRefused = "part_refused";

    /// <summary>A part was given back, and the rest cannot be.</summary>
    public const string PartialSuccess = "partial_success";

    /// <summary>The payment was disputed before the provider was asked: it would be lost twice (fault R-06).</summary>
    public const string Disputed = "payment_disputed";

    /// <summary>The named reversal of a success: the payer's bank sent it back (fault R-03).</summary>
    public const string LateFailure = "late_failure";

    /// <summary>The named reversal of a failure: the request arrived after all, after it was given up for lost (faults U-02, U-10).</summary>
    public const string LateSuccess = "late_success";

    /// <summary>The payment was told to count again.</summary>
    public const string Told = "payment_told";
}
