using Florin.Flows;
using Florin.Payments.Disputes;
using Florin.Payments.Inbound;
using Florin.Payments.Charging;
using Florin.Payments.Refunds;
using Florin.Payments.Settlement;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Florin.Payments;

/// <summary>Registers the payments.</summary>
public static class PaymentsServiceCollectionExtensions
{
    /// <summary>
    /// Registers <see cref="IPayments"/>, the handlers of its flows and of Stripe's events. Uses the registered <c>IFlows</c>, <c>ILedger</c>,
    /// <c>IAcquirer</c>s, <c>ISettlementSource</c>s, <c>IDatabase</c>, <c>IdSource</c> and <see cref="TimeProvider"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public static IServiceCollection AddPayments(this IServiceCollection services, PaymentOptions options)
    {
        services.AddSingleton(options.Check());
        services.TryAddSingleton<SubmissionPermits>();
        services.AddSingleton<AcquirerSet>();
        services.AddSingleton<PaymentRivals>();
        services.AddSingleton<PaymentBell>();
        services.AddSingleton<PaymentService>();
        services.AddSingleton<PaymentCommandService>();
        services.AddSingleton<RefundService>();
        services.AddSingleton<DisputeService>();
        services.AddSingleton<SettlementStore>();
        services.AddSingleton<SettlementSources>();
        services.AddSingleton<SettlementService>();
        services.AddSingleton<ISettlements, SettlementReader>();
        services.AddSingleton<IFlowHandler, PaymentHandler>();
        services.AddSingleton<IFlowHandler, RefundHandler>();
        services.AddSingleton<IFlowHandler, DisputeHandler>();
        services.AddSingleton<IFlowHandler, SettlementHandler>();
        services.AddSingleton<IInboundEventHandler, StripePaymentEventHandler>();
        services.AddSingleton<IInboundEventHandler, StripeSettlementEventHandler>();
        services.AddSingleton<IRepeatedWork, SettlementPull>();
        services.AddSingleton<IPayments, PaymentFacade>();
        return services;
    }
}
