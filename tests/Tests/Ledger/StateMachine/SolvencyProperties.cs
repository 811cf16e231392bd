using System.Collections.Immutable;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Florin.Ledger;
using Florin.Ledger.Journal;
using Florin.Ledger.StateMachine;
using Xunit;

namespace Florin.Tests.Ledger.StateMachine;

/// <summary>The solvency gate against what it promises, computed from all balances before and after each transaction.</summary>
public sealed class SolvencyProperties
{
    private static readonly Config Checking = Config.QuickThrowOnFailure.WithMaxTest(200);

    // Held, held, owed, owed, the house's income, the house's expense.
    private static readonly AccountDefinition[] Accounts =
    [
        Define("trust", NormalSide.Debit, AccountFlags.Safeguarding), Define("psp", NormalSide.Debit, AccountFlags.Safeguarding),
        Define("ann", NormalSide.Credit, AccountFlags.Safeguarding), Define("ben", NormalSide.Credit, AccountFlags.Safeguarding),
        Define("fees", NormalSide.Credit, AccountFlags.None), Define("promo", NormalSide.Debit, AccountFlags.None),
    ];

    private static Arbitrary<ImmutableArray<(int Debit, int Credit, int Amount)[]>> Histories { get; } = Arb.From(
        from transactions in
            (from count in Gen.Choose(1, 3)
             from transfers in (from debit in Gen.Choose(0, 5) from step in Gen.Choose(1, 5) from amount in Gen.Choose(1, 9) select (debit, (debit + step) % 6, amount)).ArrayOf(count)
             select transfers).ArrayOf(40)
        select transactions.ToImmutableArray(),
        history => Enumerable.Range(0, history.Length).Select(history.RemoveAt));

    [Fact]
    [Fault("L-09")]
    public void A_transaction_is_refused_just_when_it_owes_more_and_raises_a_shortfall() => Check.One(Checking, Prop.ForAll(Histories, history =>
    {
        LedgerStateMachine machine = new(new LedgerState());
        machine.Execute(new Submission { Accounts = [.. Accounts] }, Batch(1));
        JournalBatch batch = Batch(2);
        BigInteger[] balances = new BigInteger[Accounts.Length];
        for (int number = 0; number < history.Length; number++)
        {
            BigInteger[] after = [.. balances];
            foreach ((int debit, int credit, int amount) in history[number])
            {
                after[debit] += amount;
                after[credit] -= amount;
            }

            // Debits less credits: what is held above, what is owed below zero.
            bool owesMore = after[2] + after[3] < balances[2] + balances[3];
            BigInteger shortfall = Shortfall(after);
            bool isRefused = owesMore && shortfall > Shortfall(balances);
            Transaction transaction = new()
            {
                Id = new TransactionId((UInt128)(number + 1)),
                Kind = TransactionKind.Posted,
                Transfers = [.. history[number].Select(transfer => new Transfer(Accounts[transfer.Debit].Id, Accounts[transfer.Credit].Id, (UInt128)transfer.Amount, 1))],
            };
            TransactionResult result = machine.ExecuteAlone(transaction, batch);
            Assert.Equal(isRefused ? TransactionStatus.ExceedsSafeguarded : TransactionStatus.Created, result.Status);
            balances = isRefused ? balances : after;
            machine = number == history.Length / 2 ? Recovered(machine.State) : machine;
        }
    }));

    private static LedgerStateMachine Recovered(LedgerState from)
    {
        LedgerState recovered = new();
        IRecoverySink sink = recovered;
        sink.Checkpoint(from.Sequence);
        from.Accounts.ToList().ForEach(account => sink.Account(account.Row, account.Totals));
        return new LedgerStateMachine(recovered);
    }

    private static BigInteger Shortfall(BigInteger[] balances) => BigInteger.Max(0, -(balances[0] + balances[1] + balances[2] + balances[3]));

    private static AccountDefinition Define(string address, NormalSide side, AccountFlags flags) => new(AccountId.Of(address, Assets.Get("USD")), side, flags);

    private static JournalBatch Batch(int number) => new() { Number = number, Timestamp = DateTimeOffset.UnixEpoch.AddSeconds(number) };
}
