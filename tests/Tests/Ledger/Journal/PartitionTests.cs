using System.Collections.Immutable;
using System.Numerics;
using Florin.Ledger;
using Florin.Storage.Ledger;
using Florin.Tests.Support;
using Xunit;
using static Florin.Tests.Ledger.Journal.PostgresLedger;

namespace Florin.Tests.Ledger.Journal;

/// <summary>A journal of many small partitions answers as one list would, before and after its writer started again.</summary>
public sealed class PartitionTests
{
    private static readonly LedgerOptions Small = new() { RecentEntriesMax = 4_096, BatchTransfersMax = 512, RecordsMax = 4 * (512 + 4_096), CheckpointTransfers = 1_500 };

    private readonly ManualTimeProvider _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task History_over_many_partitions_equals_a_naive_list_before_and_after_a_restart()
    {
        await using TestDatabase database = await SmallPartitionsAsync();
        MixedSubmissions commands = new(11);
        Dictionary<Transaction, TransactionResult> applied = [];
        byte[] hash;
        await using (PostgresLedger first = await RestartAsync(database, Small, _clock))
        {
            await first.SubmitAsync(MixedSubmissions.Opening);
            await first.OpenAsync("old");
            await PlayAsync(first, [Move("old 1", Bank, Account("old"), 70), Move("old 2", Account("old"), Bank, 7)], applied);
            await PlayAsync(first, commands, 5_000, applied);
            await first.IndexedAsync();
            await ExpectIndexesAsync(database);
            await ExpectHistoryAsync(first, database);
            await ExpectRepeatsAsync(first, applied);
            hash = await first.Ledger.GetStateHashAsync(Token);
            first.Faults.Checkpoints.Enqueue(Pipeline.FaultyJournal.FailBefore);
        }

        Assert.True(await database.QueryAsync<bool>("select c.sequence between 1 and h.sequence - 1 from ledger.checkpoint c, ledger.head h"));
        await using (PostgresLedger second = await RestartAsync(database, Small, _clock))
        {
            Assert.Equal(hash, await second.Ledger.GetStateHashAsync(Token));
            await ExpectHistoryAsync(second, database);
            await ExpectRepeatsAsync(second, applied);
            await PlayAsync(second, commands, 1_500, applied);
            await second.IndexedAsync();
            await ExpectHistoryAsync(second, database);
            hash = await second.Ledger.GetStateHashAsync(Token);
        }

        await database.ExecuteAsync("update ledger.checkpoint set batch = 0, sequence = 0; delete from ledger.totals");
        await using PostgresLedger third = await RestartAsync(database, Small, _clock);
        Assert.Equal(hash, await third.Ledger.GetStateHashAsync(Token));
        await ExpectHistoryAsync(third, database);
        await ExpectRepeatsAsync(third, applied);
        await JudgeAsync(database);
    }

    [Fact]
    public async Task Entries_that_no_index_and_no_memory_holds_are_found_all_the_same()
    {
        await using TestDatabase database = await SmallPartitionsAsync();

        // Nobody may build an index here, and memory holds fewer entries than the open partitions.
        await database.ExecuteAsync("revoke execute on function ledger.index_partition from florin_app");
        await database.ExecuteAsync("update ledger.layout set partition_transfers = 4096");
        LedgerOptions little = Small with { RecentEntriesMax = 1_024 };
        await using PostgresLedger ledger = await RestartAsync(database, little, _clock);
        await ledger.SubmitAsync(MixedSubmissions.Opening);
        await ledger.OpenAsync("old");
        await PlayAsync(ledger, [Move("old 1", Bank, Account("old"), 70)], []);
        await PlayAsync(ledger, new MixedSubmissions(12), 9_000, []);
        await ledger.IndexedAsync();
        Assert.Equal(0, await database.QueryAsync<long>("select count(*) from ledger.partitions where is_indexed"));
        Assert.True(await database.QueryAsync<bool>("select sequence > 4096 from ledger.head"));
        await ExpectHistoryAsync(ledger, database);
    }

    private static async Task<TestDatabase> SmallPartitionsAsync()
    {
        TestDatabase database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync("update ledger.layout set partition_transfers = 1024");
        return database;
    }

    private async Task PlayAsync(PostgresLedger ledger, MixedSubmissions commands, int count, Dictionary<Transaction, TransactionResult> applied)
    {
        foreach (int[] chunk in Enumerable.Range(0, count).Chunk(100))
        {
            // What is due expires in the batch of what comes next, or before it.
            _clock.Advance(TimeSpan.FromSeconds(3));
            await PlayAsync(ledger, [.. chunk.Select(_ => commands.NextTransaction())], applied);
            Submission linked = commands.Next();
            SubmissionResult result = await ledger.SubmitAsync(linked);
            Remember(applied, linked.Transactions, result.Transactions);
        }
    }

    private static async Task PlayAsync(PostgresLedger ledger, Transaction[] transactions, Dictionary<Transaction, TransactionResult> applied) =>
        Remember(applied, transactions, await ledger.Ledger.SubmitManyAsync(transactions, Token));

    private static void Remember(Dictionary<Transaction, TransactionResult> applied, IEnumerable<Transaction> asked, IEnumerable<TransactionResult> answered)
    {
        foreach ((Transaction transaction, TransactionResult result) in asked.Zip(answered))
        {
            if (result.Status == TransactionStatus.Created)
            {
                applied.Add(transaction, result with { Status = TransactionStatus.Exists });
            }
        }
    }

    private static async Task ExpectIndexesAsync(TestDatabase database)
    {
        Assert.True(await database.QueryAsync<long>("select count(*) from ledger.partitions") >= 4);
        Assert.Equal("", await database.QueryAsync<string>(
            """
            select coalesce(string_agg(format('partition %s: %s', p.partition, count), '; '), '')
            from ledger.partitions p, ledger.head h,
            lateral (select count(*) from pg_indexes where schemaname = 'ledger' and tablename = format('transfers_p%s', lpad(p.partition::text, 6, '0'))
                and indexname ~ '_(number|id|debit|credit)$') built
            where built.count <> case when h.sequence >= p.end_sequence then 4 else 0 end
            """));
    }

    private static async Task ExpectHistoryAsync(PostgresLedger ledger, TestDatabase database)
    {
        JournalJudge judge = await JournalJudge.OfAsync(database);
        Assert.Empty(judge.Wrong);
        Assert.Equal(await HistoryAsync(database), await ledger.MemoryAsync());
        PostgresLedgerHistory history = new(database, ledger.Ledger);
        foreach (string address in judge.Accounts.Values.Select(account => account.Split('/')[0]).Distinct())
        {
            Assert.Equal(judge.EntriesOf(address), await EntriesAsync(history, address, 1_000));
        }

        Assert.Equal(judge.EntriesOf("wallet:1").Take(300), (await EntriesAsync(history, "wallet:1", 37, 300)).Take(300));
        Assert.Equal(judge.EntriesOf("old"), await EntriesAsync(history, "old", 1));
        await ExpectBalancesAsync(history, judge);
        await ExpectTransactionsAsync(ledger, history, judge);
    }

    private static async Task<List<long>> EntriesAsync(PostgresLedgerHistory history, string address, int page, int enough = int.MaxValue)
    {
        List<long> all = [];
        ulong before = ulong.MaxValue;
        while (all.Count < enough)
        {
            ImmutableArray<JournalEntry> entries = await history.GetEntriesAsync(AccountAddress.Parse(address), before, page, Token);
            all.AddRange(entries.Select(entry => (long)entry.Sequence));
            if (entries.Length < page)
            {
                break;
            }

            before = entries[^1].Sequence;
        }

        return all;
    }

    private static async Task ExpectBalancesAsync(PostgresLedgerHistory history, JournalJudge judge)
    {
        long last = judge.Rows[^1].Sequence;
        foreach (long sequence in new[] { 0, 1, 2, 500, 1_023, 1_024, 1_025, last / 2, last - 1, last })
        {
            ImmutableArray<AccountBalance> all = await history.GetBalancesAtAsync("", (ulong)sequence, Token);
            Assert.Equal(judge.Accounts.Count, all.Length);
            foreach (AccountBalance balance in all)
            {
                BigInteger[] expected = judge.TotalsAt(balance.Id.ToString(), sequence);
                Assert.Equal(expected, Totals(balance));
                Assert.Equal(expected, Totals((await history.GetBalanceAtAsync(balance.Id, (ulong)sequence, Token))!.Value));
            }
        }

        foreach (int at in new[] { 0, 700, judge.Rows.Count / 3, judge.Rows.Count - 1 })
        {
            DateTimeOffset time = judge.Rows[at].RecordedAt;
            Assert.Equal((ulong)judge.Rows.Last(row => row.RecordedAt <= time).Sequence, await history.GetSequenceAtAsync(time, Token));
            Assert.Equal(
                (ulong)(judge.Rows.LastOrDefault(row => row.RecordedAt < time)?.Sequence ?? 0), await history.GetSequenceAtAsync(time.AddMicroseconds(-1), Token));
        }
    }

    private static async Task ExpectTransactionsAsync(PostgresLedger ledger, PostgresLedgerHistory history, JournalJudge judge)
    {
        foreach (IGrouping<TransactionId, JudgedRow> transaction in judge.Rows.GroupBy(row => row.Id).Where((_, index) => index % 151 == 0))
        {
            ImmutableArray<JournalEntry> found = await history.GetTransactionAsync(transaction.Key, Token);
            Assert.Equal(transaction.Select(row => (ulong)row.Sequence), found.Select(entry => entry.Sequence));
            Assert.Equal(transaction.Select(row => (row.Debit, row.Credit)), found.Select(entry => (entry.Debit.ToString(), entry.Credit.ToString())));
            Assert.Equal([(ulong)transaction.First().Sequence], await ledger.Ledger.LocateAsync(transaction.Key, Token));
        }

        Assert.Empty(await history.GetTransactionAsync(TransactionId.FromName("nobody's"), Token));
    }

    /// <summary>Old ids, in closed partitions and in the open one, are known for ever, with the answer of then; other content is told.</summary>
    private static async Task ExpectRepeatsAsync(PostgresLedger ledger, Dictionary<Transaction, TransactionResult> applied)
    {
        (Transaction Asked, TransactionResult Answer)[] some =
            [.. applied.OrderBy(entry => entry.Value.Sequence).Where((_, index) => index % 11 == 0 || index < 3).Select(entry => (entry.Key, entry.Value))];
        byte[] before = await ledger.Ledger.GetStateHashAsync(Token);
        Assert.Equal(some.Select(entry => entry.Answer), await ledger.Ledger.SubmitManyAsync([.. some.Select(entry => entry.Asked)], Token));
        IReadOnlyList<TransactionResult> others =
            await ledger.Ledger.SubmitManyAsync([.. some.Select(entry => entry.Asked with { Reference = "another" })], Token);
        Assert.All(others, result => Assert.Equal(TransactionStatus.ExistsWithDifferentReference, result.Status));
        Assert.Equal(some.Select(entry => entry.Answer.Transfers.Length), others.Select(result => result.Transfers.Length));
        Assert.Equal(before, await ledger.Ledger.GetStateHashAsync(Token));
    }

    private static BigInteger[] Totals(AccountBalance balance) =>
        [balance.DebitsPending, balance.DebitsPosted, balance.CreditsPending, balance.CreditsPosted];
}
