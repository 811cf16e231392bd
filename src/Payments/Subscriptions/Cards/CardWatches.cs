using Florin.Flows;
using Florin.Payments.Charging;
using Florin.Payments.Subscriptions.Billing;

namespace Florin.Payments.Subscriptions.Cards;

/// <summary>Begins and ends the watches of a subscription's payment sources: one for each source that it ever had.</summary>
internal sealed class CardWatches(PaymentRouter router, IServiceProvider services)
{
    /// <summary>The source of what a subscription tells its watches.</summary>
    public const string Source = "subscription";

    // The runner is made of the handlers, which use this.
    private readonly Lazy<IFlows> _flows = new(() => services.Require<IFlows>());

    /// <summary>Watches the present source, and lets go of the one before it. Repeated, it does nothing.</summary>
    public async ValueTask WatchAsync(Flow subscription, SubscriptionFacts facts, CancellationToken cancellationToken)
    {
        FlowId id = IdOf(subscription, facts.SourceChanges);
        if (await _flows.Value.GetAsync(id, cancellationToken) is not null)
        {
            return;
        }

        PaymentPlace place = router.Of(facts.MerchantId, facts.Plan.Price, facts.PaymentSource);
        FlowStart start = new()
        {
            Id = id,
            Kind = CardFlow.Kind,
            State = CardFlow.Unread,
            OwnerId = PaymentService.OwnerId(facts.MerchantId),
            Data = FlowFacts.Write(new CardFacts
            {
                SubscriptionId = subscription.Id.Value,
                Customer = facts.Customer,
                Provider = place.Provider,
                PaymentSource = place.Source,
            }),
            RequestHash = RequestHash.Of("card", id.ToString()),
            Actor = $"subscription:{subscription.Id}",
        };
        await _flows.Value.StartAsync(start, TimeSpan.Zero, cancellationToken);
        if (facts.SourceChanges > 0)
        {
            await ReleaseAsync(IdOf(subscription, facts.SourceChanges - 1), cancellationToken);
        }
    }

    /// <summary>Lets go of the present source: the subscription is over.</summary>
    public ValueTask ReleaseAsync(Flow subscription, SubscriptionFacts facts, CancellationToken cancellationToken) =>
        ReleaseAsync(IdOf(subscription, facts.SourceChanges), cancellationToken);

    private async ValueTask ReleaseAsync(FlowId id, CancellationToken cancellationToken)
    {
        // Two sources in a row may have come before the first was watched.
        if (await _flows.Value.GetAsync(id, cancellationToken) is not null)
        {
            await _flows.Value.SignalAsync(id, Source, "release", "release", "{}", cancellationToken);
        }
    }

    private static FlowId IdOf(Flow subscription, int change) => FlowId.FromIdempotencyKey("florin", "card", $"{subscription.Id}:{change}");
}
