using Florin.Ledger;
using Florin.Ledger.Journal;
using Florin.Simulator.Model;
using Florin.Tests.Ledger.Pipeline;
using Florin.Tests.Support;
using Xunit;
using static Florin.Tests.Ledger.Journal.PostgresLedger;

namespace Florin.Tests.Ledger.Journal;

/// <summary>Memory rebuilt from PostgreSQL equals the memory that was, however it is rebuilt.</summary>
public sealed class RecoveryTests
{
    private static readonly LedgerOptions Seldom = new() { CheckpointTransfers = int.MaxValue };

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Checkpoint_and_tail_give_what_history_alone_gives(int seed)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        NaiveLedger naive = new();
        RandomSubmissions commands = new(seed);
        await using (PostgresLedger first = await StartAsync(database.DataSource, new LedgerOptions { CheckpointTransfers = 100 }))
        {
            await PlayAsync(first, naive, commands, 500);
        }

        // The second leaves a tail behind the checkpoint of the first: its own checkpoints fail.
        byte[] hash;
        await using (PostgresLedger second = await StartAsync(database.DataSource, Seldom))
        {
            await PlayAsync(second, naive, commands, 500);
            hash = await second.Ledger.GetStateHashAsync(TestContext.Current.CancellationToken);
            Assert.Equal(await HistoryAsync(database), await second.MemoryAsync());
            second.Faults.Checkpoints.Enqueue(FaultyJournal.FailBefore);
        }

        Assert.True(await database.QueryAsync<bool>("select c.sequence between 1 and h.sequence - 1 from ledger.checkpoint c, ledger.head h"));
        await using (PostgresLedger third = await StartAsync(database.DataSource, Seldom))
        {
            Assert.Equal(hash, await third.Ledger.GetStateHashAsync(TestContext.Current.CancellationToken));
            third.Faults.Checkpoints.Enqueue(FaultyJournal.FailBefore);
        }

        await database.ExecuteAsync("update ledger.checkpoint set batch = 0, sequence = 0; delete from ledger.totals");
        await using PostgresLedger fourth = await StartAsync(database.DataSource);
        Assert.Equal(hash, await fourth.Ledger.GetStateHashAsync(TestContext.Current.CancellationToken));
        await PlayAsync(fourth, naive, commands, 300);
        await JudgeAsync(database);
    }

    [Fact]
    public async Task Checkpoints_under_load_hold_the_totals_of_their_sequence()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using (PostgresLedger ledger = await StartAsync(database.DataSource, new LedgerOptions { CheckpointTransfers = 20, BatchItemsMax = 40 }))
        {
            await ledger.OpenAsync("alice", "bob");
            await Task.WhenAll(Enumerable.Range(0, 3_000).Select(index =>
                ledger.SubmitAsync(Move($"load {index}", Bank, Account(index % 3 == 0 ? "alice" : "bob"), (UInt128)(index + 1)))));
            Assert.Contains(ledger.Events.Checkpoints, failure => failure is null);
        }

        Assert.Equal("", await database.QueryAsync<string>(
            """
            select coalesce(string_agg(format('%s: checkpoint %s, history %s', a.address, t.credits_posted, sum), '; '), '')
            from ledger.accounts a join ledger.totals t on t.account = a.number, ledger.checkpoint c,
            lateral (select coalesce(sum(amount), 0) as sum from ledger.transfers where credit_account = a.number and sequence <= c.sequence) history
            where history.sum <> t.credits_posted
            """));
        Assert.Equal(3_000, await database.QueryAsync<long>("select sequence from ledger.checkpoint"));
    }

    [Fact]
    public async Task An_older_checkpoint_never_overwrites_a_newer()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using (PostgresLedger ledger = await StartAsync(database.DataSource))
        {
            await ledger.OpenAsync("alice");
            await ledger.SubmitAsync(Move("one", Bank, Account("alice"), 1));
            await ledger.SubmitAsync(Move("two", Bank, Account("alice"), 1));
        }

        await using Florin.Storage.Ledger.PostgresLedgerJournal journal = new(
            database.DataSource, [], Microsoft.Extensions.Logging.Abstractions.NullLogger<Florin.Storage.Ledger.PostgresLedgerJournal>.Instance);
        await journal.WriteCheckpointAsync(new JournalCheckpoint(2, 1, [(2, new AccountTotals(0, 0, 0, 1))]), TestContext.Current.CancellationToken);
        Assert.Equal("2 2", await database.QueryAsync<string>(
            "select sequence || ' ' || credits_posted from ledger.checkpoint, ledger.totals where account = 2"));
    }

    private static async Task PlayAsync(PostgresLedger ledger, NaiveLedger naive, RandomSubmissions commands, int count)
    {
        for (int command = 0; command < count; command++)
        {
            Submission submission = commands.Next();
            (TransactionStatus status, List<Prediction> predicted) = naive.Submit(submission);
            SubmissionResult actual = await ledger.SubmitAsync(submission);
            Assert.Equal(status, actual.Status);
            Assert.Equal(predicted, actual.Transactions.Select(result => new Prediction(result.Status, result.TransferIndex, result.Sequence)));
        }
    }
}
