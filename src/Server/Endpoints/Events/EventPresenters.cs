using System.Text.Json;
using Florin.Flows;
using Florin.Payments;
using Florin.Server.Endpoints.Merchants;
using Florin.Server.Endpoints.Payments;
using Florin.Server.Endpoints.Subscriptions;
using Florin.Server.Endpoints.Wallets;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Events;

/// <summary>Shows objects in events exactly as their endpoints answer them.</summary>
internal static class EventPresenters
{
    public static IServiceCollection AddEventPresenters(this IServiceCollection services)
    {
        services.Add(MovementSnapshots.DepositKind, flow => DepositResponse.Of(MovementSnapshots.Deposit(flow)));
        services.Add(MovementSnapshots.WithdrawalKind, flow => WithdrawalResponse.Of(MovementSnapshots.Withdrawal(flow)));
        services.Add(MovementSnapshots.TransferKind, flow => TransferResponse.Of(MovementSnapshots.Transfer(flow)));
        services.Add(PayoutSnapshots.PayoutKind, flow => PayoutResponse.Of(PayoutSnapshots.Payout(flow)));
        services.Add(PayoutSnapshots.BatchKind, flow => PayoutBatchResponse.Of(PayoutSnapshots.Batch(flow)));
        services.Add(PayoutSnapshots.ScheduleKind, flow => PayoutScheduleResponse.Of(PayoutSnapshots.Schedule(flow)));
        services.Add(PaymentSnapshots.PaymentKind, flow => PaymentResponse.Of(PaymentSnapshots.Payment(flow)));
        services.Add(PaymentSnapshots.RefundKind, flow => RefundResponse.Of(PaymentSnapshots.Refund(flow)));
        services.Add(PaymentSnapshots.DisputeKind, flow => DisputeResponse.Of(PaymentSnapshots.Dispute(flow)));
        services.Add(SubscriptionSnapshots.SubscriptionKind, flow => SubscriptionResponse.Of(SubscriptionSnapshots.Subscription(flow)));
        services.Add(SubscriptionSnapshots.CardKind, SubscriptionSnapshots.Card);
        services.Add(SubscriptionSnapshots.InvoiceKind, flow => InvoiceResponse.Of(SubscriptionSnapshots.Invoice(flow)));
        return services;
    }

    private static void Add<T>(this IServiceCollection services, string kind, Func<Flow, T> present) =>
        services.AddSingleton<IEventPresenter>(new Presenter<T>(kind, present));

    private sealed class Presenter<T>(string kind, Func<Flow, T> present) : IEventPresenter
    {
        public string Kind => kind;

        public string Present(Flow flow) => JsonSerializer.Serialize(present(flow), JsonConventions.Options);
    }
}
