using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;

namespace Florin.Payments.Disputes;

/// <summary>
/// Beside the postings of a dispute at the rate of its payment: what the provider moved more or less, which ends as a gain or loss of the house (fault R-08).
/// </summary>
internal sealed class DisputeExchangePostings(Flow flow, DisputeFacts facts)
{
    private readonly Asset _asset = facts.Disputed.Asset;

    private AccountId Clearing => HouseAccounts.PspClearing(facts.Provider, _asset).Id;

    private AccountId Held => MerchantAccounts.DisputeHeld(facts.Provider, _asset).Id;

    private AccountId Result => HouseAccounts.ExchangeResult(_asset).Id;

    /// <summary>Signed: what the provider withdrew for the present leg beyond the disputed part at the rate of the payment.</summary>
    private Int128 Excess => facts.Exchange is { } exchange
        ? (Int128)FlowFacts.Amount(exchange.Leg, facts.Asset).MinorUnits - (Int128)facts.Disputed.MinorUnits
        : 0;

    public ImmutableArray<AccountDefinition> Accounts() => facts.Exchange is null ? [] : [HouseAccounts.ExchangeResult(_asset)];

    /// <summary>After the opening of a leg.</summary>
    public ImmutableArray<Transaction> Open() => Post("exchange_open", Move(Held, Clearing, Excess));

    /// <summary>Before the loss of a leg.</summary>
    public ImmutableArray<Transaction> Lose() => Post("exchange_lose", Move(Result, Held, Excess));

    /// <summary>Before the end of a leg that was won.</summary>
    /// <param name="regained">What the provider gave back.</param>
    public ImmutableArray<Transaction> Regain(UInt128 regained) => facts.Exchange is null
        ? []
        : Post("exchange_regain", Move(Result, Held, Excess), Move(Clearing, Result, (Int128)regained - (Int128)facts.Disputed.MinorUnits));

    private ImmutableArray<Transaction> Post(string step, params Transfer?[] transfers)
    {
        ImmutableArray<Transfer> moves = [.. transfers.Where(transfer => transfer is not null).Select(transfer => transfer!.Value)];
        return moves.IsEmpty ? [] :
        [
            new Transaction
            {
                Id = FlowTransactions.IdOf(flow.Id, $"{step}:{facts.Legs}"),
                Kind = TransactionKind.Posted,
                Reference = flow.Id.ToString(),
                Transfers = moves,
            },
        ];
    }

    /// <summary>Below zero it goes the other way; zero is no transfer.</summary>
    private static Transfer? Move(AccountId debit, AccountId credit, Int128 amount) => amount == 0 ? null
        : amount > 0 ? new Transfer(debit, credit, (UInt128)amount, PaymentCodes.DisputeExchange)
        : new Transfer(credit, debit, (UInt128)(-amount), PaymentCodes.DisputeExchange);
}
