using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;

namespace Florin.Wallets.Withdrawals;

/// <summary>The ledger transactions of a withdrawal or of a merchant's payout, each under an id that follows from flow and step.</summary>
internal static class WithdrawalPostings
{
    private const string DebitStep = "debit";
    private const string PaidStep = "paid";
    private const string RefundStep = "refund";
    private const string UnpayStep = "unpay";
    private const string HoldStep = "hold";
    private const string PayOverStep = "pay_over";

    public static ImmutableArray<AccountDefinition> DebitAccounts(WithdrawalFacts facts) =>
    [
        facts.Available,
        ChartOfAccounts.PayoutInTransit(facts.Provider, facts.Ordered.Asset),
        .. facts.IsMerchants ? [HouseAccounts.MerchantReceivable(facts.UserId, facts.Ordered.Asset)] : ImmutableArray<AccountDefinition>.Empty,
    ];

    public static ImmutableArray<AccountDefinition> PaidAccounts(WithdrawalFacts facts) =>
    [
        ChartOfAccounts.PayoutInTransit(facts.Provider, facts.Ordered.Asset),
        ChartOfAccounts.PspClearing(facts.Provider, facts.Ordered.Asset),
    ];

    /// <summary>A merchant who owes the house something gets nothing before that is repaid.</summary>
    public static Transaction Debit(FlowId flow, WithdrawalFacts facts) => Posted(
        flow,
        DebitStep,
        facts.Available,
        ChartOfAccounts.PayoutInTransit(facts.Provider, facts.Ordered.Asset),
        facts,
        facts.IsMerchants ? TransferCodes.MerchantPayout : TransferCodes.Withdrawal) with
    {
        Conditions = facts.IsMerchants
            ? [new BalanceCondition(HouseAccounts.MerchantReceivable(facts.UserId, facts.Ordered.Asset).Id, BalanceMeasure.Posted, Comparison.Equal, 0)]
            : [],
    };

    /// <summary>The payout left the balance that the provider keeps for us: clearing, not a bank of ours.</summary>
    public static Transaction Paid(FlowId flow, WithdrawalFacts facts) => Posted(
        flow,
        PaidStep,
        ChartOfAccounts.PayoutInTransit(facts.Provider, facts.Ordered.Asset),
        ChartOfAccounts.PspClearing(facts.Provider, facts.Ordered.Asset),
        facts,
        TransferCodes.PayoutPaid);

    public static Transaction Refund(FlowId flow) => Reversal(flow, RefundStep, DebitStep);

    public static ImmutableArray<AccountDefinition> SuspenseAccounts(WithdrawalFacts facts) =>
        [facts.Suspense];

    /// <summary>What came back for an account that is frozen or closed.</summary>
    public static Transaction Hold(FlowId flow, WithdrawalFacts facts) => Posted(
        flow,
        HoldStep,
        ChartOfAccounts.PayoutInTransit(facts.Provider, facts.Ordered.Asset),
        facts.Suspense,
        facts,
        facts.IsMerchants ? TransferCodes.MerchantPayoutHeld : TransferCodes.WithdrawalHeld);

    /// <summary>From suspense to the account that is open again.</summary>
    public static Transaction PayOver(FlowId flow, WithdrawalFacts facts) => Posted(
        flow,
        PayOverStep,
        facts.Suspense,
        facts.Available,
        facts,
        facts.IsMerchants ? TransferCodes.MerchantPayoutReleased : TransferCodes.WithdrawalReleased);

    public static Transaction Unpay(FlowId flow) => Reversal(flow, UnpayStep, PaidStep);

    private static Transaction Posted(
        FlowId flow, string step, AccountDefinition debit, AccountDefinition credit, WithdrawalFacts facts, int code) => new()
        {
            Id = FlowTransactions.IdOf(flow, step),
            Kind = TransactionKind.Posted,
            Reference = flow.ToString(),
            Transfers = [new Transfer(debit.Id, credit.Id, facts.Ordered.MinorUnits, code)],
        };

    private static Transaction Reversal(FlowId flow, string step, string original) => new()
    {
        Id = FlowTransactions.IdOf(flow, step),
        Kind = TransactionKind.Reverse,
        Related = FlowTransactions.IdOf(flow, original),
        Reference = flow.ToString(),
    };
}
