using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;

namespace Florin.Payments.Refunds;

/// <summary>The ledger transactions of a refund, each under an id that follows from flow and step.</summary>
internal static class RefundPostings
{
    private const string ReserveStep = "reserve";
    private const string HoldStep = "hold";
    private const string PostHoldStep = "post_hold";
    private const string PostReserveStep = "post_reserve";
    private const string VoidHoldStep = "void_hold";
    private const string VoidReserveStep = "void_reserve";
    private const string LateStep = "late";
    private const string LateReserveStep = "late_reserve";

    /// <summary>Takes the amount from what can be refunded, or is refused.</summary>
    public static Transaction Reserve(FlowId flow, RefundFacts facts) => new()
    {
        Id = FlowTransactions.IdOf(flow, ReserveStep),
        Kind = TransactionKind.Pending,
        Reference = flow.ToString(),
        Transfers =
        [
            new Transfer(
                MerchantAccounts.Refundable(facts.PaymentId, facts.Ordered.Asset).Id,
                MerchantAccounts.Memorandum(facts.Ordered.Asset).Id,
                facts.Ordered.MinorUnits,
                PaymentCodes.RefundReserve),
        ],
    };

    /// <summary>Holds the merchant's money and the fee's share, or is refused.</summary>
    public static Transaction Hold(Flow flow, RefundFacts facts)
    {
        Asset asset = facts.Ordered.Asset;
        AccountId clearing = HouseAccounts.PspClearing(facts.Provider, asset).Id;
        Transfer[] transfers =
        [
            new(MerchantAccounts.Available(facts.MerchantId, asset).Id, clearing, facts.Ordered.MinorUnits - facts.FeeUnits, PaymentCodes.Refund),
            new(MerchantAccounts.Fees(asset).Id, clearing, facts.FeeUnits, PaymentCodes.RefundFee),
        ];
        return new Transaction
        {
            Id = FlowTransactions.IdOf(flow.Id, HoldStep),
            Kind = TransactionKind.Pending,
            Reference = flow.Id.ToString(),
            Transfers = [.. transfers.Where(transfer => transfer.Amount > 0)],
        };
    }

    /// <summary>The last part: all that is still held.</summary>
    public static ImmutableArray<Transaction> Settle(Flow flow, RefundFacts facts)
    {
        int index = facts.Parts.Length - 1;
        return
        [
            Of(flow, RefundPart.Step(PostHoldStep, index), TransactionKind.Post, HoldStep),
            Of(flow, RefundPart.Step(PostReserveStep, index), TransactionKind.Post, ReserveStep),
        ];
    }

    /// <summary>The last part, while others are to come or are refused. The fee's share goes with the parts, rounded down up to each of them.</summary>
    public static ImmutableArray<Transaction> SettlePart(Flow flow, RefundFacts facts)
    {
        int index = facts.Parts.Length - 1;
        UInt128 part = facts.Units(facts.Last);
        UInt128 after = facts.GivenBack;
        UInt128 fee = FeeUpTo(facts, after) - FeeUpTo(facts, after - part);
        (UInt128 Held, UInt128 Part)[] shares = [(facts.Ordered.MinorUnits - facts.FeeUnits, part - fee), (facts.FeeUnits, fee)];
        return
        [
            Of(flow, RefundPart.Step(PostHoldStep, index), TransactionKind.PostPart, HoldStep) with
            {
                Amounts = [.. shares.Where(share => share.Held > 0).Select(share => share.Part)],
            },
            Of(flow, RefundPart.Step(PostReserveStep, index), TransactionKind.PostPart, ReserveStep) with { Amounts = [part] },
        ];
    }

    /// <summary>Of what was never held.</summary>
    public static Transaction ReleaseReserve(Flow flow) => Of(flow, VoidReserveStep, TransactionKind.Void, ReserveStep);

    public static ImmutableArray<Transaction> Release(Flow flow) =>
        [Of(flow, VoidHoldStep, TransactionKind.Void, HoldStep), Of(flow, VoidReserveStep, TransactionKind.Void, ReserveStep)];

    /// <summary>
    /// Given back although it was given up for failed, and what was kept for it had been released: each posting names the void that it corrects.
    /// </summary>
    /// <param name="available">What the merchant has; the rest becomes a debt.</param>
    /// <param name="refundable">What is left of the payment to be refunded; a dispute may have taken the rest (fault R-05).</param>
    public static ImmutableArray<Transaction> SettleLate(Flow flow, RefundFacts facts, UInt128 available, UInt128 refundable)
    {
        Asset asset = facts.Ordered.Asset;
        AccountId clearing = HouseAccounts.PspClearing(facts.Provider, asset).Id;
        UInt128 net = facts.Ordered.MinorUnits - facts.FeeUnits;
        UInt128 taken = UInt128.Min(net, available);
        UInt128 counted = UInt128.Min(facts.Ordered.MinorUnits, refundable);
        Transaction money = Correction(
            flow,
            LateStep,
            VoidHoldStep,
            new(MerchantAccounts.Available(facts.MerchantId, asset).Id, clearing, taken, PaymentCodes.Refund),
            new(MerchantAccounts.Receivable(facts.MerchantId, asset).Id, clearing, net - taken, PaymentCodes.Refund),
            new(MerchantAccounts.Fees(asset).Id, clearing, facts.FeeUnits, PaymentCodes.RefundFee));
        return counted == 0 ? [money] :
        [
            money,
            Correction(
                flow,
                LateReserveStep,
                VoidReserveStep,
                new Transfer(
                    MerchantAccounts.Refundable(facts.PaymentId, asset).Id, MerchantAccounts.Memorandum(asset).Id, counted, PaymentCodes.RefundReserve)),
        ];
    }

    public static ImmutableArray<AccountDefinition> LateAccounts(RefundFacts facts) => [MerchantAccounts.Receivable(facts.MerchantId, facts.Ordered.Asset)];

    /// <summary>A part came back: the merchant and the fees have its money again, and it can be refunded again.</summary>
    public static ImmutableArray<Transaction> Return(Flow flow, int index) =>
    [
        Of(flow, RefundPart.Step("return", index), TransactionKind.Reverse, RefundPart.Step(PostHoldStep, index)),
        Of(flow, RefundPart.Step("return_reserve", index), TransactionKind.Reverse, RefundPart.Step(PostReserveStep, index)),
    ];

    /// <summary>What succeeded late has come back: what is owed is repaid first, the merchant has the rest again, and it can be refunded again.</summary>
    /// <param name="owed">What the merchant owes.</param>
    public static ImmutableArray<Transaction> ReturnLate(Flow flow, RefundFacts facts, UInt128 owed)
    {
        Asset asset = facts.Ordered.Asset;
        AccountId clearing = HouseAccounts.PspClearing(facts.Provider, asset).Id;
        UInt128 net = facts.Ordered.MinorUnits - facts.FeeUnits;
        UInt128 repaid = UInt128.Min(net, owed);
        Transaction money = Correction(
            flow,
            "late_return",
            LateStep,
            new(clearing, MerchantAccounts.Receivable(facts.MerchantId, asset).Id, repaid, PaymentCodes.Refund),
            new(clearing, MerchantAccounts.Available(facts.MerchantId, asset).Id, net - repaid, PaymentCodes.Refund),
            new(clearing, MerchantAccounts.Fees(asset).Id, facts.FeeUnits, PaymentCodes.RefundFee));
        return FlowFacts.Amount(facts.LateReserve, facts.Asset).MinorUnits == 0
            ? [money]
            : [money, Of(flow, "late_return_reserve", TransactionKind.Reverse, LateReserveStep)];
    }

    private static UInt128 FeeUpTo(RefundFacts facts, UInt128 givenBack) => checked(facts.FeeUnits * givenBack) / facts.Ordered.MinorUnits;

    private static Transaction Correction(Flow flow, string step, string corrected, params Transfer[] transfers) => new()
    {
        Id = FlowTransactions.IdOf(flow.Id, step),
        Kind = TransactionKind.Posted,
        Reference = flow.Id.ToString(),
        Metadata = FlowFacts.Write(new { Corrects = FlowTransactions.IdOf(flow.Id, corrected).ToGuid() }),
        Transfers = [.. transfers.Where(transfer => transfer.Amount > 0)],
    };

    private static Transaction Of(Flow flow, string step, TransactionKind kind, string related) => new()
    {
        Id = FlowTransactions.IdOf(flow.Id, step),
        Kind = kind,
        Related = FlowTransactions.IdOf(flow.Id, related),
        Reference = flow.Id.ToString(),
    };
}
