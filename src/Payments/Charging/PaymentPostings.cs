using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;

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
            MerchantAccounts.Refundable(flow.Id.Value, asset), MerchantAccounts.Memorandum(asset),
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

    public static Transaction Suspense(Flow flow, PaymentFacts facts, Money received) => Posted(
        flow,
        SuspenseStep,
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
