using Florin.Flows;
using Florin.Payments.Charging;
using Florin.Payments.Disputes;
using Florin.Payments.Refunds;
using Florin.Providers;

namespace Florin.Payments.Inbound;

/// <summary>Brings what a provider's event speaks of to the payment, refund or dispute. The event is only a hint: the flow reads the object before it believes anything (fault W-16).</summary>
internal sealed class PaymentSignals(IFlows flows, DisputeService disputes, AcquirerSet acquirers)
{
    private const string NotOurs = "it speaks of an object that is not ours";

    /// <summary>Wakes the flow of a payment or refund.</summary>
    /// <param name="objectId">The provider's id of what the flow should look at.</param>
    /// <param name="ourReference">Our flow's id as the provider kept it, or null.</param>
    public async ValueTask<InboundHandling> WakeAsync(
        InboundEvent inboundEvent, string? objectId, string? ourReference, CancellationToken cancellationToken)
    {
        // A refund's parts carry its id and their number.
        Flow? flow = ourReference is not null && Guid.TryParseExact(RefundPart.FlowOf(ourReference), "D", out Guid id)
            ? await flows.GetAsync(new FlowId(id), cancellationToken)
            : null;
        flow ??= objectId is { Length: > 0 }
            ? await flows.FindByProviderReferenceAsync($"{inboundEvent.Provider}:{objectId}", cancellationToken)
            : null;

        // A flow is durable before its call leaves, so an object that no flow knows was never ours (fault W-12).
        return flow is { Kind: PaymentFlow.Kind or RefundFlow.Kind }
            ? await SignalAsync(flow.Id, inboundEvent, objectId, cancellationToken)
            : new InboundHandling.Ignored(NotOurs);
    }

    /// <summary>
    /// Wakes the flow of a dispute, which begins when it was not known yet: then the provider's dispute says which payment it is about, whatever the event says.
    /// </summary>
    public async ValueTask<InboundHandling> NoticeAsync(InboundEvent inboundEvent, string? disputeId, CancellationToken cancellationToken)
    {
        if (disputeId is not { Length: > 0 })
        {
            return new InboundHandling.Ignored(NotOurs);
        }

        FlowId id = DisputeService.IdOf(inboundEvent.Provider, disputeId);
        if (await flows.GetAsync(id, cancellationToken) is not null)
        {
            return await SignalAsync(id, inboundEvent, disputeId, cancellationToken);
        }

        return await acquirers.Of(inboundEvent.Provider).GetDisputeAsync(disputeId, cancellationToken) switch
        {
            ProviderLookup<AcquirerDispute>.Found { Value: var dispute } => await BeginAsync(inboundEvent, dispute, cancellationToken),
            ProviderLookup<AcquirerDispute>.Unavailable { Reason: var reason } => new InboundHandling.Retry(reason),
            _ => new InboundHandling.Retry("the provider does not know the dispute yet"),
        };
    }

    private async ValueTask<InboundHandling> BeginAsync(InboundEvent inboundEvent, AcquirerDispute dispute, CancellationToken cancellationToken) =>
        await disputes.FindPaymentAsync(inboundEvent.Provider, dispute.PaymentId, cancellationToken) switch
        {
            ProviderLookup<Flow>.Found payment => await SignalAsync(
                await disputes.NoticeAsync(inboundEvent.Provider, dispute.Id, payment.Value, cancellationToken), inboundEvent, dispute.Id, cancellationToken),
            ProviderLookup<Flow>.Unavailable unavailable => new InboundHandling.Retry(unavailable.Reason),
            _ => new InboundHandling.Ignored(NotOurs),
        };

    private async ValueTask<InboundHandling> SignalAsync(FlowId flow, InboundEvent inboundEvent, string? objectId, CancellationToken cancellationToken)
    {
        bool isNew = await flows.SignalAsync(
            flow, inboundEvent.Provider, inboundEvent.EventId, inboundEvent.Type, OutsideEvidence.SignalPayload(objectId ?? ""), cancellationToken);
        return new InboundHandling.Delivered(isNew ? $"signalled flow {flow}" : $"flow {flow} had it already");
    }
}
