using System.Collections.Immutable;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Florin.Ledger;
using Florin.Ledger.Journal;
using Florin.Ledger.StateMachine;
using Xunit;

namespace Florin.Tests.Ledger.StateMachine;

/// <summary>What holds after any list of submissions of all kinds, while time passes and holds expire.</summary>
public sealed class MixedProperties
{
    private static readonly Config Checking = Config.QuickThrowOnFailure.WithMaxTest(100);

    private static Arbitrary<ImmutableArray<Submission>> Histories { get; } = Arb.From(
        from seed in Gen.Choose(1, 1_000_000)
        from count in Gen.Choose(1, 200)
        select Take(seed, count),
        history => Enumerable.Range(1, history.Length - 1).Select(history.RemoveAt));

    [Fact]
    public void Debits_equal_credits_in_every_asset_and_no_wallet_is_overdrawn() => Check.One(Checking, Prop.ForAll(Histories, history =>
    {
        (LedgerState state, _) = Run(history);
        foreach (IGrouping<Asset, AccountState> asset in state.Accounts.GroupBy(account => account.Row.Id.Asset))
        {
            Assert.Equal(Sum(asset, totals => totals.DebitsPosted), Sum(asset, totals => totals.CreditsPosted));
            Assert.Equal(Sum(asset, totals => totals.DebitsPending), Sum(asset, totals => totals.CreditsPending));
        }

        Assert.DoesNotContain(state.Accounts, account => account.DebitsExceedCredits || account.CreditsExceedDebits);
    }));

    [Fact]
    public void What_accounts_hold_pending_is_what_open_holds_reserve() => Check.One(Checking, Prop.ForAll(Histories, history =>
    {
        (LedgerState state, _) = Run(history);
        BigInteger held = BigInteger.Zero;
        foreach (TransactionRecord pending in state.OpenPendings)
        {
            held += Enumerable.Range(0, pending.Transfers.Length).Aggregate(BigInteger.Zero, (sum, index) => sum + pending.HeldOf(index));
        }

        Assert.Equal(held, Sum(state.Accounts, totals => totals.DebitsPending));
    }));

    [Fact]
    public void Replay_of_the_rows_gives_the_same_state_and_the_same_answers() => Check.One(Checking, Prop.ForAll(Histories, history =>
    {
        (LedgerState state, List<JournalBatch> batches) = Run(history);
        LedgerState replayed = new();
        IRecoverySink sink = replayed;
        sink.Checkpoint(0);
        batches.SelectMany(batch => batch.Accounts).ToList().ForEach(account => sink.Account(account, default));
        batches.SelectMany(batch => batch.Standings).ToList().ForEach(standing => sink.Standing(standing.Account, standing.Standing));
        batches.SelectMany(batch => batch.Periods).ToList().ForEach(period => sink.ClosedThrough(period.Through));
        batches.SelectMany(batch => batch.Limits).ToList().ForEach(limit => sink.Limit(limit.Key, limit.Used, limit.ForgetAfter));
        batches.SelectMany(StoredRows.Of).ToList().ForEach(sink.Replay);
        Assert.Equal(state.Hash(), replayed.Hash());
        (LedgerStateMachine first, LedgerStateMachine second) = (new(state), new(replayed));
        foreach (Submission submission in history)
        {
            SubmissionResult one = first.Execute(submission, Batch(batches.Count + 1));
            SubmissionResult two = second.Execute(submission, Batch(batches.Count + 1));
            Assert.Equal(one.Status, two.Status);
            Assert.Equal(one.Transactions, two.Transactions);
        }
    }));

    private static (LedgerState State, List<JournalBatch> Batches) Run(ImmutableArray<Submission> history)
    {
        LedgerStateMachine machine = new(new LedgerState());
        List<JournalBatch> batches = [];
        foreach (Submission submission in history)
        {
            JournalBatch batch = Batch(batches.Count + 1);
            batches.Add(batch);
            machine.PassTime(batch, 8_192);
            machine.Execute(submission, batch);
        }

        return (machine.State, batches);
    }

    private static JournalBatch Batch(int number) => new() { Number = number, Timestamp = new DateTimeOffset(1970, 6, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(3 * number) };

    private static ImmutableArray<Submission> Take(int seed, int count)
    {
        MixedSubmissions random = new(seed);
        return [MixedSubmissions.Opening, .. Enumerable.Range(0, count).Select(_ => random.Next())];
    }

    private static BigInteger Sum(IEnumerable<AccountState> accounts, Func<AccountTotals, UInt128> select) =>
        accounts.Aggregate(BigInteger.Zero, (sum, account) => sum + select(account.Totals));
}
