using System.Collections.Immutable;
using Florin.Flows;
using Florin.Providers;

namespace Florin.Wallets.Recovered;

/// <summary>Finds and lists what the provider did for flows that a restored database does not have (fault T-06).</summary>
internal sealed class RecoveredService(IFlows flows, IPaymentProvider provider)
{
    private const string PayoutPrefix = "po_";
    private const string PaymentPrefix = "pi_";

    /// <summary>Takes up an object that carries our reference and whose flow is gone, when the provider itself confirms both.</summary>
    public async ValueTask<InboundHandling> TakeUpAsync(Guid reference, string objectId, string eventId, CancellationToken cancellationToken)
    {
        (RecoveredFacts? facts, string? failure) = await ReadAsync(reference, objectId, cancellationToken);
        if (facts is null)
        {
            return failure is null ? new InboundHandling.Ignored("it speaks of an object that is not ours") : new InboundHandling.Retry(failure);
        }

        FlowStart start = new()
        {
            Id = new FlowId(reference),
            Kind = RecoveredFlow.Kind,
            State = RecoveredFlow.Found,
            OwnerId = RecoveredFlow.Owner,
            Data = FlowFacts.Write(facts),
            RequestHash = RequestHash.Of(RecoveredFlow.Kind, facts.Provider, facts.ObjectId),
            Actor = $"{facts.Provider}:{eventId}",
        };
        return await flows.StartAsync(start, TimeSpan.Zero, cancellationToken) is FlowStartOutcome.RequestDiffers
            ? new InboundHandling.Retry($"flow {reference} appeared meanwhile")
            : new InboundHandling.Delivered($"the flow {reference} is gone; what the provider did for it is booked and listed as recovered");
    }

    /// <summary>Newest first.</summary>
    public async ValueTask<ImmutableArray<RecoveredMovement>> ListAsync(Guid? before, int limit, CancellationToken cancellationToken)
    {
        FlowId? beforeFlow = before is { } id ? new FlowId(id) : null;
        return [.. (await flows.ListAsync(RecoveredFlow.Owner, [RecoveredFlow.Kind], beforeFlow, limit, cancellationToken)).Select(Present)];
    }

    private static RecoveredMovement Present(Flow flow)
    {
        RecoveredFacts facts = RecoveredFacts.Of(flow);
        return new RecoveredMovement(
            flow.Id.Value, facts.IsPayout ? "withdrawal" : "deposit", facts.Provider, facts.ObjectId, flow.State, facts.Moved, flow.CreatedAt);
    }

    private async ValueTask<(RecoveredFacts? Facts, string? Failure)> ReadAsync(Guid reference, string objectId, CancellationToken cancellationToken)
    {
        string ours = new FlowId(reference).ToString();
        if (objectId.StartsWith(PaymentPrefix, StringComparison.Ordinal))
        {
            return await provider.GetPaymentAsync(objectId, cancellationToken) switch
            {
                ProviderLookup<ProviderPayment>.Found { Value: var payment } when payment.OurReference == ours =>
                    (Facts(objectId, isPayout: false, payment.MinorUnits, payment.Currency), null),
                ProviderLookup<ProviderPayment>.Unavailable unavailable => (null, unavailable.Reason),
                _ => (null, null),
            };
        }

        return objectId.StartsWith(PayoutPrefix, StringComparison.Ordinal)
            ? await provider.GetPayoutAsync(objectId, cancellationToken) switch
            {
                ProviderLookup<ProviderPayout>.Found { Value: var payout } when payout.OurReference == ours =>
                    (Facts(objectId, isPayout: true, payout.MinorUnits, payout.Currency), null),
                ProviderLookup<ProviderPayout>.Unavailable unavailable => (null, unavailable.Reason),
                _ => (null, null),
            }
            : (null, null);
    }

    private RecoveredFacts? Facts(string objectId, bool isPayout, UInt128 minorUnits, string currency) => Ledger.Assets.TryGet(currency, out _)
        ? new RecoveredFacts
        {
            Provider = provider.Name,
            ObjectId = objectId,
            IsPayout = isPayout,
            Amount = FlowFacts.AmountText(minorUnits),
            Asset = currency,
        }
        : null;
}
