using Florin.Ledger;
using Florin.Ledger.Journal;
using Florin.Storage.Ledger;
using Florin.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;
using static Florin.Tests.Ledger.Journal.PostgresLedger;

namespace Florin.Tests.Ledger.Journal;

/// <summary>The connection is cut after every single message of an append, and PostgreSQL tells what is there.</summary>
public sealed class CrashTests
{
    [Fact]
    [Fault("L-07")]
    public async Task A_cut_after_any_message_of_an_append_leaves_all_of_it_or_nothing()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync("create table public.witness (batch bigint); grant insert on public.witness to florin_app");
        await using CuttingProxy proxy = new((await TestCluster.GetAsync()).Address.Port);
        await using NpgsqlDataSource source = await PoolAsync(database, proxy.Port);
        await using PostgresLedgerJournal journal = new(source, [new WitnessWriter()], NullLogger<PostgresLedgerJournal>.Instance);
        JournalHead head = await journal.AcquireAsync(TestContext.Current.CancellationToken);
        List<bool> outcomes = [];
        bool isCut = true;
        for (int messages = 1; isCut; messages++)
        {
            JournalBatch batch = Batch(head);
            // What a new writer looks for in the closed partitions has its own connection, whose messages are not those of the append.
            await journal.IndexedAsync();
            proxy.CutAfter(messages);
            isCut = !await TryAppendAsync(journal, batch);
            Assert.Equal(isCut ? messages : messages - 1, proxy.CutsDone);
            head = isCut ? await journal.AcquireAsync(TestContext.Current.CancellationToken) : head with { Batch = batch.Number };

            bool isThere = head.Batch == batch.Number;
            string expected = isThere ? "1 2 2 1 1" : "0 0 0 0 0";
            Assert.Equal(expected, await database.QueryAsync<string>(
                $"""
                select concat_ws(' ',
                    (select count(*) from ledger.batches where batch = {batch.Number}),
                    (select count(*) from ledger.accounts where batch = {batch.Number}),
                    (select count(*) from ledger.transfers where sequence > {batch.LastSequence - 2}),
                    (select count(*) from ledger.details where sequence > {batch.LastSequence - 2}),
                    (select count(*) from public.witness where batch = {batch.Number}))
                """));
            await JudgeAsync(database);
            outcomes.Add(isThere);
        }

        // Cut early: nothing. Cut after COMMIT was executed, or not cut: all. Never in between, and never nothing after all.
        Assert.InRange(outcomes.IndexOf(true), 10, outcomes.Count - 2);
        Assert.DoesNotContain(false, outcomes[outcomes.IndexOf(true)..]);
        Assert.Contains('c', proxy.CutAt);
    }

    [Fact]
    [Fault("T-01")]
    public async Task A_cut_after_any_message_costs_no_answer_and_a_retry_exists()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using CuttingProxy proxy = new((await TestCluster.GetAsync()).Address.Port);
        await using NpgsqlDataSource source = await PoolAsync(database, proxy.Port);
        await using PostgresLedger ledger = await StartAsync(source);
        await ledger.OpenAsync("alice");
        int number = 0;
        for (int cuts = -1; cuts < proxy.CutsDone;)
        {
            cuts = proxy.CutsDone;
            proxy.CutAfter(++number);
            await MoveOnceAsync(ledger, number);
            proxy.CutAfter();
        }

        Assert.True(number > 10);
        await SameAsHistoryAsync(database, ledger, number);
    }

    [Fact]
    [Fault("T-01")]
    public async Task A_second_cut_after_any_message_of_the_recovery_costs_no_answer_either()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using CuttingProxy proxy = new((await TestCluster.GetAsync()).Address.Port);
        await using NpgsqlDataSource source = await PoolAsync(database, proxy.Port);
        await using PostgresLedger ledger = await StartAsync(source);
        await ledger.OpenAsync("alice");
        await ledger.SubmitAsync(Move("pending", Bank, Account("alice"), 1, TransactionKind.Pending));
        int number = 0;
        for (int cuts = -2; proxy.CutsDone == cuts + 2 || number == 0;)
        {
            cuts = proxy.CutsDone;
            proxy.CutAfter(1, ++number);
            await MoveOnceAsync(ledger, number);

            // What a long number left over belongs to no later round.
            proxy.CutAfter();
            Assert.True(number < 500, "recovery seems to need more messages each time");
        }

        Assert.True(number > 10, $"only {number} messages");
        await SameAsHistoryAsync(database, ledger, number);
    }

    private static async Task MoveOnceAsync(PostgresLedger ledger, int number)
    {
        SubmissionResult result = await ledger.SubmitAsync(Move($"move {number}", Bank, Account("alice"), 1) with { Reference = "r" });
        Assert.Equal(TransactionStatus.Created, result.Status);
    }

    private static async Task SameAsHistoryAsync(TestDatabase database, PostgresLedger ledger, int moves)
    {
        for (int number = 1; number <= moves; number++)
        {
            SubmissionResult retry = await ledger.SubmitAsync(Move($"move {number}", Bank, Account("alice"), 1) with { Reference = "r" });
            Assert.Equal(TransactionStatus.Exists, retry.Status);
        }

        Assert.Equal(moves, await database.QueryAsync<long>("select count(*) from ledger.transfers where kind = 1"));
        Assert.Equal(await HistoryAsync(database), await ledger.MemoryAsync());
        await JudgeAsync(database);
    }

    private static async Task<bool> TryAppendAsync(PostgresLedgerJournal journal, JournalBatch batch)
    {
        try
        {
            await journal.AppendAsync(batch, TestContext.Current.CancellationToken);
            return true;
        }
        catch (JournalException)
        {
            return false;
        }
    }

    private static JournalBatch Batch(JournalHead head)
    {
        // Two accounts for each batch that is there.
        long accounts = head.Batch * 2;
        TransactionId id = TransactionId.FromName($"batch {head.Batch + 1}");
        return new JournalBatch
        {
            Number = head.Batch + 1,
            Timestamp = head.Timestamp.AddSeconds(1),
            LastSequence = (head.Batch * 2) + 2,
            Accounts =
            {
                new(accounts + 1, Account($"debit:{head.Batch}"), NormalSide.Debit, AccountFlags.None),
                new(accounts + 2, Account($"credit:{head.Batch}"), NormalSide.Credit, AccountFlags.None),
            },
            Transfers =
            {
                new((head.Batch * 2) + 1, id, TransactionKind.Posted, 0, 2, accounts + 1, accounts + 2, 5, 1, null, -1, 0, null, new(0, 5, 0, 0), new(0, 0, 0, 5)),
                new((head.Batch * 2) + 2, id, TransactionKind.Posted, 1, 2, accounts + 2, accounts + 1, 5, 1, null, -1, 0, null, new(0, 5, 0, 5), new(0, 5, 0, 5)),
            },
            Details = { new((head.Batch * 2) + 1, id, null, null, "r", null, null) },
            Participants = { new Witness(head.Batch + 1) },
        };
    }

    private sealed record Witness(long Batch) : ICommitParticipant
    {
        public string ParticipantKind => "witness";
    }

    private sealed class WitnessWriter : IParticipantWriter
    {
        public string ParticipantKind => "witness";

        public async ValueTask<IReadOnlyList<int>> WriteAsync(
            NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<ICommitParticipant> participants, CancellationToken cancellationToken)
        {
            await using NpgsqlCommand command = new("insert into public.witness select unnest($1::bigint[])", connection, transaction);
            command.Parameters.Add(new() { Value = participants.Cast<Witness>().Select(witness => witness.Batch).ToArray() });
            await command.ExecuteNonQueryAsync(cancellationToken);
            return [];
        }
    }
}
