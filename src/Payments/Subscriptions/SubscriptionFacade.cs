using System.Collections.Immutable;
using Florin.Payments.Subscriptions.Billing;
using Florin.Payments.Subscriptions.Invoices;
using Florin.Payments.Subscriptions.Plans;

namespace Florin.Payments.Subscriptions;

/// <summary>The slice's door: each call goes to the part that knows it.</summary>
internal sealed class SubscriptionFacade(
    PlanService plans, PlanStore planStore, SubscriptionService subscriptions, SubscriptionCommandService commands, InvoiceService invoices) : ISubscriptions
{
    public ValueTask<PaymentOutcome<Plan>> CreatePlanAsync(
        MerchantCaller caller, string idempotencyKey, PlanTerms terms, CancellationToken cancellationToken) =>
        plans.CreateAsync(caller, idempotencyKey, terms, cancellationToken);

    public ValueTask<PaymentOutcome<Plan>> CreatePlanVersionAsync(
        MerchantCaller caller, string idempotencyKey, Guid planId, PlanTerms terms, CancellationToken cancellationToken) =>
        plans.CreateVersionAsync(caller, idempotencyKey, planId, terms, cancellationToken);

    public ValueTask<ImmutableArray<Plan>> ListPlansAsync(Guid merchant, Guid? before, int limit, CancellationToken cancellationToken) =>
        planStore.ListAsync(merchant, before, limit, cancellationToken);

    public ValueTask<Plan?> GetPlanAsync(Guid merchant, Guid planId, int? version, CancellationToken cancellationToken) =>
        planStore.FindAsync(merchant, planId, version, cancellationToken);

    public ValueTask<PaymentOutcome<Subscription>> SubscribeAsync(
        MerchantCaller caller, string idempotencyKey, SubscriptionOrder order, CancellationToken cancellationToken) =>
        subscriptions.SubscribeAsync(caller, idempotencyKey, order, cancellationToken);

    public async ValueTask<Subscription?> GetAsync(Guid merchant, Guid subscriptionId, CancellationToken cancellationToken) =>
        await subscriptions.FindAsync(merchant, subscriptionId, cancellationToken) is { } flow ? SubscriptionService.Present(flow) : null;

    public ValueTask<ImmutableArray<Subscription>> ListAsync(Guid merchant, Guid? before, int limit, CancellationToken cancellationToken) =>
        subscriptions.ListAsync(merchant, before, limit, cancellationToken);

    public ValueTask<PaymentOutcome<Subscription>> CancelAsync(
        MerchantCaller caller, string idempotencyKey, Guid subscriptionId, CancelAt at, bool withCredit, CancellationToken cancellationToken)
    {
        string type = at == CancelAt.PeriodEnd ? SubscriptionCommand.CancelAtPeriodEnd
            : withCredit ? SubscriptionCommand.CancelWithCredit
            : SubscriptionCommand.CancelNow;
        return commands.RunAsync(caller, idempotencyKey, subscriptionId, type, cancellationToken);
    }

    public ValueTask<PaymentOutcome<Subscription>> PauseAsync(
        MerchantCaller caller, string idempotencyKey, Guid subscriptionId, CancellationToken cancellationToken) =>
        commands.RunAsync(caller, idempotencyKey, subscriptionId, SubscriptionCommand.Pause, cancellationToken);

    public ValueTask<PaymentOutcome<Subscription>> ResumeAsync(
        MerchantCaller caller, string idempotencyKey, Guid subscriptionId, CancellationToken cancellationToken) =>
        commands.RunAsync(caller, idempotencyKey, subscriptionId, SubscriptionCommand.Resume, cancellationToken);

    public ValueTask<PaymentOutcome<Subscription>> ChangePlanAsync(
        MerchantCaller caller, string idempotencyKey, Guid subscriptionId, Guid planId, int? version, CancellationToken cancellationToken) =>
        commands.ChangePlanAsync(caller, idempotencyKey, subscriptionId, planId, version, cancellationToken);

    public ValueTask<PaymentOutcome<Subscription>> ChangeSourceAsync(
        MerchantCaller caller, string idempotencyKey, Guid subscriptionId, string paymentSource, CancellationToken cancellationToken) =>
        commands.ChangeSourceAsync(caller, idempotencyKey, subscriptionId, paymentSource, cancellationToken);

    public ValueTask<Invoice?> GetInvoiceAsync(Guid merchant, Guid invoiceId, CancellationToken cancellationToken) =>
        invoices.GetAsync(merchant, invoiceId, cancellationToken);

    public ValueTask<ImmutableArray<Invoice>> ListInvoicesAsync(Guid merchant, Guid? before, int limit, CancellationToken cancellationToken) =>
        invoices.ListAsync(merchant, before, limit, cancellationToken);
}
