using System.Collections.Immutable;
using Florin.Ledger;
using Florin.Providers;

namespace Florin.Payments;

/// <summary>Takes payments for merchants. Thread-safe. Expected failures are outcomes, never exceptions.</summary>
/// <remarks><c>idempotencyKey</c> is the caller's own; with the caller's principal and the endpoint it names one request for ever.</remarks>
public interface IPayments
{
    ValueTask<PaymentOutcome<Payment>> PayAsync(MerchantCaller caller, string idempotencyKey, PaymentOrder order, CancellationToken cancellationToken);

    ValueTask<Payment?> GetAsync(Guid merchant, Guid paymentId, CancellationToken cancellationToken);

    /// <summary>
    /// Asks the acquirer now whether the payer has acted, as after the payer came back. May be repeated, and takes nothing twice; it goes on by itself all the
    /// same.
    /// </summary>
    ValueTask<PaymentOutcome<Payment>> CompleteAsync(MerchantCaller caller, Guid paymentId, CancellationToken cancellationToken);

    /// <summary>What happened to a payment, oldest first; empty when there is none.</summary>
    ValueTask<ImmutableArray<PaymentEvent>> GetTimelineAsync(Guid merchant, Guid paymentId, CancellationToken cancellationToken);

    /// <param name="amount">Smallest units; <see langword="null"/> takes all that is reserved still.</param>
    /// <param name="isFinal">Whether what is left is given back to the payer; otherwise it stays reserved for further captures.</param>
    ValueTask<PaymentOutcome<Payment>> CaptureAsync(
        MerchantCaller caller, string idempotencyKey, Guid paymentId, UInt128? amount, bool isFinal, CancellationToken cancellationToken);

    /// <summary>Gives back what is reserved still, or has what waits for its payer never be paid.</summary>
    ValueTask<PaymentOutcome<Payment>> VoidAsync(MerchantCaller caller, string idempotencyKey, Guid paymentId, CancellationToken cancellationToken);

    /// <param name="amount">Smallest units; <see langword="null"/> gives back all that is left.</param>
    ValueTask<PaymentOutcome<Refund>> RefundAsync(
        MerchantCaller caller, string idempotencyKey, Guid paymentId, UInt128? amount, string reason, CancellationToken cancellationToken);

    /// <summary>Newest first; <see langword="null"/> when there is no such payment.</summary>
    ValueTask<ImmutableArray<Refund>?> ListRefundsAsync(Guid merchant, Guid paymentId, CancellationToken cancellationToken);

    /// <summary>Newest first.</summary>
    /// <param name="before">Only disputes made known before this one.</param>
    /// <param name="limit">1 to 200.</param>
    ValueTask<ImmutableArray<Dispute>> ListDisputesAsync(Guid merchant, Guid? before, int limit, CancellationToken cancellationToken);

    ValueTask<Dispute?> GetDisputeAsync(Guid merchant, Guid disputeId, CancellationToken cancellationToken);

    /// <summary>Hands in the evidence of a dispute, once and for all. Moves no money, so it may simply be repeated with the same key.</summary>
    ValueTask<PaymentOutcome<Dispute>> SubmitEvidenceAsync(
        MerchantCaller caller, string idempotencyKey, Guid disputeId, IReadOnlyDictionary<string, string> evidence, CancellationToken cancellationToken);
}

/// <summary>Who asks.</summary>
/// <param name="MerchantId">The business wallet that is paid: the id of its user.</param>
/// <param name="Principal">The scope of idempotency keys.</param>
public sealed record MerchantCaller(Guid MerchantId, string Principal);

/// <param name="PaymentSource">The provider's token of a payment method: never a card number. <c>paypal:TOKEN</c> names its acquirer; <c>paypal:approve</c> has the payer approve it there.</param>
/// <param name="Obligation">What is paid once whatever keys reach for it, 1 to <see cref="ObligationLengthMax"/> characters, or null.</param>
/// <param name="Description">At most <see cref="DescriptionLengthMax"/> characters, or null. Nothing personal.</param>
public sealed record PaymentOrder(Money Amount, string PaymentSource, CaptureMode Capture, string? Obligation, string? Description)
{
    /// <summary>What is charged instead when it is certain that the first acquirer was not asked; <see langword="null"/> waits for that one.</summary>
    public string? FallbackSource { get; init; }

    /// <summary>Whether it is meant although it looks like the repeat of another; only <see cref="DuplicatePolicy.Hold"/> asks for it.</summary>
    public bool AllowsDuplicate { get; init; }

    /// <summary>
    /// Where the payer's browser returns to when the bank asked for something (3-D Secure); <see langword="null"/> when nobody is there to be asked, and a
    /// payment that would need it is declined. See <see cref="IsReturnUrl"/>.
    /// </summary>
    public string? ReturnUrl { get; init; }

    /// <summary>Where it returns to when the payer does not approve; with <see cref="IsApproval"/>, and only then.</summary>
    public string? CancelUrl { get; init; }

    /// <summary>Whether the payer approves it in the browser. Both addresses are needed then.</summary>
    public bool IsApproval => ApprovalAcquirer(PaymentSource) is not null || (FallbackSource is { } other && ApprovalAcquirer(other) is not null);

    /// <summary>The acquirer at which the payer is to approve, of a source like <c>paypal:approve</c>; <see langword="null"/> of every other source.</summary>
    public static string? ApprovalAcquirer(string source) =>
        PaymentRoute.NamedIn(source) is { } named && source[(named.Length + 1)..] == AuthorizationRequest.ApprovedByPayer ? named : null;

    public const int ReturnUrlLengthMax = 1_000;

    /// <summary>Whether a payer can be sent there: an absolute https address without user or password; plain http on this machine only.</summary>
    public static bool IsReturnUrl(string text) =>
        text.Length <= ReturnUrlLengthMax && Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.UserInfo.Length == 0
        && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback));

    public const int ObligationLengthMax = 120;

    public const int DescriptionLengthMax = 200;

    public const int PaymentSourceLengthMax = 120;
}

/// <summary>Why a request was refused before anything was stored; the idempotency key stays free (fault I-06).</summary>
public enum PaymentRefusal
{
    NotFound = 1,

    /// <summary>The present state does not allow it.</summary>
    InvalidTransition = 2,

    /// <summary>More than is reserved, or more than is left to refund (fault R-01).</summary>
    ExceedsRest = 3,

    /// <summary>An account is frozen or closed.</summary>
    AccountNotOpen = 4,

    /// <summary>Another request pays, or has paid, the same obligation.</summary>
    ObligationTaken = 5,

    /// <summary>The provider refuses it; nothing happened.</summary>
    ProviderDeclined = 6,

    /// <summary>The provider gave no usable answer; repeat with the same key.</summary>
    ProviderUnavailable = 7,

    /// <summary>Another currency than the plan's.</summary>
    OtherCurrency = 8,

    /// <summary>The obligation is an invoice of ours, which is paid in full and at once, or not at all.</summary>
    InvoiceDiffers = 9,

    /// <summary>A subscription has taken as many changes as it may.</summary>
    TooManyChanges = 10,

    /// <summary>It looks like the repeat of another payment under a fresh key (fault I-08); it is taken when the caller says that it is meant.</summary>
    DuplicateSuspected = 11,
}

/// <summary>What became of a request.</summary>
public abstract record PaymentOutcome<T>
{
    private PaymentOutcome()
    {
    }

    /// <summary>Durable, and executed as far as the patience reached.</summary>
    public sealed record Done(T Value, bool IsReplayed) : PaymentOutcome<T>;

    /// <summary>The same request was made before and is still in its first execution.</summary>
    public sealed record InProgress : PaymentOutcome<T>;

    /// <summary>The key belongs to another request. Nothing was changed (fault I-02).</summary>
    public sealed record KeyBelongsToOtherRequest : PaymentOutcome<T>;

    /// <param name="Holder">Of a taken obligation, or of what may be a repeat: the payment that was first.</param>
    public sealed record Refused(PaymentRefusal Reason, Guid? Holder = null) : PaymentOutcome<T>;
}

/// <summary>A payment as its merchant sees it.</summary>
/// <param name="Status"><c>created</c>, <c>requires_action</c>, <c>authorized</c>, <c>captured</c>, <c>settled</c>, <c>failed</c>, <c>voided</c>, <c>refunded</c>, <c>partially_refunded</c>, <c>disputed</c> or <c>unknown</c>.</param>
/// <param name="Capturable">What is reserved and can still be captured.</param>
/// <param name="Settled">What of it has arrived at the house's bank.</param>
/// <param name="Fee">What the house keeps of what was captured.</param>
/// <param name="OutcomeUnknown">The provider's answer was lost. Do not pay again.</param>
/// <param name="UnderReview">The provider took something that the order did not ask for; a person decides.</param>
public sealed record Payment(
    Guid Id,
    string Status,
    Money Amount,
    Money Capturable,
    Money Captured,
    Money Refunded,
    Money Settled,
    Money Fee,
    CaptureMode Capture,
    string? Obligation,
    string? Description,
    string? FailureCode,
    bool OutcomeUnknown,
    bool UnderReview,
    DateTimeOffset CreatedAt)
{
    /// <summary>A payment of a moment before that this one may repeat under a fresh key, or null (fault I-08).</summary>
    public Guid? DuplicateOf { get; init; }

    /// <summary>What the payer has to do, while it is waited for.</summary>
    public PaymentAction? NextAction { get; init; }
}

/// <summary>What the payer has to do before the payment goes on.</summary>
/// <param name="Url">Where the payer's browser is to be sent.</param>
/// <param name="ExpiresAt">Afterwards the payment is cancelled.</param>
public sealed record PaymentAction(string Url, DateTimeOffset ExpiresAt);

/// <param name="Status">As in <see cref="Payment"/>.</param>
/// <param name="Reason">The event that led to it.</param>
public sealed record PaymentEvent(string Status, string Reason, DateTimeOffset At);

/// <param name="Status"><c>pending</c>, <c>succeeded</c>, <c>partially_succeeded</c> or <c>failed</c>.</param>
/// <param name="PendingReason">Why it is pending: <c>insufficient_balance</c>, <c>processing</c> or <c>outcome_unknown</c>; else null.</param>
public sealed record Refund(
    Guid Id, Guid PaymentId, string Status, Money Amount, string Reason, string? PendingReason, string? FailureCode, bool OutcomeUnknown, DateTimeOffset CreatedAt)
{
    /// <summary>What of it is with the payer by now.</summary>
    public required Money GivenBack { get; init; }
}

/// <param name="Status"><c>inquiry</c>, <c>needs_response</c>, <c>under_review</c>, <c>won</c> or <c>lost</c>.</param>
public sealed record Dispute(
    Guid Id, Guid PaymentId, string Status, Money Amount, string Reason, DateTimeOffset? EvidenceDueBy, DateTimeOffset CreatedAt)
{
    /// <summary>
    /// What is handed in beside the merchant's own evidence: what was given back of the payment already (fault R-05). Empty where nothing was, and in lists.
    /// </summary>
    public ImmutableDictionary<string, string> PreparedEvidence { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>What the merchant answers for: the disputed amount, at the rate of the payment when it is in another currency (fault R-08).</summary>
    public required Money InPaymentCurrency { get; init; }

    /// <summary>What of a lost dispute had been given back before: the merchant does not lose it, the house claims it from the provider (fault R-05).</summary>
    public required Money Claimed { get; init; }
}
