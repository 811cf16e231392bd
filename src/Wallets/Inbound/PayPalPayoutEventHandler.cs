using Florin.Flows;
using Florin.Providers;
using Florin.Wallets.FundingSources;
using Florin.Wallets.Payouts;
using Florin.Wallets.Recovered;
using Florin.Wallets.Withdrawals;

namespace Florin.Wallets.Inbound;

/// <summary>
/// Brings PayPal's events to the payouts that they speak of. An event only wakes the flow, which reads its batch from PayPal before it believes anything (fault
/// W-16). That it is of our environment is proven by the signature, which names our webhook.
/// </summary>
internal sealed class PayPalPayoutEventHandler(IFlows flows, RecoveredService recovered, InboundMetrics metrics) : IInboundEventHandler
{
    /// <summary>Of items and of batches; an event of a batch names no item, and is found by the batch's id.</summary>
    private const string Types = "PAYMENT.PAYOUTS";

    public string Provider => PayPalAccountService.ProviderName;

    public async ValueTask<InboundHandling> HandleAsync(InboundEvent inboundEvent, CancellationToken cancellationToken)
    {
        if (!inboundEvent.Type.StartsWith(Types, StringComparison.Ordinal))
        {
            return new InboundHandling.Ignored("it speaks of no payout");
        }

        if (PayPalEventBody.Read(inboundEvent.Body) is not { } body)
        {
            metrics.Count(Provider, "unreadable");
            return new InboundHandling.Parked("the body is not an event that can be read");
        }

        FlowId? reference = Guid.TryParseExact(body.OurReference, "D", out Guid id) ? new FlowId(id) : null;
        Flow? flow = reference is { } named ? await flows.GetAsync(named, cancellationToken) : null;
        flow ??= body.ObjectId.Length > 0 ? await flows.FindByProviderReferenceAsync($"{Provider}:{body.ObjectId}", cancellationToken) : null;
        if (flow is null)
        {
            metrics.Count(Provider, "unknown_object");
            return reference is null || body.ObjectId.Length == 0
                ? new InboundHandling.Ignored("it speaks of an object that is not ours")
                : await recovered.TakeUpPayoutAsync(Provider, reference.Value.Value, body.ObjectId, inboundEvent.EventId, cancellationToken);
        }

        if (flow.Kind is not (WithdrawalFlow.Kind or PayoutFlow.Kind or RecoveredFlow.Kind))
        {
            return new InboundHandling.Ignored("it speaks of an object of another module");
        }

        bool isNew = await flows.SignalAsync(
            flow.Id, Provider, inboundEvent.EventId, inboundEvent.Type, OutsideEvidence.SignalPayload(body.ObjectId), cancellationToken);
        metrics.Count(Provider, "delivered");
        return new InboundHandling.Delivered(isNew ? $"signalled flow {flow.Id}" : $"flow {flow.Id} had it already");
    }
}
