using Florin.Ledger;
using Florin.Ledger.Journal;
using Florin.Simulator.Model;
using Xunit;

namespace Florin.Tests.Ledger.Pipeline;

/// <summary>The naive model predicts the whole pipeline too, while the journal fails at random: no fault may change an answer.</summary>
public sealed class PipelineModelTests
{
    private const int Commands = 3_000;

    [Theory]
    [InlineData(101)]
    [InlineData(102)]
    [InlineData(103)]
    [InlineData(104)]
    public async Task Faults_of_the_journal_change_no_answer(int seed)
    {
        LedgerOptions options = new() { CheckpointTransfers = 50, BatchItemsMax = 4 };
        LedgerUnderTest ledger = LedgerUnderTest.Create(options);
        await ledger.Ledger.StartAsync(CancellationToken.None);
        NaiveLedger naive = new();
        RandomSubmissions commands = new(seed);
        Random faults = new(seed);
        for (int command = 1; command <= Commands; command++)
        {
            if (faults.Next(400) == 0)
            {
                ledger = await RestartAsync(ledger, options);
            }

            Script(ledger.Journal, faults);
            Submission submission = commands.Next();
            (TransactionStatus status, List<Prediction> predicted) = naive.Submit(submission);
            SubmissionResult actual = await ledger.SubmitAsync(submission);
            List<Prediction> answered = [.. actual.Transactions.Select(result => new Prediction(result.Status, result.TransferIndex, result.Sequence))];
            Assert.True(
                status == actual.Status && predicted.SequenceEqual(answered),
                $"seed {seed}, command {command}: predicted {status} [{string.Join("; ", predicted)}], was {actual.Status} [{string.Join("; ", answered)}]");
        }

        await SameByEveryWayOfRecoveryAsync(ledger);
    }

    private static void Script(FaultyJournal journal, Random random)
    {
        Add(journal.Appends);
        Add(journal.Reads);
        Add(journal.Checkpoints);

        void Add<TCall>(System.Collections.Concurrent.ConcurrentQueue<FaultyJournal.Step<TCall>> script)
        {
            if (script.IsEmpty && random.Next(30) == 0)
            {
                script.Enqueue(random.Next(2) == 0 ? FaultyJournal.FailBefore : FaultyJournal.FailAfter);
            }
        }
    }

    private static async Task<LedgerUnderTest> RestartAsync(LedgerUnderTest ledger, LedgerOptions options)
    {
        await ledger.DisposeAsync();
        await ledger.Ledger.Completion;
        LedgerUnderTest next = LedgerUnderTest.Create(options, ledger.Store);
        await next.Ledger.StartAsync(CancellationToken.None);
        return next;
    }

    private static async Task SameByEveryWayOfRecoveryAsync(LedgerUnderTest ledger)
    {
        byte[] hash = await ledger.Ledger.GetStateHashAsync(CancellationToken.None);
        Assert.InRange(ledger.Store.Checkpoint.Sequence, 1, long.MaxValue);
        await using LedgerUnderTest fromCheckpoint = await RestartAsync(ledger, new LedgerOptions());
        Assert.Equal(hash, await fromCheckpoint.Ledger.GetStateHashAsync(CancellationToken.None));

        // Its end stores a last checkpoint; only then is all of it taken away.
        await fromCheckpoint.DisposeAsync();
        ledger.Store.Checkpoint = new JournalCheckpoint(0, 0, []);
        ledger.Store.Totals.Clear();
        await using LedgerUnderTest fromHistory = await RestartAsync(fromCheckpoint, new LedgerOptions());
        Assert.Equal(hash, await fromHistory.Ledger.GetStateHashAsync(CancellationToken.None));
    }
}
