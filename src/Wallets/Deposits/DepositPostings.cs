using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;

namespace Florin.Wallets.Deposits;

/// <summary>The ledger transactions of a deposit, each under an id that follows from flow and step.</summary>
internal static class DepositPostings
{
    private const string CreditStep = "credit";
    private const string PendingStep = "pending";
    private const string SettleStep = "settle";
    private const string ReleaseStep = "release";
    private const string SuspenseStep = "suspense";
    private const string LateCreditStep = "late_credit";
    private const string HoldStep = "hold";
    private const string PayOverStep = "pay_over";

    public static ImmutableArray<AccountDefinition> Accounts(DepositFacts facts) =>
        [ChartOfAccounts.PspClearing(facts.Provider, facts.Ordered.Asset), ChartOfAccounts.UserAvailable(facts.UserId, facts.Ordered.Asset)];

    public static ImmutableArray<AccountDefinition> SuspenseAccounts(DepositFacts facts, Asset received) =>
        [ChartOfAccounts.PspClearing(facts.Provider, received), ChartOfAccounts.Suspense(facts.Provider, received)];

    public static ImmutableArray<AccountDefinition> HoldAccounts(DepositFacts facts) =>
        [ChartOfAccounts.PspClearing(facts.Provider, facts.Ordered.Asset), ChartOfAccounts.UserSuspense(facts.UserId, facts.Ordered.Asset)];

    public static ImmutableArray<AccountDefinition> PayOverAccounts(DepositFacts facts) =>
        [ChartOfAccounts.UserSuspense(facts.UserId, facts.Ordered.Asset), ChartOfAccounts.UserAvailable(facts.UserId, facts.Ordered.Asset)];

    /// <summary>What arrived for an account that is frozen or closed.</summary>
    public static Transaction Hold(Flow flow, DepositFacts facts) =>
        Posted(flow, HoldStep, HoldAccounts(facts), facts.Ordered, TransferCodes.DepositHeld);

    /// <summary>From suspense to the account that is open again.</summary>
    public static Transaction PayOver(Flow flow, DepositFacts facts) =>
        Posted(flow, PayOverStep, PayOverAccounts(facts), facts.Ordered, TransferCodes.DepositReleased);

    public static Transaction Credit(Flow flow, DepositFacts facts) => ToUser(flow, facts, CreditStep, TransactionKind.Posted);

    public static Transaction LateCredit(Flow flow, DepositFacts facts) => ToUser(flow, facts, LateCreditStep, TransactionKind.Posted);

    public static Transaction Pending(Flow flow, DepositFacts facts) => ToUser(flow, facts, PendingStep, TransactionKind.Pending);

    public static Transaction Settle(Flow flow) => OfPending(flow, SettleStep, TransactionKind.Post);

    public static Transaction Release(Flow flow) => OfPending(flow, ReleaseStep, TransactionKind.Void);

    public static Transaction Suspense(Flow flow, DepositFacts facts, Money received) => new()
    {
        Id = FlowTransactions.IdOf(flow.Id, SuspenseStep),
        Kind = TransactionKind.Posted,
        Reference = flow.Id.ToString(),
        Transfers =
        [
            new Transfer(
                ChartOfAccounts.PspClearing(facts.Provider, received.Asset).Id,
                ChartOfAccounts.Suspense(facts.Provider, received.Asset).Id,
                received.MinorUnits,
                TransferCodes.DepositToSuspense),
        ],
    };

    private static Transaction ToUser(Flow flow, DepositFacts facts, string step, TransactionKind kind) => new()
    {
        Id = FlowTransactions.IdOf(flow.Id, step),
        Kind = kind,
        Reference = flow.Id.ToString(),
        Transfers =
        [
            new Transfer(
                ChartOfAccounts.PspClearing(facts.Provider, facts.Ordered.Asset).Id,
                ChartOfAccounts.UserAvailable(facts.UserId, facts.Ordered.Asset).Id,
                facts.Ordered.MinorUnits,
                TransferCodes.Deposit),
        ],
    };

    private static Transaction Posted(Flow flow, string step, ImmutableArray<AccountDefinition> accounts, Money amount, int code) => new()
    {
        Id = FlowTransactions.IdOf(flow.Id, step),
        Kind = TransactionKind.Posted,
        Reference = flow.Id.ToString(),
        Transfers = [new Transfer(accounts[0].Id, accounts[1].Id, amount.MinorUnits, code)],
    };

    private static Transaction OfPending(Flow flow, string step, TransactionKind kind) => new()
    {
        Id = FlowTransactions.IdOf(flow.Id, step),
        Kind = kind,
        Related = FlowTransactions.IdOf(flow.Id, PendingStep),
        Reference = flow.Id.ToString(),
    };
}
