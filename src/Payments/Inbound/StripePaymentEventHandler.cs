using System.Collections.Frozen;
using Florin.Flows;
using Florin.Payments.Disputes;
using Florin.Payments.Charging;
using Florin.Payments.Refunds;
using Florin.Providers;

namespace Florin.Payments.Inbound;

/// <summary>
/// Brings Stripe's events to the payments, refunds and disputes that they speak of. An event is only a hint: the flow reads the object from Stripe
/// before it believes anything (fault W-16).
/// </summary>
internal sealed class StripePaymentEventHandler(IFlows flows, DisputeService disputes, PaymentOptions options) : IInboundEventHandler
{
    /// <summary>Types that tell of a change of state; every other type is kept and shown, and nothing more (fault W-10).</summary>
    private static readonly FrozenSet<string> Types = FrozenSet.ToFrozenSet(
        [
            "payment_intent.amount_capturable_updated", "payment_intent.processing", "payment_intent.requires_action", "payment_intent.succeeded",
            "payment_intent.payment_failed", "payment_intent.canceled", "charge.captured", "charge.pending", "charge.succeeded", "charge.failed",
            "charge.expired", "refund.created", "refund.updated", "refund.failed", "charge.refund.updated",
        ],
        StringComparer.Ordinal);

    private const string DisputeTypes = "charge.dispute.";

    public string Provider => "stripe";

    public async ValueTask<InboundHandling> HandleAsync(InboundEvent inboundEvent, CancellationToken cancellationToken)
    {
        if (StripeEventBody.Read(inboundEvent.Body) is not { } body)
        {
            return new InboundHandling.Parked("the body is not an event that can be read");
        }

        if (body.IsLive != options.LiveMode)
        {
            return new InboundHandling.Ignored("refused: it comes from another environment (livemode)");
        }

        bool isDispute = inboundEvent.Type.StartsWith(DisputeTypes, StringComparison.Ordinal);
        if (!isDispute && !Types.Contains(inboundEvent.Type))
        {
            return new InboundHandling.Ignored("nothing depends on this type");
        }

        if (isDispute)
        {
            return await NoticeAsync(inboundEvent, body, cancellationToken);
        }

        if (await FindAsync(body, cancellationToken) is not { } id)
        {
            // A flow is durable before its call leaves, so an object that no flow knows was never ours (fault W-12).
            return NotOurs;
        }

        return await SignalAsync(id, inboundEvent, body, cancellationToken);
    }

    private static InboundHandling.Ignored NotOurs => new("it speaks of an object that is not ours");

    private async ValueTask<InboundHandling> NoticeAsync(InboundEvent inboundEvent, StripeEventBody body, CancellationToken cancellationToken)
    {
        if (body is not { ObjectId: { Length: > 0 } disputeId, PaymentId: { Length: > 0 } paymentId })
        {
            return NotOurs;
        }

        return await disputes.FindPaymentAsync(Provider, paymentId, cancellationToken) switch
        {
            ProviderLookup<Flow>.Found payment => await SignalAsync(
                await disputes.NoticeAsync(Provider, disputeId, payment.Value, cancellationToken), inboundEvent, body, cancellationToken),
            ProviderLookup<Flow>.Unavailable unavailable => new InboundHandling.Retry(unavailable.Reason),
            _ => NotOurs,
        };
    }

    private async ValueTask<InboundHandling> SignalAsync(
        FlowId id, InboundEvent inboundEvent, StripeEventBody body, CancellationToken cancellationToken)
    {
        bool isNew = await flows.SignalAsync(
            id, Provider, inboundEvent.EventId, inboundEvent.Type, OutsideEvidence.SignalPayload(body.ObjectId ?? ""), cancellationToken);
        return new InboundHandling.Delivered(isNew ? $"signalled flow {id}" : $"flow {id} had it already");
    }

    private async ValueTask<FlowId?> FindAsync(StripeEventBody body, CancellationToken cancellationToken)
    {
        Flow? flow = body.OurReference is { } reference && Guid.TryParseExact(reference, "D", out Guid id)
            ? await flows.GetAsync(new FlowId(id), cancellationToken)
            : null;
        flow ??= body.ObjectId is { Length: > 0 } objectId
            ? await flows.FindByProviderReferenceAsync($"{Provider}:{objectId}", cancellationToken)
            : null;
        return flow is { Kind: PaymentFlow.Kind or RefundFlow.Kind } ? flow.Id : null;
    }
}
