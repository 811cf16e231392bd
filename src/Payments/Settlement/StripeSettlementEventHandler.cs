using Florin.Flows;
using Florin.Providers;

namespace Florin.Payments.Settlement;

/// <summary>Brings Stripe's events about its automatic payouts to their settlements. Payouts that were asked for belong to others.</summary>
internal sealed class StripeSettlementEventHandler(IFlows flows, SettlementService settlements, SettlementSources sources, PaymentOptions options)
    : IInboundEventHandler
{
    private const string Types = "payout.";

    public string Provider => "stripe";

    public async ValueTask<InboundHandling> HandleAsync(InboundEvent inboundEvent, CancellationToken cancellationToken)
    {
        if (!inboundEvent.Type.StartsWith(Types, StringComparison.Ordinal) || StripeEventBody.Read(inboundEvent.Body) is not { ObjectId: { Length: > 0 } batchId } body
            || body.IsLive != options.LiveMode || sources.Find(Provider) is not { } source)
        {
            return new InboundHandling.Ignored("nothing depends on this type");
        }

        FlowId id = SettlementService.IdOf(Provider, batchId);
        if (await flows.GetAsync(id, cancellationToken) is null)
        {
            switch (await source.GetBatchAsync(batchId, cancellationToken))
            {
                case ProviderLookup<SettlementBatch>.Found { Value: { } batch }:
                    return await settlements.NoticeAsync(Provider, batch, cancellationToken) is null
                        ? new InboundHandling.Parked($"a settlement in '{OutsideEvidence.Code(batch.Currency)}', which the ledger does not have")
                        : new InboundHandling.Delivered($"began flow {id}");

                case ProviderLookup<SettlementBatch>.NotFound:
                    return new InboundHandling.Ignored("it speaks of a payout that is no settlement");

                default:
                    return new InboundHandling.Retry("the provider does not say what the payout is");
            }
        }

        bool isNew = await flows.SignalAsync(id, Provider, inboundEvent.EventId, inboundEvent.Type, OutsideEvidence.SignalPayload(batchId), cancellationToken);
        return new InboundHandling.Delivered(isNew ? $"signalled flow {id}" : $"flow {id} had it already");
    }
}
