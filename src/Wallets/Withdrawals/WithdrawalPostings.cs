using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;

namespace Florin.Wallets.Withdrawals;

/// <summary>The ledger transactions of a withdrawal, each under an id that follows from flow and step.</summary>
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
        ChartOfAccounts.UserAvailable(facts.UserId, facts.Ordered.Asset),
        ChartOfAccounts.PayoutInTransit(facts.Provider, facts.Ordered.Asset),
    ];

    public static ImmutableArray<AccountDefinition> PaidAccounts(WithdrawalFacts facts) =>
    [
        ChartOfAccounts.PayoutInTransit(facts.Provider, facts.Ordered.Asset),
        ChartOfAccounts.PspClearing(facts.Provider, facts.Ordered.Asset),
    ];

    public static Transaction Debit(FlowId flow, WithdrawalFacts facts) => Posted(
        flow,
        DebitStep,
        ChartOfAccounts.UserAvailable(facts.UserId, facts.Ordered.Asset),
        ChartOfAccounts.PayoutInTransit(facts.Provider, facts.Ordered.Asset),
        facts,
        TransferCodes.Withdrawal);

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
        [ChartOfAccounts.UserSuspense(facts.UserId, facts.Ordered.Asset)];

    /// <summary>What came back for an account that is frozen or closed.</summary>
    public static Transaction Hold(FlowId flow, WithdrawalFacts facts) => Posted(
        flow,
        HoldStep,
        ChartOfAccounts.PayoutInTransit(facts.Provider, facts.Ordered.Asset),
        ChartOfAccounts.UserSuspense(facts.UserId, facts.Ordered.Asset),
        facts,
        TransferCodes.WithdrawalHeld);

    /// <summary>From suspense to the account that is open again.</summary>
    public static Transaction PayOver(FlowId flow, WithdrawalFacts facts) => Posted(
        flow,
        PayOverStep,
        ChartOfAccounts.UserSuspense(facts.UserId, facts.Ordered.Asset),
        ChartOfAccounts.UserAvailable(facts.UserId, facts.Ordered.Asset),
        facts,
        TransferCodes.WithdrawalReleased);

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
