using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;
using Florin.Payments.Merchants;

namespace Florin.Payments.Charging;

/// <summary>The ledger transactions of a payment, each under an id that follows from flow and step.</summary>
internal static class PaymentPostings
{
    private const string CaptureStep = "capture";
    private const string SuspenseStep = "suspense";

    public static ImmutableArray<AccountDefinition> Accounts(Flow flow, PaymentFacts facts)
    {
        Asset asset = facts.Ordered.Asset;
        return
        [
            HouseAccounts.PspClearing(facts.Provider, asset), MerchantAccounts.Available(facts.MerchantId, asset),
            MerchantAccounts.Receivable(facts.MerchantId, asset), MerchantAccounts.Fees(asset),
            MerchantAccounts.Refundable(flow.Id.Value, asset), MerchantAccounts.Memorandum(asset), MerchantAccounts.Reserve(facts.MerchantId, asset),
        ];
    }

    public static ImmutableArray<AccountDefinition> SuspenseAccounts(PaymentFacts facts, Asset received) =>
        [HouseAccounts.PspClearing(facts.Provider, received), HouseAccounts.Suspense(facts.Provider, received)];

    /// <param name="captured">What was captured now; above zero.</param>
    /// <param name="owed">What the merchant owes the house.</param>
    public static Transaction Capture(Flow flow, PaymentFacts facts, UInt128 captured, UInt128 fee, UInt128 owed)
    {
        Asset asset = facts.Ordered.Asset;
        AccountId clearing = HouseAccounts.PspClearing(facts.Provider, asset).Id;
        UInt128 net = captured - fee;
        UInt128 collected = UInt128.Min(net, owed);
        Transfer[] transfers =
        [
            new(clearing, MerchantAccounts.Receivable(facts.MerchantId, asset).Id, collected, PaymentCodes.Collection),
            new(clearing, MerchantAccounts.Available(facts.MerchantId, asset).Id, net - collected, PaymentCodes.Capture),
            new(clearing, MerchantAccounts.Fees(asset).Id, fee, PaymentCodes.CaptureFee),
            new(MerchantAccounts.Memorandum(asset).Id, MerchantAccounts.Refundable(flow.Id.Value, asset).Id, captured, PaymentCodes.Refundable),
        ];
        return Posted(flow, $"{CaptureStep}:{facts.Captures + 1}", transfers);
    }

    /// <summary>
    /// Keeps a part of a capture back: the ledger itself gives it free when the time is over. At most what the capture brought the merchant after fee and debt.
    /// </summary>
    /// <returns>Empty when nothing is kept back.</returns>
    public static ImmutableArray<Transaction> Reserve(
        Flow flow, PaymentFacts facts, UInt128 captured, UInt128 fee, UInt128 owed, PaymentOptions options)
    {
        UInt128 net = captured - fee;
        UInt128 part = checked(captured * (UInt128)options.ReserveBasisPoints) / MerchantFees.BasisPointsMax;
        UInt128 kept = UInt128.Min(part, net - UInt128.Min(net, owed));
        Asset asset = facts.Ordered.Asset;
        return kept == 0 ? [] :
        [
            new Transaction
            {
                Id = MerchantReserves.IdOf(flow.Id, facts.Captures + 1),
                Kind = TransactionKind.Pending,
                Timeout = options.ReserveTime,
                Reference = flow.Id.ToString(),
                Transfers =
                [
                    new Transfer(
                        MerchantAccounts.Available(facts.MerchantId, asset).Id, MerchantAccounts.Reserve(facts.MerchantId, asset).Id, kept, PaymentCodes.RollingReserve),
                ],
            },
        ];
    }

    /// <param name="total">All that was reversed, which names the transaction.</param>
    /// <param name="amount">What is reversed now; above zero.</param>
    /// <param name="available">What the merchant has; the rest becomes a debt.</param>
    public static Transaction Reverse(Flow flow, PaymentFacts facts, UInt128 total, UInt128 amount, UInt128 available, UInt128 refundable)
    {
        Asset asset = facts.Ordered.Asset;
        AccountId clearing = HouseAccounts.PspClearing(facts.Provider, asset).Id;
        UInt128 taken = UInt128.Min(amount, available);
        Transfer[] transfers =
        [
            new(MerchantAccounts.Available(facts.MerchantId, asset).Id, clearing, taken, PaymentCodes.PaymentReversed),
            new(MerchantAccounts.Receivable(facts.MerchantId, asset).Id, clearing, amount - taken, PaymentCodes.PaymentReversed),
            new(
                MerchantAccounts.Refundable(flow.Id.Value, asset).Id,
                MerchantAccounts.Memorandum(asset).Id,
                UInt128.Min(amount, refundable),
                PaymentCodes.RefundReserve),
        ];
        return Posted(flow, $"reverse:{total}", transfers);
    }

    public static Transaction Suspense(Flow flow, PaymentFacts facts, Money received) => Suspense(flow, facts, received, SuspenseStep);

    /// <summary>What was in suspense is the merchant's after all, or was given back.</summary>
    public static Transaction Unsuspend(Flow flow) => new()
    {
        Id = FlowTransactions.IdOf(flow.Id, "unsuspend"),
        Kind = TransactionKind.Reverse,
        Related = FlowTransactions.IdOf(flow.Id, SuspenseStep),
        Reference = flow.Id.ToString(),
    };

    /// <summary>What was given back has come back.</summary>
    public static Transaction SuspendAgain(Flow flow, PaymentFacts facts) => Suspense(flow, facts, facts.Units(facts.SuspendedUnits), "suspense:again");

    private static Transaction Suspense(Flow flow, PaymentFacts facts, Money received, string step) => Posted(
        flow,
        step,
        [
            new Transfer(
                HouseAccounts.PspClearing(facts.Provider, received.Asset).Id,
                HouseAccounts.Suspense(facts.Provider, received.Asset).Id,
                received.MinorUnits,
                PaymentCodes.CaptureToSuspense),
        ]);

    /// <summary>No transfer moves nothing, so those without an amount are left out.</summary>
    private static Transaction Posted(Flow flow, string step, Transfer[] transfers) => new()
    {
        Id = FlowTransactions.IdOf(flow.Id, step),
        Kind = TransactionKind.Posted,
        Reference = flow.Id.ToString(),
        Transfers = [.. transfers.Where(transfer => transfer.Amount > 0)],
    };
}
