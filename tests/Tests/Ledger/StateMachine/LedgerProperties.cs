using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Florin.Ledger;
using Florin.Ledger.Journal;
using Florin.Ledger.StateMachine;
using Florin.Simulator.Model;
using Xunit;

namespace Florin.Tests.Ledger.StateMachine;

/// <summary>What holds after any list of commands. FsCheck shrinks a failing list to the shortest that still fails.</summary>
public sealed class LedgerProperties
{
    private static readonly Config Checking = Config.QuickThrowOnFailure.WithMaxTest(100);

    /// <summary>Lists of submissions: a seed makes each list, and shrinking leaves submissions out.</summary>
    private static Arbitrary<ImmutableArray<Submission>> Histories { get; } = Arb.From(
        from seed in Gen.Choose(1, 1_000_000)
        from count in Gen.Choose(1, 120)
        select Take(seed, count),
        history => Enumerable.Range(0, history.Length).Select(history.RemoveAt));

    [Fact]
    public void Debits_equal_credits_in_every_asset_after_any_commands() => Check.One(Checking, Prop.ForAll(Histories, history =>
    {
        Run run = Run.Of(history);
        foreach (IGrouping<Asset, AccountState> asset in run.State.Accounts.GroupBy(account => account.Row.Id.Asset))
        {
            Assert.Equal(Sum(asset, totals => totals.DebitsPosted), Sum(asset, totals => totals.CreditsPosted));
            Assert.Equal(Sum(asset, totals => totals.DebitsPending), Sum(asset, totals => totals.CreditsPending));
        }
    }));

    [Fact]
    public void No_constraint_is_ever_broken() => Check.One(Checking, Prop.ForAll(Histories, history =>
    {
        Run run = new();
        foreach (Submission submission in history)
        {
            run.Execute(submission);
            Assert.DoesNotContain(run.State.Accounts, account => account.DebitsExceedCredits || account.CreditsExceedDebits);
        }
    }));

    [Fact]
    public void Replay_of_the_rows_gives_the_same_state() => Check.One(Checking, Prop.ForAll(Histories, history =>
    {
        Run run = Run.Of(history);
        LedgerState replayed = new();
        replayed.Checkpoint(0);
        run.Batches.SelectMany(batch => batch.Accounts).ToList().ForEach(account => replayed.Account(account, default));
        foreach (StoredTransaction stored in run.Batches.SelectMany(StoredRows.Of))
        {
            replayed.Replay(stored);
        }

        Assert.Equal(run.State.Hash(), replayed.Hash());

        // Equal states answer alike, also to what was asked before.
        LedgerStateMachine again = new(replayed);
        foreach (Submission submission in history)
        {
            SubmissionResult first = run.Machine.Execute(submission, Run.NextBatch(run.Batches.Count + 1));
            SubmissionResult second = again.Execute(submission, Run.NextBatch(run.Batches.Count + 1));
            Assert.Equal(first.Status, second.Status);
            Assert.Equal(first.Transactions, second.Transactions);
        }
    }));

    [Fact]
    public void A_retry_exists_with_the_same_sequence() => Check.One(Checking, Prop.ForAll(Histories, history =>
    {
        Run run = new();
        List<(Submission Submission, SubmissionResult Result)> applied = [];
        foreach (Submission submission in history)
        {
            SubmissionResult result = run.Execute(submission);
            if (result.IsApplied && submission.Transactions.Length > 0)
            {
                applied.Add((submission with { Accounts = [] }, result));
            }
        }

        byte[] before = run.State.Hash();
        foreach ((Submission submission, SubmissionResult result) in applied)
        {
            SubmissionResult retry = run.Execute(submission);
            Assert.Equal(TransactionStatus.Exists, retry.Status);
            Assert.All(retry.Transactions, transaction => Assert.Equal(TransactionStatus.Exists, transaction.Status));
            Assert.Equal(result.Transactions.Select(At), retry.Transactions.Select(At));
        }

        Assert.Equal(before, run.State.Hash());
    }));

    [Fact]
    public void The_order_of_transfers_within_a_transaction_does_not_matter() => Check.One(Checking, Prop.ForAll(Histories, history =>
    {
        (Run straight, Run turned) = (new Run(), new Run());
        foreach (Submission submission in history)
        {
            // Which flaw is named may differ with the order, and a repeat in another order is another content: neither is asked here.
            if (submission.Transactions.Any(transaction => straight.State.Find(transaction.Id) is not null))
            {
                continue;
            }

            Submission reversed = submission with { Transactions = [.. submission.Transactions.Select(Turned)] };
            Assert.Equal(straight.Execute(submission).IsApplied, turned.Execute(reversed).IsApplied);
            Assert.Equal(straight.State.Hash(), turned.State.Hash());
        }
    }));

    // A post's amounts follow the order of what it refers to, which is turned too.
    private static Transaction Turned(Transaction transaction) =>
        transaction with { Transfers = [.. transaction.Transfers.Reverse()], Amounts = [.. transaction.Amounts.Reverse()] };

    private static (ulong, DateTimeOffset) At(TransactionResult result) => (result.Sequence, result.Timestamp);

    private static ImmutableArray<Submission> Take(int seed, int count)
    {
        RandomSubmissions random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next())];
    }

    private static System.Numerics.BigInteger Sum(IEnumerable<AccountState> accounts, Func<AccountTotals, UInt128> select) =>
        accounts.Aggregate(System.Numerics.BigInteger.Zero, (sum, account) => sum + select(account.Totals));

    private sealed class Run
    {
        public Run() => Machine = new LedgerStateMachine(new LedgerState());

        public LedgerStateMachine Machine { get; }

        public LedgerState State => Machine.State;

        public List<JournalBatch> Batches { get; } = [];

        public static Run Of(IEnumerable<Submission> history)
        {
            Run run = new();
            foreach (Submission submission in history)
            {
                run.Execute(submission);
            }

            return run;
        }

        public static JournalBatch NextBatch(int number) => new() { Number = number, Timestamp = DateTimeOffset.UnixEpoch.AddSeconds(number) };

        public SubmissionResult Execute(Submission submission)
        {
            JournalBatch batch = NextBatch(Batches.Count + 1);
            Batches.Add(batch);
            return Machine.Execute(submission, batch);
        }
    }
}
