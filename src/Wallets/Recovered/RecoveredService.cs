using System.Collections.Immutable;
using Florin.Flows;
using Florin.Providers;
using Florin.Wallets.Withdrawals;

namespace Florin.Wallets.Recovered;

/// <summary>Finds and lists what the provider did for flows that a restored database does not have (fault T-06).</summary>
internal sealed class RecoveredService(IFlows flows, IPaymentProvider provider, PayoutRails rails)
{
    private const string PayoutPrefix = "po_";
    private const string PaymentPrefix = "pi_";

    /// <summary>Takes up an object that carries our reference and whose flow is gone, when the provider itself confirms both.</summary>
    public async ValueTask<InboundHandling> TakeUpAsync(Guid reference, string objectId, string eventId, CancellationToken cancellationToken)
    {
        return await TakeUpAsync(reference, eventId, await ReadAsync(reference, objectId, cancellationToken), cancellationToken);
    }

    /// <summary>The same of a payout by any rail.</summary>
    public async ValueTask<InboundHandling> TakeUpPayoutAsync(
        string rail, Guid reference, string objectId, string eventId, CancellationToken cancellationToken) =>
        rails.Find(rail) is { } payer
            ? await TakeUpAsync(reference, eventId, await ReadPayoutAsync(payer, reference, objectId, cancellationToken), cancellationToken)
            : new InboundHandling.Ignored("the provider is not configured here");

    private async ValueTask<InboundHandling> TakeUpAsync(
        Guid reference, string eventId, (RecoveredFacts? Facts, string? Failure) read, CancellationToken cancellationToken)
    {
        (RecoveredFacts? facts, string? failure) = read;
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
                    (Facts(provider.Name, objectId, isPayout: false, payment.MinorUnits, payment.Currency), null),
                ProviderLookup<ProviderPayment>.Unavailable unavailable => (null, unavailable.Reason),
                _ => (null, null),
            };
        }

        return objectId.StartsWith(PayoutPrefix, StringComparison.Ordinal)
            ? await ReadPayoutAsync(provider, reference, objectId, cancellationToken)
            : (null, null);
    }

    private static async ValueTask<(RecoveredFacts? Facts, string? Failure)> ReadPayoutAsync(
        IPayoutProvider payer, Guid reference, string objectId, CancellationToken cancellationToken) =>
        await payer.GetPayoutAsync(objectId, cancellationToken) switch
        {
            ProviderLookup<ProviderPayout>.Found { Value: var payout } when payout.OurReference == new FlowId(reference).ToString() =>
                (Facts(payer.Name, objectId, isPayout: true, payout.MinorUnits, payout.Currency), null),
            ProviderLookup<ProviderPayout>.Unavailable unavailable => (null, unavailable.Reason),
            _ => (null, null),
        };

    private static RecoveredFacts? Facts(string providerName, string objectId, bool isPayout, UInt128 minorUnits, string currency) => Ledger.Assets.TryGet(currency, out _)
        ? new RecoveredFacts
        {
            Provider = providerName,
            ObjectId = objectId,
            IsPayout = isPayout,
            Amount = FlowFacts.AmountText(minorUnits),
            Asset = currency,
        }
        : null;
}
