using System.Collections.Concurrent;
using Florin.Providers;

namespace Florin.Tests.Wallets;

/// <summary>What a scripted provider does with the next call that may move money.</summary>
public enum Script
{
    /// <summary>Does it and says so.</summary>
    Accept,

    /// <summary>Says no; nothing was done.</summary>
    Decline,

    /// <summary>Does it, and the answer is lost.</summary>
    LoseAnswer,

    /// <summary>The request is lost; nothing was done, and nobody knows.</summary>
    LoseRequest,

    /// <summary>It certainly was not sent.</summary>
    NotSent,
}

/// <summary>What a scripted provider answers to reads.</summary>
public enum Reads
{
    Truthful,

    /// <summary>Objects exist and are not found yet (a late index).</summary>
    Hidden,
    Failing,
}

/// <summary>A provider with its own truth: objects by id, one per idempotency key, and a count of every call.</summary>
public sealed class ScriptedProvider : IPaymentProvider
{
    private readonly ConcurrentDictionary<string, string> _idsByKey = new();
    private readonly ConcurrentDictionary<string, byte> _detached = new();
    private int _last;

    public string Name => "stripe";

    /// <summary>Set for a provider without a list, whose repeats are answered by the original.</summary>
    public TimeSpan? RepeatsAnswerFor { get; set; }

    public bool HasList { get; set; } = true;

    /// <summary>What it says when it declines.</summary>
    public string DeclineCode { get; set; } = "insufficient_funds";

    /// <summary>The payout requests that it got, in order.</summary>
    public ConcurrentQueue<PayoutRequest> Requests { get; } = new();

    public Script Next { get; set; } = Script.Accept;

    /// <summary>What happens elsewhere while a call is under way.</summary>
    public Action DuringCall { get; set; } = () => { };

    public Reads Reads { get; set; } = Reads.Truthful;

    /// <summary>The state in which new payments come to be.</summary>
    public ProviderPaymentStatus PaymentStatus { get; set; } = ProviderPaymentStatus.Succeeded;

    public ProviderPayoutStatus PayoutStatus { get; set; } = ProviderPayoutStatus.InTransit;

    /// <summary>Changes a new payment before it is kept, for a provider that takes something else than was asked.</summary>
    public Func<ProviderPayment, ProviderPayment> Distort { get; set; } = payment => payment;

    public ConcurrentDictionary<string, ProviderPayment> Payments { get; } = new();

    public ConcurrentDictionary<string, ProviderPayout> Payouts { get; } = new();

    public ConcurrentQueue<string> Keys { get; } = new();

    public ConcurrentQueue<string> Looks { get; } = new();

    public int Calls => Keys.Count;

    /// <summary>Changes the provider's truth about its payments.</summary>
    public void SetPayments(ProviderPaymentStatus status, string? failure = null)
    {
        foreach ((string id, ProviderPayment payment) in Payments)
        {
            UInt128 received = status == ProviderPaymentStatus.Succeeded ? payment.MinorUnits : UInt128.Zero;
            Payments[id] = payment with { Status = status, ReceivedMinorUnits = received, FailureCode = failure, RawStatus = status.ToString() };
        }
    }

    public void SetPayouts(ProviderPayoutStatus status, string? failure = null)
    {
        foreach ((string id, ProviderPayout payout) in Payouts)
        {
            Payouts[id] = payout with { Status = status, FailureCode = failure, RawStatus = status.ToString() };
        }
    }

    public ValueTask<ProviderOutcome<ProviderPayment>> ChargeAsync(ChargeRequest request, CancellationToken cancellationToken) =>
        Act(request.IdempotencyKey, "pi_", Payments, id => Distort(new ProviderPayment(
            id,
            PaymentStatus,
            request.MinorUnits,
            PaymentStatus == ProviderPaymentStatus.Succeeded ? request.MinorUnits : UInt128.Zero,
            request.Currency,
            request.OurReference,
            PaymentStatus == ProviderPaymentStatus.Failed ? "card_declined" : null,
            PaymentStatus.ToString())));

    public ValueTask<ProviderOutcome<ProviderPayout>> CreatePayoutAsync(PayoutRequest request, CancellationToken cancellationToken)
    {
        Requests.Enqueue(request);
        return Act(request.IdempotencyKey, "po_", Payouts, id => new ProviderPayout(
            id, PayoutStatus, request.MinorUnits, request.Currency, request.OurReference, null, PayoutStatus.ToString()));
    }

    public ValueTask<ProviderLookup<ProviderPayment>> GetPaymentAsync(string paymentId, CancellationToken cancellationToken) =>
        Look($"get {paymentId}", () => Payments.GetValueOrDefault(paymentId));

    public ValueTask<ProviderLookup<ProviderPayment>> FindPaymentAsync(
        string ourReference, string customerId, DateTimeOffset notBefore, CancellationToken cancellationToken) =>
        Look($"find {ourReference}", () => Payments.Values.FirstOrDefault(payment => payment.OurReference == ourReference));

    public ValueTask<ProviderLookup<ProviderPayout>> GetPayoutAsync(string payoutId, CancellationToken cancellationToken) =>
        Look($"get {payoutId}", () => Payouts.GetValueOrDefault(payoutId));

    public ValueTask<ProviderLookup<ProviderPayout>> FindPayoutAsync(
        string ourReference, string destination, DateTimeOffset notBefore, CancellationToken cancellationToken) =>
        !HasList ? ValueTask.FromResult<ProviderLookup<ProviderPayout>>(new ProviderLookup<ProviderPayout>.Unavailable("there is no list"))
        : Look($"find {ourReference}", () => Payouts.Values.FirstOrDefault(payout => payout.OurReference == ourReference));

    public ValueTask<ProviderOutcome<string>> CreateCustomerAsync(CustomerRequest request, CancellationToken cancellationToken)
    {
        string id = _idsByKey.GetOrAdd(request.IdempotencyKey, _ => NewId("cus_"));
        return ValueTask.FromResult<ProviderOutcome<string>>(Next switch
        {
            Script.Accept => new ProviderOutcome<string>.Accepted(id),
            Script.Decline => new ProviderOutcome<string>.Declined("resource_missing", "no"),
            Script.NotSent => new ProviderOutcome<string>.NotSent("breaker open", TimeSpan.FromSeconds(7)),
            _ => new ProviderOutcome<string>.Unknown("no answer"),
        });
    }

    public ValueTask<ProviderOutcome<ProviderPaymentMethod>> AttachPaymentMethodAsync(
        string paymentMethodToken, string customerId, string idempotencyKey, CancellationToken cancellationToken)
    {
        string id = _idsByKey.GetOrAdd(idempotencyKey, _ => NewId("pm_"));
        ProviderPaymentMethod method = paymentMethodToken.Contains("Bank", StringComparison.Ordinal)
            ? new(id, PaymentMethodKind.BankAccount, null, "6789", "STRIPE TEST BANK", "fp_bank")
            : new(id, PaymentMethodKind.Card, "visa", "4242", null, "fp_card");
        return ValueTask.FromResult<ProviderOutcome<ProviderPaymentMethod>>(Next switch
        {
            Script.Accept when !_detached.ContainsKey(id) => new ProviderOutcome<ProviderPaymentMethod>.Accepted(method),
            Script.NotSent => new ProviderOutcome<ProviderPaymentMethod>.NotSent("breaker open", TimeSpan.FromSeconds(7)),
            Script.LoseAnswer or Script.LoseRequest => new ProviderOutcome<ProviderPaymentMethod>.Unknown("no answer"),
            _ => new ProviderOutcome<ProviderPaymentMethod>.Declined("resource_missing", "no"),
        });
    }

    public ValueTask<ProviderOutcome<ProviderPaymentMethod>> DetachPaymentMethodAsync(
        string paymentMethodId, string idempotencyKey, CancellationToken cancellationToken)
    {
        if (Next != Script.Accept)
        {
            return ValueTask.FromResult<ProviderOutcome<ProviderPaymentMethod>>(new ProviderOutcome<ProviderPaymentMethod>.Unknown("no answer"));
        }

        _detached[paymentMethodId] = 0;
        return ValueTask.FromResult<ProviderOutcome<ProviderPaymentMethod>>(new ProviderOutcome<ProviderPaymentMethod>.Accepted(
            new(paymentMethodId, PaymentMethodKind.Card, null, null, null, null)));
    }

    public ValueTask<ProviderLookup<ProviderEventPage>> ListEventsAsync(string? cursor, CancellationToken cancellationToken) =>
        throw new NotSupportedException("These tests deliver events themselves.");

    public WebhookVerification VerifyWebhook(ReadOnlyMemory<byte> body, string? signatureHeader) =>
        throw new NotSupportedException("These tests deliver events themselves.");

    private ValueTask<ProviderOutcome<T>> Act<T>(string key, string prefix, ConcurrentDictionary<string, T> objects, Func<string, T> make)
    {
        Keys.Enqueue(key);
        DuringCall();
        T? made = default;
        if (Next is Script.Accept or Script.LoseAnswer)
        {
            string id = _idsByKey.GetOrAdd(key, _ => NewId(prefix));
            made = objects.GetOrAdd(id, make);
        }

        return ValueTask.FromResult<ProviderOutcome<T>>(Next switch
        {
            Script.Accept => new ProviderOutcome<T>.Accepted(made!),
            Script.Decline => new ProviderOutcome<T>.Declined(DeclineCode, "no"),
            Script.NotSent => new ProviderOutcome<T>.NotSent("breaker open", TimeSpan.FromSeconds(7)),
            _ => new ProviderOutcome<T>.Unknown("no answer", "<html>502</html>"),
        });
    }

    private ValueTask<ProviderLookup<T>> Look<T>(string what, Func<T?> read)
        where T : class
    {
        Looks.Enqueue(what);
        return ValueTask.FromResult<ProviderLookup<T>>(Reads switch
        {
            Reads.Failing => new ProviderLookup<T>.Unavailable("status read timed out"),
            Reads.Truthful when read() is { } found => new ProviderLookup<T>.Found(found),
            _ => new ProviderLookup<T>.NotFound(),
        });
    }

    private string NewId(string prefix) => prefix + Interlocked.Increment(ref _last).ToString("0000", System.Globalization.CultureInfo.InvariantCulture);
}
