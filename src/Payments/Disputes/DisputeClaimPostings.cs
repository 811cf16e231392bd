using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;

namespace Florin.Payments.Disputes;

/// <summary>
/// What a lost dispute takes although it was given back before by refunds is no loss of the merchant's: it gets it back, and the house claims it from the
/// provider (fault R-05). Until it is paid the house makes up for it, so that customers stay covered.
/// </summary>
internal sealed class DisputeClaimPostings(Flow flow, DisputeFacts facts, string bank)
{
    private readonly Asset _asset = facts.Disputed.Asset;

    public ImmutableArray<AccountDefinition> Accounts() =>
    [
        MerchantAccounts.Claim(facts.Provider, _asset), HouseAccounts.BankSafeguarded(bank, _asset), HouseAccounts.BankOperating(bank, _asset),
    ];

    /// <param name="amount">What was given back before; above zero.</param>
    /// <param name="owed">What the merchant owes.</param>
    public Transaction Claim(UInt128 amount, UInt128 owed)
    {
        UInt128 repaid = UInt128.Min(amount, owed);
        AccountId claim = MerchantAccounts.Claim(facts.Provider, _asset).Id;
        Transfer[] transfers =
        [
            new(HouseAccounts.BankSafeguarded(bank, _asset).Id, HouseAccounts.BankOperating(bank, _asset).Id, amount, PaymentCodes.DisputeClaimMadeUp),
            new(claim, MerchantAccounts.Receivable(facts.MerchantId, _asset).Id, repaid, PaymentCodes.DisputeClaim),
            new(claim, MerchantAccounts.Available(facts.MerchantId, _asset).Id, amount - repaid, PaymentCodes.DisputeClaim),
        ];
        return Posted($"claim:{facts.Legs}", transfers);
    }

    /// <summary>A refund that was under way failed after the loss: it gave nothing back, and so much is no claim.</summary>
    /// <param name="number">Which of the leg's it is.</param>
    /// <param name="amount">Above zero, and at most what is claimed.</param>
    /// <param name="available">What the merchant has; the rest becomes a debt.</param>
    public Transaction Withdraw(int number, UInt128 amount, UInt128 available)
    {
        UInt128 taken = UInt128.Min(amount, available);
        AccountId claim = MerchantAccounts.Claim(facts.Provider, _asset).Id;
        return Posted(
            $"withdraw_claim:{facts.Legs}:{number}",
            [
                new(MerchantAccounts.Available(facts.MerchantId, _asset).Id, claim, taken, PaymentCodes.DisputeClaim),
                new(MerchantAccounts.Receivable(facts.MerchantId, _asset).Id, claim, amount - taken, PaymentCodes.DisputeClaim),
                new(HouseAccounts.BankOperating(bank, _asset).Id, HouseAccounts.BankSafeguarded(bank, _asset).Id, amount, PaymentCodes.DisputeClaimMadeUp),
            ]);
    }

    private Transaction Posted(string step, Transfer[] transfers) => new()
    {
        Id = FlowTransactions.IdOf(flow.Id, step),
        Kind = TransactionKind.Posted,
        Reference = flow.Id.ToString(),
        Transfers = [.. transfers.Where(transfer => transfer.Amount > 0)],
    };
}
