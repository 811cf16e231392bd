using System.Numerics;
using Florin.Ledger;
using Florin.Ledger.Journal;
using Florin.Ledger.StateMachine;
using Florin.Simulator.Model;
using Xunit;

namespace Florin.Tests.Ledger.Model;

/// <summary>An independent, naive ledger predicts each answer of the real one.</summary>
public sealed class ModelTests
{
    private const int Seeds = 10;
    private const int CommandsPerSeed = 10_000;

    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static TheoryData<int> EachSeed => [.. Enumerable.Range(1, Seeds)];

    [Theory]
    [MemberData(nameof(EachSeed))]
    [Fault("M-08")]
    public void The_naive_model_predicts_every_answer(int seed)
    {
        NaiveLedger naive = new();
        LedgerStateMachine machine = new(new LedgerState());
        RandomSubmissions random = new(seed, withTerms: true);
        HashSet<TransactionStatus> reached = [];
        for (int command = 1; command <= CommandsPerSeed; command++)
        {
            Submission submission = random.Next();
            DateTimeOffset now = Start.AddSeconds(command);
            (TransactionStatus status, List<Prediction> predicted) = naive.Submit(submission, now);
            SubmissionResult actual = machine.Execute(submission, new JournalBatch { Number = command, Timestamp = now });

            List<Prediction> answered = [.. actual.Transactions.Select(result => new Prediction(result.Status, result.TransferIndex, result.Sequence))];
            Assert.True(
                status == actual.Status && predicted.SequenceEqual(answered),
                $"seed {seed}, command {command}: predicted {status} [{string.Join("; ", predicted)}], was {actual.Status} [{string.Join("; ", answered)}]\n{Describe(submission)}");
            reached.UnionWith(answered.Select(answer => answer.Status));
        }

        SameTotals(seed, naive, machine.State);
        Assert.True(reached.Count >= 50, $"seed {seed} reached only {reached.Count} of the statuses: the commands are too tame");
    }

    private static void SameTotals(int seed, NaiveLedger naive, LedgerState state)
    {
        Assert.Equal(naive.Sequence, state.Sequence);
        Assert.Equal(naive.Accounts.Order(), state.Accounts.Select(account => account.Row.Id.ToString()).Order());
        Dictionary<string, BigInteger[]> book = naive.AddUp();
        foreach (AccountState account in state.Accounts)
        {
            AccountTotals totals = account.Totals;
            BigInteger[] actual = [totals.DebitsPending, totals.DebitsPosted, totals.CreditsPending, totals.CreditsPosted];
            string name = account.Row.Id.ToString();
            Assert.True(book[name].SequenceEqual(actual), $"seed {seed}: {name} is {totals}, the book adds up to {string.Join(", ", book[name])}");
            Assert.Equal(book[name], naive.Totals(name));
        }
    }

    private static string Describe(Submission submission) => string.Join('\n', submission.Transactions.Select(transaction =>
        $"{transaction} transfers [{string.Join("; ", transaction.Transfers)}] amounts [{string.Join(", ", transaction.Amounts)}]"));
}
