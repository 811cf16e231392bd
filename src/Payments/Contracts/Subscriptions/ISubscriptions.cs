using System.Collections.Immutable;

namespace Florin.Payments;

/// <summary>Plans, subscriptions and invoices of merchants. Thread-safe. Expected failures are outcomes, never exceptions.</summary>
/// <remarks><c>idempotencyKey</c> is the caller's own; with the caller's principal and the endpoint it names one request for ever.</remarks>
public interface ISubscriptions
{
    ValueTask<PaymentOutcome<Plan>> CreatePlanAsync(MerchantCaller caller, string idempotencyKey, PlanTerms terms, CancellationToken cancellationToken);

    /// <summary>Makes the next version of a plan, in the same currency. Whoever subscribed before keeps the version that was agreed.</summary>
    ValueTask<PaymentOutcome<Plan>> CreatePlanVersionAsync(
        MerchantCaller caller, string idempotencyKey, Guid planId, PlanTerms terms, CancellationToken cancellationToken);

    /// <summary>The newest versions of the merchant's plans, newest plan first.</summary>
    /// <param name="before">Only plans made before this one.</param>
    /// <param name="limit">1 to 200.</param>
    ValueTask<ImmutableArray<Plan>> ListPlansAsync(Guid merchant, Guid? before, int limit, CancellationToken cancellationToken);

    /// <summary>A version of a plan.</summary>
    /// <param name="version"><see langword="null"/> is the newest.</param>
    ValueTask<Plan?> GetPlanAsync(Guid merchant, Guid planId, int? version, CancellationToken cancellationToken);

    /// <summary>Begins a subscription; its first period, or its trial, begins now.</summary>
    ValueTask<PaymentOutcome<Subscription>> SubscribeAsync(
        MerchantCaller caller, string idempotencyKey, SubscriptionOrder order, CancellationToken cancellationToken);

    ValueTask<Subscription?> GetAsync(Guid merchant, Guid subscriptionId, CancellationToken cancellationToken);

    /// <summary>Newest first.</summary>
    ValueTask<ImmutableArray<Subscription>> ListAsync(Guid merchant, Guid? before, int limit, CancellationToken cancellationToken);

    /// <summary>Ends a subscription, now or with its period.</summary>
    /// <param name="withCredit">With <see cref="CancelAt.Now"/>: what is left of a paid period becomes credit of the customer's.</param>
    ValueTask<PaymentOutcome<Subscription>> CancelAsync(
        MerchantCaller caller, string idempotencyKey, Guid subscriptionId, CancelAt at, bool withCredit, CancellationToken cancellationToken);

    /// <summary>Stops billing and keeps what is left of the paid period or the trial. Refused while an invoice is open.</summary>
    ValueTask<PaymentOutcome<Subscription>> PauseAsync(
        MerchantCaller caller, string idempotencyKey, Guid subscriptionId, CancellationToken cancellationToken);

    /// <summary>Lets a paused one go on with what was left, or takes back a cancellation at the end of the period.</summary>
    ValueTask<PaymentOutcome<Subscription>> ResumeAsync(
        MerchantCaller caller, string idempotencyKey, Guid subscriptionId, CancellationToken cancellationToken);

    /// <summary>Changes the plan: at once with lines for credit and charge when the new plan prorates, else with the next period.</summary>
    /// <param name="version"><see langword="null"/> takes the newest.</param>
    ValueTask<PaymentOutcome<Subscription>> ChangePlanAsync(
        MerchantCaller caller, string idempotencyKey, Guid subscriptionId, Guid planId, int? version, CancellationToken cancellationToken);

    /// <summary>Changes what is charged from now on; overdue invoices are tried again with it at once.</summary>
    ValueTask<PaymentOutcome<Subscription>> ChangeSourceAsync(
        MerchantCaller caller, string idempotencyKey, Guid subscriptionId, string paymentSource, CancellationToken cancellationToken);

    ValueTask<Invoice?> GetInvoiceAsync(Guid merchant, Guid invoiceId, CancellationToken cancellationToken);

    /// <summary>Newest first.</summary>
    ValueTask<ImmutableArray<Invoice>> ListInvoicesAsync(Guid merchant, Guid? before, int limit, CancellationToken cancellationToken);
}
