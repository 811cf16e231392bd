using Florin.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Payments;

/// <param name="Status"><c>created</c>, <c>requires_action</c>, <c>authorized</c>, <c>captured</c>, <c>settled</c>, <c>failed</c>, <c>voided</c>, <c>refunded</c>, <c>partially_refunded</c>, <c>disputed</c> or <c>unknown</c>.</param>
/// <param name="Amount">What was asked for; all amounts are decimal strings in major units of <paramref name="Currency"/>.</param>
/// <param name="AmountCapturable">What is reserved and can still be captured.</param>
/// <param name="AmountRefunded">What was given back or lost in a dispute, or what the scheme did not pay.</param>
/// <param name="AmountSettled">What of it has arrived at the house's bank; it stays when something is refunded.</param>
/// <param name="Fee">What the house keeps of what was captured.</param>
/// <param name="FailureCode">Stable; of a failed payment.</param>
/// <param name="OutcomeUnknown">The provider's answer was lost. Do not pay again.</param>
/// <param name="UnderReview">The provider took something that the order did not ask for; a person decides.</param>
/// <param name="DuplicateOf">A payment of a moment before that this one may repeat under a fresh key, or null.</param>
/// <param name="NextAction">What the payer has to do; only while the status is <c>requires_action</c> and it is waited for.</param>
/// <param name="Timeline">What happened, oldest first; only where one payment is read.</param>
internal sealed record PaymentResponse(
    Guid Id,
    string Status,
    string Amount,
    string AmountCapturable,
    string AmountCaptured,
    string AmountRefunded,
    string AmountSettled,
    string Fee,
    string Currency,
    string Capture,
    string? Obligation,
    string? Description,
    string? FailureCode,
    bool OutcomeUnknown,
    bool UnderReview,
    DateTimeOffset CreatedAt,
    Guid? DuplicateOf,
    PaymentActionResponse? NextAction,
    IReadOnlyList<PaymentEventResponse>? Timeline)
{
    public static PaymentResponse Of(Payment payment) => Of(payment, null);

    public static PaymentResponse Of(Payment payment, IReadOnlyList<PaymentEventResponse>? timeline) => new(
        payment.Id,
        payment.Status,
        payment.Amount.ToMajorUnits(),
        payment.Capturable.ToMajorUnits(),
        payment.Captured.ToMajorUnits(),
        payment.Refunded.ToMajorUnits(),
        payment.Settled.ToMajorUnits(),
        payment.Fee.ToMajorUnits(),
        payment.Amount.Asset.Code,
        JsonConventions.SnakeCase(payment.Capture.ToString()),
        payment.Obligation,
        payment.Description,
        payment.FailureCode,
        payment.OutcomeUnknown,
        payment.UnderReview,
        payment.CreatedAt,
        payment.DuplicateOf,
        payment.NextAction is { } action ? new PaymentActionResponse(action.Url, action.ExpiresAt) : null,
        timeline);
}

/// <param name="Url">Where the payer's browser is to be sent.</param>
/// <param name="ExpiresAt">Afterwards the payment is cancelled.</param>
internal sealed record PaymentActionResponse(string Url, DateTimeOffset ExpiresAt);

/// <param name="Reason">The event that led to the status.</param>
internal sealed record PaymentEventResponse(string Status, string Reason, DateTimeOffset At)
{
    public static PaymentEventResponse Of(PaymentEvent happened) => new(happened.Status, happened.Reason, happened.At);
}

/// <param name="Status"><c>pending</c>, <c>succeeded</c>, <c>partially_succeeded</c> (the provider gave back less than was asked for) or <c>failed</c>.</param>
/// <param name="AmountRefunded">What of it is with the payer by now.</param>
/// <param name="PendingReason"><c>insufficient_balance</c> (it goes on when the merchant's balance allows), <c>processing</c> or <c>outcome_unknown</c>.</param>
internal sealed record RefundResponse(
    Guid Id,
    Guid PaymentId,
    string Status,
    string Amount,
    string AmountRefunded,
    string Currency,
    string Reason,
    string? PendingReason,
    string? FailureCode,
    bool OutcomeUnknown,
    DateTimeOffset CreatedAt)
{
    public static RefundResponse Of(Refund refund) => new(
        refund.Id,
        refund.PaymentId,
        refund.Status,
        refund.Amount.ToMajorUnits(),
        refund.GivenBack.ToMajorUnits(),
        refund.Amount.Asset.Code,
        refund.Reason,
        refund.PendingReason,
        refund.FailureCode,
        refund.OutcomeUnknown,
        refund.CreatedAt);
}

/// <param name="Status"><c>inquiry</c>, <c>needs_response</c>, <c>under_review</c>, <c>won</c> or <c>lost</c>.</param>
/// <param name="Amount">What is disputed, in the dispute's <paramref name="Currency"/>, which may be another than the payment's.</param>
/// <param name="PaymentAmount">What the business answers for: the disputed part in the currency of the payment, at its rate.</param>
/// <param name="ClaimedAmount">What of a lost dispute had been given back before: the business gets it back. In the currency of the payment.</param>
/// <param name="Reason">The provider's word.</param>
/// <param name="PreparedEvidence">What is handed in beside yours: what was given back of the payment already. Empty in lists.</param>
internal sealed record DisputeResponse(
    Guid Id,
    Guid PaymentId,
    string Status,
    string Amount,
    string Currency,
    string PaymentAmount,
    string ClaimedAmount,
    string PaymentCurrency,
    string Reason,
    DateTimeOffset? EvidenceDueBy,
    IReadOnlyList<PreparedEvidenceResponse> PreparedEvidence,
    DateTimeOffset CreatedAt)
{
    public static DisputeResponse Of(Dispute dispute) => new(
        dispute.Id,
        dispute.PaymentId,
        dispute.Status,
        dispute.Amount.ToMajorUnits(),
        dispute.Amount.Asset.Code,
        dispute.InPaymentCurrency.ToMajorUnits(),
        dispute.Claimed.ToMajorUnits(),
        dispute.InPaymentCurrency.Asset.Code,
        dispute.Reason,
        dispute.EvidenceDueBy,
        [.. dispute.PreparedEvidence.Select(item => new PreparedEvidenceResponse(item.Key, item.Value))],
        dispute.CreatedAt);
}

/// <param name="Name">The provider's name of the evidence.</param>
internal sealed record PreparedEvidenceResponse(string Name, string Text);
