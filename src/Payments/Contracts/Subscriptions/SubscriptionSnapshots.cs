using Florin.Flows;
using Florin.Payments.Subscriptions.Billing;
using Florin.Payments.Subscriptions.Cards;
using Florin.Payments.Subscriptions.Invoices;

namespace Florin.Payments;

/// <summary>Subscriptions and invoices as they were at a version of their flow, for events.</summary>
public static class SubscriptionSnapshots
{
    public const string SubscriptionKind = SubscriptionFlow.Kind;
    public const string InvoiceKind = InvoiceFlow.Kind;

    public static Subscription Subscription(Flow flow) => SubscriptionService.Present(flow);

    public const string CardKind = CardFlow.Kind;

    public static CardNotice Card(Flow flow)
    {
        CardFacts facts = CardFacts.Of(flow);
        return new CardNotice(flow.Id.Value, flow.State, facts.SubscriptionId, facts.Customer, facts.PaymentSource, facts.LastDay);
    }

    public static Invoice Invoice(Flow flow) => InvoiceService.Present(flow);
}
