using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;
using Florin.Payments.Merchants;

namespace Florin.Payments.Disputes;

/// <summary>
/// Repays what a merchant owes for a lost dispute: from what is available, and then from what is kept back of its captures. While a dispute is open nothing of that is
/// touched, because it may be won.
/// </summary>
internal sealed class DisputeCover(MerchantReserves reserves, ILedger ledger)
{
    /// <summary>How soon it is tried again when a balance or a part has just changed.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(100);

    /// <returns><see langword="null"/> when nothing is owed, or nothing is there to repay it.</returns>
    public async ValueTask<FlowDecision.Move?> RepayAsync(Flow flow, DisputeFacts facts, TimeSpan next, CancellationToken cancellationToken)
    {
        Asset asset = facts.Disputed.Asset;
        UInt128 repaid = FlowFacts.Amount(facts.Repaid, facts.Asset).MinorUnits;
        UInt128 owed = await ledger.AvailableAsync(MerchantAccounts.Receivable(facts.MerchantId, asset), cancellationToken);
        UInt128 wanted = UInt128.Min(owed, facts.Disputed.MinorUnits - repaid);
        if (wanted == 0)
        {
            return null;
        }

        UInt128 available = UInt128.Min(wanted, await ledger.AvailableAsync(MerchantAccounts.Available(facts.MerchantId, asset), cancellationToken));
        ImmutableArray<ReservePart> parts = available == wanted
            ? []
            : await reserves.FindAsync(facts.MerchantId, asset, wanted - available, of: null, cancellationToken);
        UInt128 kept = UInt128.Min(wanted - available, parts.Aggregate(UInt128.Zero, (sum, part) => sum + part.Left));
        UInt128 total = available + kept;
        return total == 0 ? null : new FlowDecision.Move(
            DisputeFlow.Lost, FlowFacts.Write(facts with { Repaid = FlowFacts.AmountText(repaid + total) }), DisputeEvents.Repaid)
        {
            Transactions =
            [
                .. MerchantReserves.Free(parts, kept, flow.Id, $"free:{facts.Legs}:{repaid}"),
                new DisputePostings(flow, facts).Repay(total, repaid + total),
            ],
            KeepSignals = true,
            IfShort = new FlowDecision.Wait("a balance changed meanwhile", Again),
            IfHoldOver = new FlowDecision.Wait("a part of the reserve changed meanwhile", Again),
            IfAccountNotOpen = new FlowDecision.Wait("the merchant's account is frozen or closed", next),
        };
    }
}
