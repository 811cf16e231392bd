using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;
using Florin.Providers;

namespace Florin.Payments.Settlement;

/// <summary>The ledger transactions of a settlement: one for each line, under an id that follows from the provider's id of the line, and one when it came back.</summary>
internal sealed class SettlementPostings(Flow flow, SettlementFacts facts)
{
    private readonly Asset _asset = facts.Currency;

    private AccountId Clearing => HouseAccounts.PspClearing(facts.Provider, _asset).Id;

    private AccountId Bank => HouseAccounts.BankSafeguarded(facts.Bank, _asset).Id;

    private AccountId Operating => HouseAccounts.BankOperating(facts.Bank, _asset).Id;

    private AccountId Fees => MerchantAccounts.PspFees(_asset).Id;

    private AccountId Differences => MerchantAccounts.SettlementDifferences(_asset).Id;

    private AccountId Suspense => HouseAccounts.Suspense(facts.Provider, _asset).Id;

    private AccountId Shortfall => HouseAccounts.Shortfall(facts.Provider, _asset).Id;

    public ImmutableArray<AccountDefinition> Accounts() =>
    [
        HouseAccounts.PspClearing(facts.Provider, _asset), HouseAccounts.BankSafeguarded(facts.Bank, _asset), HouseAccounts.BankOperating(facts.Bank, _asset),
        MerchantAccounts.PspFees(_asset), MerchantAccounts.SettlementDifferences(_asset), HouseAccounts.Suspense(facts.Provider, _asset),
        HouseAccounts.Shortfall(facts.Provider, _asset),
    ];

    /// <returns><see langword="null"/> for a line that moves nothing.</returns>
    public Transaction? Of(SettlementRow row)
    {
        SettlementLine line = row.Line;
        Transfer?[] transfers = row.IsSuspense ? Nobody(line) : line.Kind switch
        {
            SettlementLineKind.Payment => Payment(line, row.Difference),

            // The dispute's own flow posts its fee.
            SettlementLineKind.Dispute or SettlementLineKind.DisputeReversal or SettlementLineKind.BatchReturned or SettlementLineKind.Withheld
                or SettlementLineKind.Carried =>
                [Move(Bank, Clearing, line.Net, PaymentCodes.Settlement)],
            SettlementLineKind.Fee => HouseBears(-line.Net),
            _ => [Move(Bank, Clearing, line.Gross, PaymentCodes.Settlement), .. HouseBears(line.Fee)],
        };
        ImmutableArray<Transfer> moves = [.. transfers.Where(transfer => transfer is not null).Select(transfer => transfer!.Value)];
        return moves.IsEmpty ? null : new Transaction
        {
            Id = TransactionId.FromName($"florin/settlement/{facts.Provider}/{line.Id}"),
            Kind = TransactionKind.Posted,
            Reference = row.FlowId?.ToString("D") ?? flow.Id.ToString(),
            Metadata = FlowFacts.Write(new { Settlement = flow.Id.Value, Line = line.Id }),
            Transfers = moves,
        };
    }

    /// <summary>All of it did not arrive. What the provider kept of its lines it keeps.</summary>
    public Transaction? Return()
    {
        Transfer? back = Move(Clearing, Bank, facts.Net, PaymentCodes.SettlementReturned);
        return back is not { } transfer ? null : new Transaction
        {
            Id = FlowTransactions.IdOf(flow.Id, "return"),
            Kind = TransactionKind.Posted,
            Reference = flow.Id.ToString(),
            Transfers = [transfer],
        };
    }

    /// <param name="difference">What was settled more than was captured: to suspense, or less: the house's loss (fault R-14).</param>
    private Transfer?[] Payment(SettlementLine line, Int128 difference)
    {
        Int128 missing = difference < 0 ? -difference : 0;
        Int128 surplus = difference > 0 ? difference : 0;
        return
        [
            Move(Bank, Clearing, line.Net - surplus, PaymentCodes.Settlement),
            Move(Fees, Clearing, line.Fee, PaymentCodes.SettlementFee),
            Move(Differences, Clearing, missing, PaymentCodes.SettlementDifference),
            Move(Bank, Suspense, surplus, PaymentCodes.SettlementToSuspense),
            Move(Bank, Operating, line.Fee + missing, PaymentCodes.SettlementTopUp),
        ];
    }

    private Transfer?[] HouseBears(Int128 amount) =>
        [Move(Fees, Bank, amount, PaymentCodes.SettlementFee), Move(Bank, Operating, amount, PaymentCodes.SettlementTopUp)];

    private Transfer?[] Nobody(SettlementLine line) => line.Gross > 0
        ?
        [
            Move(Bank, Suspense, line.Net, PaymentCodes.SettlementToSuspense),
            Move(Fees, Suspense, line.Fee, PaymentCodes.SettlementFee),
            Move(Bank, Operating, line.Fee, PaymentCodes.SettlementTopUp),
        ]
        : [Move(Shortfall, Bank, -line.Net, PaymentCodes.SettlementShortfall)];

    /// <summary>Below zero it goes the other way; zero is no transfer.</summary>
    private static Transfer? Move(AccountId debit, AccountId credit, Int128 amount, int code) => amount == 0 ? null
        : amount > 0 ? new Transfer(debit, credit, (UInt128)amount, code)
        : new Transfer(credit, debit, (UInt128)(-amount), code);
}
