namespace Florin.Providers;

/// <summary>
/// Takes payments for merchants: authorises, captures, voids and refunds them, and tells of disputes. Implementations are thread-safe.
/// </summary>
/// <remarks>
/// As with <see cref="IPaymentProvider"/>: every call that may move money has three outcomes and an idempotency key that the caller derives from its
/// flow and step; <c>OurReference</c> is the flow's id and is kept by the provider, so that the object can be found when its answer was lost.
/// Amounts are in smallest units by ISO 4217; the connector translates where the provider counts otherwise.
/// </remarks>
public interface IAcquirer
{
    /// <summary>The name in account addresses and references: <c>stripe</c>, <c>paypal</c>.</summary>
    string Name { get; }

    /// <summary>
    /// How long a repeat of an authorisation, capture or refund with the same idempotency key and content is answered by the state of the original instead
    /// of having an effect of its own; <see langword="null"/> where a repeat teaches nothing. A provider that has it may keep no list that
    /// <see cref="FindPaymentAsync"/> could read: an unknown outcome is then cleared up by the repeat.
    /// </summary>
    TimeSpan? RepeatsAnswerFor => null;

    /// <summary>The name under which evidence of a dispute says what was given back before; <see langword="null"/> where there is none.</summary>
    string? RefundEvidence => null;

    /// <summary>Reserves the amount, and takes it at once when the capture is automatic.</summary>
    ValueTask<ProviderOutcome<AcquirerPayment>> AuthorizeAsync(AuthorizationRequest request, CancellationToken cancellationToken);

    /// <summary>Takes a part or all of what is reserved. After the final capture the rest is given back to the payer.</summary>
    ValueTask<ProviderOutcome<AcquirerPayment>> CaptureAsync(CaptureRequest request, CancellationToken cancellationToken);

    /// <summary>Gives back what is reserved and not captured; a payment that waits for its payer can then not be completed any more.</summary>
    ValueTask<ProviderOutcome<AcquirerPayment>> VoidAsync(string paymentId, string idempotencyKey, CancellationToken cancellationToken);

    ValueTask<ProviderLookup<AcquirerPayment>> GetPaymentAsync(string paymentId, CancellationToken cancellationToken);

    /// <summary>Looks for the payment of a flow whose answer was lost: an authoritative read, not of a search index.</summary>
    ValueTask<ProviderLookup<AcquirerPayment>> FindPaymentAsync(string ourReference, DateTimeOffset notBefore, CancellationToken cancellationToken);

    /// <summary>Gives captured money back to the payer.</summary>
    ValueTask<ProviderOutcome<AcquirerRefund>> RefundAsync(RefundRequest request, CancellationToken cancellationToken);

    ValueTask<ProviderLookup<AcquirerRefund>> GetRefundAsync(string refundId, CancellationToken cancellationToken);

    ValueTask<ProviderLookup<AcquirerRefund>> FindRefundAsync(string paymentId, string ourReference, CancellationToken cancellationToken);

    ValueTask<ProviderLookup<AcquirerDispute>> GetDisputeAsync(string disputeId, CancellationToken cancellationToken);

    /// <summary>Hands in the evidence of a dispute, once and for all.</summary>
    /// <param name="evidence">Named texts in the provider's own terms.</param>
    ValueTask<ProviderOutcome<AcquirerDispute>> SubmitEvidenceAsync(
        string disputeId, IReadOnlyDictionary<string, string> evidence, string idempotencyKey, CancellationToken cancellationToken);
}

public enum CaptureMode
{
    /// <summary>Taken with the authorisation.</summary>
    Automatic = 1,

    /// <summary>Reserved until it is captured, voided or expires.</summary>
    Manual = 2,
}

/// <param name="Currency">Upper-case ISO 4217 code.</param>
/// <param name="PaymentSource">The provider's token of a payment method: never a card number.</param>
/// <param name="CustomerId">The provider's customer that the stored method belongs to, or null.</param>
/// <param name="Description">For the payer's statement, or null. Nothing personal.</param>
public sealed record AuthorizationRequest(
    UInt128 MinorUnits, string Currency, string PaymentSource, string? CustomerId, CaptureMode Capture, string? Description, string OurReference, string IdempotencyKey)
{
    /// <summary>
    /// Where the payer's browser goes after the payer was asked for something (3-D Secure), or null: then nobody is there to be asked, and a payment that
    /// would need it is declined. Connectors that cannot send the payer anywhere decline it all the same.
    /// </summary>
    public string? ReturnUrl { get; init; }

    /// <summary>Where the payer's browser goes when the payer does not approve; only with <see cref="ApprovedByPayer"/>.</summary>
    public string? CancelUrl { get; init; }

    /// <summary>A payment source that is no token: the payer approves the payment in the browser, at an <see cref="IApprovalAcquirer"/>.</summary>
    public const string ApprovedByPayer = "approve";

    /// <summary>Whether the payer has to approve it. Both addresses are needed then.</summary>
    public bool IsApprovedByPayer => PaymentSource == ApprovedByPayer;
}

/// <param name="IsFinal">Nothing more will be captured of this authorisation.</param>
public sealed record CaptureRequest(string PaymentId, UInt128 MinorUnits, string Currency, bool IsFinal, string OurReference, string IdempotencyKey);

/// <param name="CaptureId">The capture that is refunded, for providers that refund captures; null for those that refund payments.</param>
public sealed record RefundRequest(
    string PaymentId, string? CaptureId, UInt128 MinorUnits, string Currency, string OurReference, string IdempotencyKey);

public enum AcquirerPaymentStatus
{
    /// <summary>A state that this version does not know. Never taken for success (fault T-08).</summary>
    Unrecognised = 0,

    /// <summary>The payer must do something more; nothing is reserved.</summary>
    RequiresAction = 1,

    /// <summary>On its way (a bank debit).</summary>
    Processing = 2,

    /// <summary>Reserved and not captured.</summary>
    Authorized = 3,

    /// <summary>Captured, in part or in full.</summary>
    Captured = 4,

    /// <summary>Given back, or expired, before anything was captured.</summary>
    Voided = 5,

    /// <summary>Nothing was reserved or taken.</summary>
    Failed = 6,

    /// <summary>The payer has approved it; nothing is reserved, and nothing will be unless it is asked for: <see cref="IApprovalAcquirer.CompleteAsync"/>.</summary>
    Approved = 7,
}

/// <param name="Id">The provider's id.</param>
/// <param name="MinorUnits">What was asked for.</param>
/// <param name="CapturableMinorUnits">What is reserved and can still be captured.</param>
/// <param name="CapturedMinorUnits">What was taken.</param>
/// <param name="RefundedMinorUnits">What was given back of it.</param>
/// <param name="CaptureIds">The provider's ids of the captures, oldest first; empty where captures have none.</param>
/// <param name="ExpiresAt">When the reservation ends, or null.</param>
/// <param name="RawStatus">The provider's own word.</param>
public sealed record AcquirerPayment(
    string Id,
    AcquirerPaymentStatus Status,
    UInt128 MinorUnits,
    UInt128 CapturableMinorUnits,
    UInt128 CapturedMinorUnits,
    UInt128 RefundedMinorUnits,
    string Currency,
    IReadOnlyList<string> CaptureIds,
    DateTimeOffset? ExpiresAt,
    string? OurReference,
    string? FailureCode,
    string RawStatus)
{
    /// <summary>What the provider took back of what was captured by itself: no refund of ours, and perhaps no dispute either.</summary>
    public UInt128 TakenBackMinorUnits { get; init; }

    /// <summary>Where the payer's browser is to be sent; only with <see cref="AcquirerPaymentStatus.RequiresAction"/>, and null when it need not be sent anywhere.</summary>
    public string? NextActionUrl { get; init; }

    /// <summary>What was captured, capture by capture, oldest first; empty where refunds are of the payment and not of a capture.</summary>
    public IReadOnlyList<AcquirerCapture> Captures { get; init; } = [];
}

/// <summary>A capture that can be refunded by its own id.</summary>
/// <param name="MinorUnits">What it took.</param>
/// <param name="RefundedMinorUnits">What was given back of it, or is on its way.</param>
public sealed record AcquirerCapture(string Id, UInt128 MinorUnits, UInt128 RefundedMinorUnits)
{
    /// <summary>What can still be given back of it.</summary>
    public UInt128 Rest => MinorUnits > RefundedMinorUnits ? MinorUnits - RefundedMinorUnits : UInt128.Zero;
}

public enum AcquirerRefundStatus
{
    /// <summary>A state that this version does not know. Never taken for success.</summary>
    Unrecognised = 0,
    Pending = 1,

    /// <summary>Said to be done; may still fail later (fault R-03).</summary>
    Succeeded = 2,
    Failed = 3,
}

public sealed record AcquirerRefund(
    string Id,
    string PaymentId,
    AcquirerRefundStatus Status,
    UInt128 MinorUnits,
    string Currency,
    string? OurReference,
    string? FailureCode,
    string RawStatus);

public enum AcquirerDisputeStatus
{
    /// <summary>A state that this version does not know.</summary>
    Unrecognised = 0,

    /// <summary>An inquiry: no money is held yet.</summary>
    Inquiry = 1,
    NeedsResponse = 2,
    UnderReview = 3,
    Won = 4,
    Lost = 5,
}

/// <param name="MinorUnits">What is disputed.</param>
/// <param name="FeeMinorUnits">What the provider takes for it.</param>
/// <param name="EvidenceDueBy">Until when evidence is taken, or null.</param>
public sealed record AcquirerDispute(
    string Id,
    string PaymentId,
    AcquirerDisputeStatus Status,
    UInt128 MinorUnits,
    UInt128 FeeMinorUnits,
    string Currency,
    string Reason,
    DateTimeOffset? EvidenceDueBy,
    string RawStatus)
{
    /// <summary>Of a dispute in another currency than its payment's: what it means and moved in the payment's; else null.</summary>
    public DisputeExchange? Exchange { get; init; }
}

/// <summary>A dispute in the currency of its payment (fault R-08). All amounts in smallest units.</summary>
/// <param name="Currency">Of the payment: upper-case ISO 4217 code. The fee of the dispute is in it too.</param>
/// <param name="MinorUnits">What is disputed, at the rate of the payment, rounded half to even.</param>
/// <param name="WithdrawnMinorUnits">What the provider withdrew for it in all, at the rates of then.</param>
/// <param name="ReinstatedMinorUnits">What it gave back in all.</param>
public sealed record DisputeExchange(string Currency, UInt128 MinorUnits, UInt128 WithdrawnMinorUnits, UInt128 ReinstatedMinorUnits);
