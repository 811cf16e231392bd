using Florin.Flows;
using Florin.Payments.Disputes;
using Florin.Payments.Inbound;
using Florin.Payments.Charging;
using Florin.Payments.Merchants;
using Florin.Payments.Refunds;
using Florin.Payments.Settlement;
using Florin.Payments.Sources;
using Florin.Payments.Subscriptions;
using Florin.Payments.Subscriptions.Billing;
using Florin.Payments.Subscriptions.Cards;
using Florin.Payments.Subscriptions.Invoices;
using Florin.Payments.Subscriptions.Plans;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Florin.Payments;

/// <summary>Registers the payments.</summary>
public static class PaymentsServiceCollectionExtensions
{
    /// <summary>
    /// Registers <see cref="IPayments"/>, <see cref="ISubscriptions"/>, the handlers of their flows and of Stripe's and PayPal's events. Uses the registered <c>IFlows</c>,
    /// <c>ILedger</c>, <c>IDatabase</c>, <c>IAcquirer</c>s, <c>ISettlementSource</c>s, <c>IdSource</c> and <see cref="TimeProvider"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public static IServiceCollection AddPayments(this IServiceCollection services, PaymentOptions options, SubscriptionOptions subscriptions)
    {
        services.AddSingleton(options.Check());
        services.AddSingleton(subscriptions.Check());
        services.TryAddSingleton<SubmissionPermits>();
        services.AddSingleton<AcquirerSet>();
        services.AddSingleton<PaymentRouter>();
        services.AddSingleton<PaymentRivals>();
        services.AddSingleton<PaymentBell>();
        services.AddSingleton<DuplicateSuspects>();
        services.AddSingleton<PaymentService>();
        services.AddSingleton<PaymentCommandService>();
        services.AddSingleton<PayerReturn>();
        services.AddSingleton<RefundService>();
        services.AddSingleton<DisputeService>();
        services.AddSingleton<IMerchants, MerchantBalances>();
        services.AddSingleton<MerchantReserves>();
        services.AddSingleton<SettlementStore>();
        services.AddSingleton<SettlementMovements>();
        services.AddSingleton<SettlementSources>();
        services.AddSingleton<SettlementService>();
        services.AddSingleton<ISettlements, SettlementReader>();
        services.AddSingleton<PaymentHandler>();
        services.AddSingleton<IFlowHandler, InvoicePayments>();
        services.AddSingleton<IFlowHandler, ObligationClaim>();
        services.AddSingleton<RefundReserve>();
        services.AddSingleton<RefundTruth>();
        services.AddSingleton<IFlowHandler, RefundHandler>();
        services.AddSingleton<DisputeCover>();
        services.AddSingleton<IFlowHandler, DisputeHandler>();
        services.AddSingleton<IFlowHandler, SettlementHandler>();
        services.AddSingleton<IFlowHandler, SourceHandler>();
        services.AddSingleton<IPaymentSources, SourceService>();
        services.AddSingleton<PaymentSignals>();
        services.AddSingleton<IInboundEventHandler, StripePaymentEventHandler>();
        services.AddSingleton<IInboundEventHandler, PayPalPaymentEventHandler>();
        services.AddSingleton<IInboundEventHandler, StripeSettlementEventHandler>();
        services.AddSingleton<IRepeatedWork, SettlementPull>();
        services.AddSingleton<IPayments, PaymentFacade>();
        services.AddSubscriptions();
        return services;
    }

    private static void AddSubscriptions(this IServiceCollection services)
    {
        services.AddSingleton<PlanStore>();
        services.AddSingleton<PlanService>();
        services.AddSingleton<InvoiceBook>();
        services.AddSingleton<InvoiceService>();
        services.AddSingleton<SubscriptionInvoices>();
        services.AddSingleton<SubscriptionService>();
        services.AddSingleton<SubscriptionCommandService>();
        services.AddSingleton<CardWatches>();
        services.AddSingleton<IFlowHandler, SubscriptionHandler>();
        services.AddSingleton<IFlowHandler, CardHandler>();
        services.AddSingleton<IFlowHandler, InvoiceHandler>();
        services.AddSingleton<ISubscriptions, SubscriptionFacade>();
    }
}
