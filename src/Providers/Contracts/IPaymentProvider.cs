namespace Florin.Providers;

/// <summary>Takes money in and pays it out for us: a card and bank-debit processor. Implementations are thread-safe.</summary>
/// <remarks>
/// Every call that may move money has three outcomes (<see cref="ProviderOutcome{T}"/>) and carries an idempotency key that the caller derives from
/// its flow and step, so that a repeat with the same key and content cannot move money twice. <c>OurReference</c> is the flow's id; the provider
/// keeps it as metadata so that the object can be found again when its answer was lost.
/// </remarks>
public interface IPaymentProvider : IEventFeed, IPayoutProvider
{
    /// <summary>The provider's name: <c>stripe</c>.</summary>
    new string Name { get; }

    /// <summary>Creates the provider's record of one of our users.</summary>
    ValueTask<ProviderOutcome<string>> CreateCustomerAsync(CustomerRequest request, CancellationToken cancellationToken);

    /// <summary>Binds a token that the user's browser obtained from the provider to a customer, and says what it is.</summary>
    ValueTask<ProviderOutcome<ProviderPaymentMethod>> AttachPaymentMethodAsync(
        string paymentMethodToken, string customerId, string idempotencyKey, CancellationToken cancellationToken);

    ValueTask<ProviderOutcome<ProviderPaymentMethod>> DetachPaymentMethodAsync(
        string paymentMethodId, string idempotencyKey, CancellationToken cancellationToken);

    /// <summary>Charges a stored payment method at once.</summary>
    ValueTask<ProviderOutcome<ProviderPayment>> ChargeAsync(ChargeRequest request, CancellationToken cancellationToken);

    ValueTask<ProviderLookup<ProviderPayment>> GetPaymentAsync(string paymentId, CancellationToken cancellationToken);

    /// <summary>Looks for the payment of a flow whose answer was lost. An authoritative read of the provider's list, not of a search index.</summary>
    /// <param name="notBefore">Nothing that was made earlier, by the provider's clock, is looked at. The caller leaves room for a clock that is behind ours.</param>
    ValueTask<ProviderLookup<ProviderPayment>> FindPaymentAsync(
        string ourReference, string customerId, DateTimeOffset notBefore, CancellationToken cancellationToken);

    /// <summary>Checks the signature and age of a webhook and reads its envelope.</summary>
    /// <param name="body">The raw bytes as received.</param>
    WebhookVerification VerifyWebhook(ReadOnlyMemory<byte> body, string? signatureHeader);
}

/// <summary>What the provider said to a request that may have an effect. Three outcomes, not two.</summary>
public abstract record ProviderOutcome<T>
{
    private ProviderOutcome()
    {
    }

    /// <summary>The provider owns it from here; the object says how far it is.</summary>
    public sealed record Accepted(T Value) : ProviderOutcome<T>;

    /// <summary>No money moved and none will by this request.</summary>
    /// <param name="Code">A stable code: the provider's decline code, or <c>local:…</c> for what we refused before calling.</param>
    public sealed record Declined(string Code, string Message) : ProviderOutcome<T>
    {
        /// <summary>How the code of a refusal of ours begins.</summary>
        public const string OursPrefix = "local:";

        /// <summary>Whether we refused it before calling: the provider was not asked.</summary>
        public bool IsOurs => Code.StartsWith(OursPrefix, StringComparison.Ordinal);
    }

    /// <summary>Time-out, lost connection, 5xx or an answer that cannot be read: money may have moved. Ask by reference; never send anew under another key.</summary>
    /// <param name="RawBody">What was answered, cut to 4 KiB, or null.</param>
    public sealed record Unknown(string Reason, string? RawBody = null) : ProviderOutcome<T>;

    /// <summary>It certainly was not sent (breaker open, rate limit, no connection could be made). Try again later with the same key.</summary>
    public sealed record NotSent(string Reason, TimeSpan? RetryAfter = null) : ProviderOutcome<T>;
}

/// <summary>What a read told.</summary>
public abstract record ProviderLookup<T>
{
    private ProviderLookup()
    {
    }

    public sealed record Found(T Value) : ProviderLookup<T>;

    /// <summary>The provider answered that there is none. Right after a time-out this may only mean: not yet (fault U-03).</summary>
    public sealed record NotFound : ProviderLookup<T>;

    /// <summary>The read failed. It says nothing about the object (fault U-08).</summary>
    public sealed record Unavailable(string Reason) : ProviderLookup<T>;
}

/// <param name="OurReference">Our user's id; nothing personal is sent.</param>
public sealed record CustomerRequest(string OurReference, string IdempotencyKey);

/// <param name="MinorUnits">Smallest units by ISO 4217; the connector translates where the provider counts otherwise.</param>
/// <param name="Currency">Upper-case ISO 4217 code.</param>
/// <param name="PaymentMethodKind">What attaching said it is: a bank debit is another kind of charge, and a repeat must send the same form.</param>
public sealed record ChargeRequest(
    UInt128 MinorUnits,
    string Currency,
    string PaymentMethodId,
    PaymentMethodKind PaymentMethodKind,
    string CustomerId,
    string OurReference,
    string IdempotencyKey);

/// <param name="Destination">The provider's id of the bank account or card that is paid; of a wallet at PayPal its account id or e-mail address.</param>
public sealed record PayoutRequest(
    UInt128 MinorUnits, string Currency, string Destination, string OurReference, string IdempotencyKey)
{
    /// <summary>
    /// An earlier call under the same key may have been carried out. A refusal that this call could bring about, such as that the balance does not suffice any
    /// more, then says nothing about the earlier one, and is unknown.
    /// </summary>
    public bool IsRepeat { get; init; }
}

public enum PaymentMethodKind
{
    Card = 1,
    BankAccount = 2,
}

/// <param name="Brand">Card brand, or null.</param>
/// <param name="BankName">Bank's name, or null.</param>
public sealed record ProviderPaymentMethod(
    string Id, PaymentMethodKind Kind, string? Brand, string? Last4, string? BankName, string? Fingerprint);

public enum ProviderPaymentStatus
{
    /// <summary>A state that this version does not know. Never taken for success (fault T-08).</summary>
    Unrecognised = 0,

    /// <summary>The payer must do something more; nothing was taken.</summary>
    RequiresAction = 1,

    /// <summary>On its way (a bank debit).</summary>
    Processing = 2,
    Succeeded = 3,

    /// <summary>Failed or cancelled: nothing was taken.</summary>
    Failed = 4,
}

/// <param name="Id">The provider's id.</param>
/// <param name="MinorUnits">What was asked for, in smallest units by ISO 4217.</param>
/// <param name="ReceivedMinorUnits">What was really taken.</param>
/// <param name="RawStatus">The provider's own word.</param>
public sealed record ProviderPayment(
    string Id,
    ProviderPaymentStatus Status,
    UInt128 MinorUnits,
    UInt128 ReceivedMinorUnits,
    string Currency,
    string? OurReference,
    string? FailureCode,
    string RawStatus);

public enum ProviderPayoutStatus
{
    /// <summary>A state that this version does not know. Never taken for success.</summary>
    Unrecognised = 0,
    Pending = 1,
    InTransit = 2,

    /// <summary>Said to be paid; may still fail later (fault B-08).</summary>
    Paid = 3,
    Failed = 4,
    Canceled = 5,

    /// <summary>It left our balance and waits for a receiver who has no account yet. Not paid: it comes back by itself when nobody takes it.</summary>
    Unclaimed = 6,

    /// <summary>It left our balance, and the provider looks at it before it goes on. Not paid.</summary>
    OnHold = 7,
}

public sealed record ProviderPayout(
    string Id,
    ProviderPayoutStatus Status,
    UInt128 MinorUnits,
    string Currency,
    string? OurReference,
    string? FailureCode,
    string RawStatus);

/// <summary>The envelope of a provider's event.</summary>
/// <param name="ObjectId">The object it speaks of (<c>pi_…</c>, <c>po_…</c>), or empty.</param>
/// <param name="OurReference">Our reference in the object's metadata, or null.</param>
/// <param name="IsLive">Whether it comes from the provider's live environment (fault W-12).</param>
public sealed record ProviderEvent(
    string Id, string Type, string ObjectId, string? OurReference, bool IsLive, DateTimeOffset CreatedAt, string Body);

/// <param name="NextCursor">Where to go on; the given cursor when there was nothing new.</param>
public sealed record ProviderEventPage(IReadOnlyList<ProviderEvent> Events, string? NextCursor, bool HasMore);

/// <summary>What a webhook is worth.</summary>
public abstract record WebhookVerification
{
    private WebhookVerification()
    {
    }

    public sealed record Valid(ProviderEvent Event) : WebhookVerification;

    /// <summary>Missing, wrong or altered signature, or too old: nothing of it may be believed (faults W-07, W-08).</summary>
    public sealed record Invalid(string Reason) : WebhookVerification;

    /// <summary>It cannot be told now, because what signed it cannot be read: the provider has to send it again.</summary>
    public sealed record Unavailable(string Reason) : WebhookVerification;

    /// <summary>Signed by the provider, but not an event that can be read, or from the other environment.</summary>
    public sealed record Unusable(string Reason) : WebhookVerification;
}
