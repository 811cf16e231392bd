using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;
using Florin.Payments.Charging;
using Florin.Payments.Merchants;

namespace Florin.Payments.Refunds;

/// <summary>
/// Frees what is kept back of a payment when its refund needs it: a reserve is against refunds of just this kind, and must not delay them. The reserve of other
/// payments stays.
/// </summary>
internal sealed class RefundReserve(MerchantReserves reserves, ILedger ledger, IServiceProvider services)
{
    /// <returns>Empty when the balance suffices, or would not suffice with it either.</returns>
    public async ValueTask<ImmutableArray<Transaction>> FreeAsync(Flow flow, RefundFacts facts, CancellationToken cancellationToken)
    {
        Asset asset = facts.Ordered.Asset;
        UInt128 needed = facts.Ordered.MinorUnits - facts.FeeUnits;
        UInt128 available = await ledger.AvailableAsync(MerchantAccounts.Available(facts.MerchantId, asset), cancellationToken);
        FlowId payment = new(facts.PaymentId);
        if (available >= needed || await services.Require<IFlows>().GetAsync(payment, cancellationToken) is not { } paid)
        {
            return [];
        }

        HashSet<TransactionId> own = [.. Enumerable.Range(1, PaymentFacts.Of(paid).Captures).Select(capture => MerchantReserves.IdOf(payment, capture))];
        ImmutableArray<ReservePart> parts = own.Count == 0
            ? []
            : await reserves.FindAsync(facts.MerchantId, asset, needed - available, own, cancellationToken);
        bool suffices = parts.Aggregate(available, (sum, part) => sum + part.Left) >= needed;

        // A refund that waits comes here again, perhaps for another amount: its try is a part of the name.
        return suffices ? MerchantReserves.Free(parts, needed - available, flow.Id, $"free:{needed - available}") : [];
    }
}
