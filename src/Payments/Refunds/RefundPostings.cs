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

    public static ImmutableArray<Transaction> Settle(Flow flow) =>
        [Of(flow, PostHoldStep, TransactionKind.Post, HoldStep), Of(flow, PostReserveStep, TransactionKind.Post, ReserveStep)];

    public static ImmutableArray<Transaction> Release(Flow flow) =>
        [Of(flow, "void_hold", TransactionKind.Void, HoldStep), Of(flow, "void_reserve", TransactionKind.Void, ReserveStep)];

    /// <summary>It came back: the merchant and the fees have their money again, and it can be refunded again.</summary>
    public static ImmutableArray<Transaction> Return(Flow flow) =>
        [Of(flow, "return", TransactionKind.Reverse, PostHoldStep), Of(flow, "return_reserve", TransactionKind.Reverse, PostReserveStep)];

    private static Transaction Of(Flow flow, string step, TransactionKind kind, string related) => new()
    {
        Id = FlowTransactions.IdOf(flow.Id, step),
        Kind = kind,
        Related = FlowTransactions.IdOf(flow.Id, related),
        Reference = flow.Id.ToString(),
    };
}
