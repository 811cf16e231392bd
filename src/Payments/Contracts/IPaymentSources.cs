namespace Florin.Payments;

/// <summary>Stores payers' payment methods at acquirers that keep them with the payer's agreement. Thread-safe. Nothing here moves money.</summary>
public interface IPaymentSources
{
    /// <summary>Begins: the payer has to be sent to the acquirer.</summary>
    ValueTask<PaymentOutcome<PaymentSource>> BeginAsync(
        MerchantCaller caller, string idempotencyKey, PaymentSourceOrder order, CancellationToken cancellationToken);

    ValueTask<PaymentSource?> GetAsync(Guid merchant, Guid id, CancellationToken cancellationToken);

    /// <summary>Asks the acquirer now whether the payer has agreed, as after the payer came back. May be repeated; it goes on by itself all the same.</summary>
    /// <returns><see langword="null"/> when there is none.</returns>
    ValueTask<PaymentSource?> CompleteAsync(MerchantCaller caller, Guid id, CancellationToken cancellationToken);
}

/// <param name="Acquirer">One that stores payment methods: <c>paypal</c>.</param>
/// <param name="ReturnUrl">Where the payer's browser returns to after agreeing; see <see cref="PaymentOrder.IsReturnUrl"/>.</param>
/// <param name="CancelUrl">Where it returns to otherwise.</param>
public sealed record PaymentSourceOrder(string Acquirer, string ReturnUrl, string CancelUrl);

/// <param name="Status"><c>created</c>, <c>requires_action</c>, <c>stored</c> or <c>failed</c>.</param>
/// <param name="NextAction">Where the payer has to agree, and until when.</param>
/// <param name="Source">What a payment is charged with; only when it is stored.</param>
public sealed record PaymentSource(
    Guid Id, string Acquirer, string Status, PaymentAction? NextAction, string? Source, string? FailureCode, DateTimeOffset CreatedAt);
