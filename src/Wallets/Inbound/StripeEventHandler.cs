using System.Collections.Frozen;
using Florin.Flows;
using Florin.Providers;
using Florin.Wallets.Deposits;
using Florin.Wallets.Payouts;
using Florin.Wallets.Recovered;
using Florin.Wallets.Withdrawals;

namespace Florin.Wallets.Inbound;

/// <summary>
/// Brings Stripe's events to the deposits and withdrawals that they speak of. An event is only a hint: it becomes a signal that says "look at this
/// object", and the flow reads that object from Stripe before it believes anything (fault W-16).
/// </summary>
internal sealed class StripeEventHandler(IFlows flows, RecoveredService recovered, WalletOptions options, InboundMetrics metrics) : IInboundEventHandler
{
    /// <summary>The provider's name; also the source of its signals.</summary>
    public const string ProviderName = "stripe";

    /// <summary>Types that tell of a change of state; every other type is kept and shown, and nothing more (fault W-10).</summary>
    private static readonly FrozenSet<string> Types = FrozenSet.ToFrozenSet(
        [
            "payment_intent.processing", "payment_intent.requires_action", "payment_intent.succeeded", "payment_intent.payment_failed",
            "payment_intent.canceled", "charge.pending", "charge.succeeded", "charge.failed", "charge.expired", "payout.created", "payout.updated",
            "payout.paid", "payout.failed", "payout.canceled",
        ],
        StringComparer.Ordinal);

    public string Provider => ProviderName;

    public async ValueTask<InboundHandling> HandleAsync(InboundEvent inboundEvent, CancellationToken cancellationToken)
    {
        if (StripeEventBody.Read(inboundEvent.Body) is not { } body)
        {
            metrics.Count(Provider, "unreadable");
            return new InboundHandling.Parked("the body is not an event that can be read");
        }

        if (body.IsLive != options.LiveMode)
        {
            metrics.Count(Provider, "other_environment");
            return new InboundHandling.Ignored("refused: it comes from another environment (livemode)");
        }

        if (!Types.Contains(inboundEvent.Type))
        {
            metrics.Count(Provider, "ignored");
            return new InboundHandling.Ignored("nothing depends on this type");
        }

        Flow? flow = await FindAsync(body, cancellationToken);
        if (flow is null)
        {
            metrics.Count(Provider, "unknown_object");
            return await HandleUnknownAsync(inboundEvent, body, cancellationToken);
        }

        if (flow.Kind is not (DepositFlow.Kind or WithdrawalFlow.Kind or PayoutFlow.Kind or RecoveredFlow.Kind))
        {
            // Another module's, which is asked as well. It is known, so it is nothing to recover.
            return new InboundHandling.Ignored("it speaks of an object of another module");
        }

        bool isNew = await flows.SignalAsync(
            flow.Id, Provider, inboundEvent.EventId, inboundEvent.Type, OutsideEvidence.SignalPayload(body.ObjectId ?? ""), cancellationToken);
        metrics.Count(Provider, "delivered");
        return new InboundHandling.Delivered(isNew ? $"signalled flow {flow.Id}" : $"flow {flow.Id} had it already");
    }

    /// <summary>
    /// A flow is durable before its call leaves, so an object that no flow knows was never ours (fault W-12), unless the database was restored
    /// from a backup: then the provider has it, with our reference on it (fault T-06).
    /// </summary>
    private ValueTask<InboundHandling> HandleUnknownAsync(InboundEvent inboundEvent, StripeEventBody body, CancellationToken cancellationToken) =>
        Guid.TryParseExact(body.OurReference, "D", out Guid reference) && body.ObjectId is { } objectId
            ? recovered.TakeUpAsync(reference, objectId, inboundEvent.EventId, cancellationToken)
            : ValueTask.FromResult<InboundHandling>(new InboundHandling.Ignored("it speaks of an object that is not ours"));

    private async ValueTask<Flow?> FindAsync(StripeEventBody body, CancellationToken cancellationToken)
    {
        Flow? flow = body.OurReference is { } reference && Guid.TryParseExact(reference, "D", out Guid id)
            ? await flows.GetAsync(new FlowId(id), cancellationToken)
            : null;
        flow ??= body.ObjectId is { Length: > 0 } objectId
            ? await flows.FindByProviderReferenceAsync($"{Provider}:{objectId}", cancellationToken)
            : null;
        return flow;
    }
}
