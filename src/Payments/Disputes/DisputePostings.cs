using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;

namespace Florin.Payments.Disputes;

/// <summary>The ledger transactions of a dispute, each under an id that follows from flow and leg. Amounts are in smallest units.</summary>
internal sealed class DisputePostings(Flow flow, DisputeFacts facts)
{
    private readonly Asset _asset = facts.Disputed.Asset;

    private AccountId Clearing => HouseAccounts.PspClearing(facts.Provider, _asset).Id;

    private AccountId Held => MerchantAccounts.DisputeHeld(facts.Provider, _asset).Id;

    private AccountId Reserve => MerchantAccounts.Reserve(facts.MerchantId, _asset).Id;

    private AccountId Available => MerchantAccounts.Available(facts.MerchantId, _asset).Id;

    private AccountId Receivable => MerchantAccounts.Receivable(facts.MerchantId, _asset).Id;

    public ImmutableArray<AccountDefinition> Accounts() =>
    [
        HouseAccounts.PspClearing(facts.Provider, _asset), MerchantAccounts.DisputeHeld(facts.Provider, _asset),
        MerchantAccounts.Reserve(facts.MerchantId, _asset), MerchantAccounts.Available(facts.MerchantId, _asset),
        MerchantAccounts.Receivable(facts.MerchantId, _asset), MerchantAccounts.PspFees(_asset),
    ];

    /// <param name="available">What the merchant has; the rest becomes a debt (fault R-09).</param>
    public Transaction Open(UInt128 available)
    {
        UInt128 amount = facts.Disputed.MinorUnits;
        UInt128 taken = UInt128.Min(amount, available);
        return Posted(
            Step("open"),
            new Transfer(Held, Clearing, amount, PaymentCodes.DisputeHeld),
            new Transfer(Available, Reserve, taken, PaymentCodes.DisputeReserve),
            new Transfer(Receivable, Reserve, amount - taken, PaymentCodes.DisputeReserve));
    }

    /// <summary>What is disputed cannot be refunded as well (fault R-06): kept while the dispute is open, gone for good when it was lost.</summary>
    /// <param name="number">Of the leg's transactions that keep something: from 1.</param>
    /// <param name="reserved">Above zero.</param>
    public Transaction Memo(int number, UInt128 reserved, bool isLost) => new()
    {
        Id = StepOf("memo", number),
        Kind = isLost ? TransactionKind.Posted : TransactionKind.Pending,
        Reference = flow.Id.ToString(),
        Transfers =
        [
            new Transfer(
                MerchantAccounts.Refundable(facts.PaymentId, _asset).Id, MerchantAccounts.Memorandum(_asset).Id, reserved, PaymentCodes.RefundReserve),
        ],
    };

    /// <param name="owed">What the merchant still owes.</param>
    public ImmutableArray<Transaction> Regain(UInt128 owed)
    {
        UInt128 amount = facts.Disputed.MinorUnits;
        UInt128 repaid = UInt128.Min(amount, owed);
        Transaction regain = Posted(
            Step("regain"),
            new Transfer(Clearing, Held, amount, PaymentCodes.DisputeHeld),
            new Transfer(Reserve, Receivable, repaid, PaymentCodes.DisputeReserve),
            new Transfer(Reserve, Available, amount - repaid, PaymentCodes.DisputeReserve));
        return [regain, .. OfMemos("void_memo", TransactionKind.Void)];
    }

    public ImmutableArray<Transaction> Lose() =>
    [
        Posted(Step("lose"), new Transfer(Reserve, Held, facts.Disputed.MinorUnits, PaymentCodes.DisputeLost)),
        .. OfMemos("post_memo", TransactionKind.Post),
    ];

    /// <param name="amount">Above zero.</param>
    /// <param name="total">All that was repaid with it, which names the transaction.</param>
    public Transaction Repay(UInt128 amount, UInt128 total) =>
        Posted(Step($"repay:{total}"), new Transfer(Available, Receivable, amount, PaymentCodes.DisputeRepaid));

    /// <param name="total">What the provider has taken in all.</param>
    public Transaction Fee(UInt128 before, UInt128 total) => Posted(
        FlowTransactions.IdOf(flow.Id, $"fee:{total}"), new Transfer(MerchantAccounts.PspFees(_asset).Id, Clearing, total - before, PaymentCodes.DisputeFee));

    private TransactionId Step(string step) => FlowTransactions.IdOf(flow.Id, $"{step}:{facts.Legs}");

    /// <summary>The first has the name that it had when there was no further one.</summary>
    private TransactionId StepOf(string step, int number) =>
        number == 1 ? Step(step) : FlowTransactions.IdOf(flow.Id, $"{step}:{facts.Legs}:{number}");

    private IEnumerable<Transaction> OfMemos(string step, TransactionKind kind) => Enumerable.Range(1, facts.MemoCount).Select(number => new Transaction
    {
        Id = StepOf(step, number),
        Kind = kind,
        Related = StepOf("memo", number),
        Reference = flow.Id.ToString(),
    });

    private Transaction Posted(TransactionId id, params Transfer[] transfers) => new()
    {
        Id = id,
        Kind = TransactionKind.Posted,
        Reference = flow.Id.ToString(),
        Transfers = [.. transfers.Where(transfer => transfer.Amount > 0)],
    };
}
