using Florin.Ledger;
using Florin.Tests.Ledger.Pipeline;
using Florin.Tests.Support;
using Xunit;
using static Florin.Tests.Ledger.Journal.PostgresLedger;

namespace Florin.Tests.Ledger.Journal;

/// <summary>Holds with time-outs, limits, standings and closed books on PostgreSQL: raced, and across restarts of the writer.</summary>
public sealed class SemanticsTests
{
    private static readonly LedgerOptions Seldom = new() { CheckpointTransfers = int.MaxValue, RecoveryPauseMin = TimeSpan.FromMilliseconds(5) };
    private static readonly DateTimeOffset Always = new(2070, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ManualTimeProvider _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Fault("L-06")]
    public async Task Of_a_thousand_submissions_that_race_for_a_limit_exactly_as_many_succeed_as_it_allows()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using PostgresLedger ledger = await StartAsync(database.DataSource, new LedgerOptions { BatchItemsMax = 97 });
        await ledger.OpenAsync("alice");
        SubmissionResult[] results = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(index => Task.Run(() => ledger.SubmitAsync(new Submission
        {
            Transactions = [Move($"race {index}", Bank, Account("alice"), 30)],
            Limits = [new LimitUse("alice:today", 30, 1_000, Always), new LimitUse("all:today", 1, 5_000, Always)],
        }))));
        Assert.Equal(33, results.Count(result => result.Status == TransactionStatus.Created));
        Assert.Equal(967, results.Count(result => result.Status == TransactionStatus.LimitExceeded));
        Assert.Contains("alice/USD 0 0 0 990", await HistoryAsync(database));
        Assert.Equal("990 33", await database.QueryAsync<string>(
            "select sum(amount) filter (where key = 'alice:today') || ' ' || sum(amount) filter (where key = 'all:today') from ledger.limit_uses"));
        await JudgeAsync(database);
    }

    [Fact]
    [Fault("L-05")]
    public async Task Captures_that_race_with_the_expiry_of_their_holds_have_one_outcome_each()
    {
        const int Holds = 200;
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using PostgresLedger ledger = await StartAsync(database.DataSource, new LedgerOptions { BatchItemsMax = 7, BatchTransfersMax = 7 }, _clock);
        await ledger.OpenAsync("alice");
        await ledger.SubmitAsync(Move("funds", Bank, Account("alice"), Holds));
        await ledger.Ledger.SubmitManyAsync(
            [.. Enumerable.Range(0, Holds).Select(index => Move($"hold {index}", Account("alice"), Bank, 1, TransactionKind.Pending) with { Timeout = TimeSpan.FromSeconds(10) })],
            Token);
        _clock.Advance(TimeSpan.FromSeconds(9));
        Task<SubmissionResult>[] captures = [.. Enumerable.Range(0, Holds).Select(index => Task.Run(() => ledger.SubmitAsync(Capture(index))))];
        await Task.WhenAny(captures);
        _clock.Advance(TimeSpan.FromSeconds(2));
        SubmissionResult[] results = await Task.WhenAll(captures);

        // All the rest is due before this is executed.
        await ledger.SubmitAsync(Move("after", Bank, Account("alice"), 1));
        while (await database.QueryAsync<long>("select count(*) from ledger.transfers where kind in (3, 6)") < Holds)
        {
            await ledger.SubmitAsync(new Submission { AccountChanges = [new AccountChange(Account("alice"), AccountStanding.Open)] });
        }

        Assert.All(results, result => Assert.True(result.Status is TransactionStatus.Created or TransactionStatus.RelatedExpired));
        Assert.Equal(
            $"{Holds} {Holds} {results.Count(result => result.Status == TransactionStatus.Created)}",
            await database.QueryAsync<string>(
                "select count(*) || ' ' || count(distinct related_id) || ' ' || count(*) filter (where kind = 3) from ledger.transfers where kind in (3, 6)"));
        AccountBalance alice = (await ledger.Ledger.GetBalanceAsync(Account("alice"), Token))!.Value;
        Assert.Equal(UInt128.Zero, alice.DebitsPending);
        Assert.Equal(await HistoryAsync(database), await ledger.MemoryAsync());
        await JudgeAsync(database);
    }

    [Fact]
    public async Task An_idle_ledger_expires_what_is_due()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using PostgresLedger ledger = await StartAsync(database.DataSource, Seldom, _clock);
        await ledger.OpenAsync("alice");

        // Somebody has taken the name of the expiry.
        TransactionId hold = TransactionId.FromName("hold 0");
        await ledger.SubmitAsync(
            Move($"expire:{hold}", Bank, Account("alice"), 5),
            Move("hold 0", Account("alice"), Bank, 5, TransactionKind.Pending) with { Timeout = TimeSpan.FromSeconds(1) });
        while (await database.QueryAsync<long>("select count(*) from ledger.transfers where kind = 6") == 0)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(TransactionStatus.RelatedExpired, (await ledger.SubmitAsync(Capture(0))).Status);
        Assert.Equal((UInt128)5, (await ledger.Ledger.GetBalanceAsync(Account("alice"), Token))!.Value.Available);
    }

    [Fact]
    public async Task Every_way_of_recovery_gives_the_same_holds_limits_standings_and_closed_books()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        Dictionary<Transaction, TransactionResult> applied = [];
        await using (PostgresLedger first = await RestartAsync(database, Seldom, _clock))
        {
            await first.OpenAsync("alice", "bob");
            await SubmitAsync(first, applied, Move("funds", Bank, Account("alice"), 1_000));
            await SubmitAsync(first, applied, [.. Enumerable.Range(0, 8).Select(Hold)]);
            await SubmitAsync(first, applied, On("part", TransactionKind.PostPart, 0, 3), On("extend", TransactionKind.Extend, 1), On("increase", TransactionKind.Increase, 2, 4));
            await SubmitAsync(first, applied, On("whole in parts", TransactionKind.PostPart, 7, 10));
            await first.SubmitAsync(new Submission { AccountChanges = [new(Account("bob"), AccountStanding.Frozen)], ClosePeriodThrough = new DateOnly(2025, 12, 31) });
            await first.SubmitAsync(Use(6));
        }

        byte[] hash;
        await using (PostgresLedger second = await RestartAsync(database, Seldom, _clock))
        {
            Transaction balancing = Move("all there is", Account("alice"), Bank, 0) with
            {
                Transfers = [new Transfer(Account("alice"), Bank, UInt128.MaxValue, 1) { Balancing = Balancing.Debit, Minimum = 1 }],
                Conditions = [new BalanceCondition(Account("alice"), BalanceMeasure.Available, Comparison.Equal, 0)],
                EffectiveDate = new DateOnly(2025, 6, 1),
                ClosedPeriod = ClosedPeriodPolicy.Adjust,
            };
            await SubmitAsync(second, applied, On("part 2", TransactionKind.PostPart, 0, 2), On("release", TransactionKind.Release, 3, 5), On("extend 2", TransactionKind.Extend, 4));
            await SubmitAsync(second, applied, On("post", TransactionKind.Post, 5, 6), On("void", TransactionKind.Void, 6), On("part 3", TransactionKind.PostPart, 4, 1));
            await SubmitAsync(second, applied, balancing);
            await second.SubmitAsync(new Submission { AccountChanges = [new(Account("alice"), AccountStanding.Frozen), new(Account("bob"), AccountStanding.Open)] });
            hash = await second.Ledger.GetStateHashAsync(Token);
            second.Faults.Checkpoints.Enqueue(FaultyJournal.FailBefore);
        }

        Assert.True(await database.QueryAsync<bool>("select c.sequence between 1 and h.sequence - 1 from ledger.checkpoint c, ledger.head h"));
        await using (PostgresLedger third = await RestartAsync(database, Seldom, _clock))
        {
            await ExpectSameAsync(third, hash, applied);
        }

        await using (PostgresLedger fourth = await RestartAsync(database, Seldom, _clock))
        {
            Assert.True(await database.QueryAsync<bool>("select c.sequence = h.sequence from ledger.checkpoint c, ledger.head h"));
            await ExpectSameAsync(fourth, hash, applied);
        }

        await database.ExecuteAsync("update ledger.checkpoint set batch = 0, sequence = 0; delete from ledger.totals");
        await using PostgresLedger fifth = await RestartAsync(database, Seldom, _clock);
        await ExpectSameAsync(fifth, hash, applied);

        // Two holds were extended by ten seconds; all others end first.
        _clock.Advance(TimeSpan.FromSeconds(61));
        await fifth.SubmitAsync(new Submission { AccountChanges = [new(Account("alice"), AccountStanding.Open)] });
        Assert.Equal((UInt128)(10 + 9), (await fifth.Ledger.GetBalanceAsync(Account("alice"), Token))!.Value.DebitsPending);
        _clock.Advance(TimeSpan.FromSeconds(10));
        await fifth.SubmitAsync(new Submission { AccountChanges = [new(Account("alice"), AccountStanding.Frozen)] });
        Assert.Equal(UInt128.Zero, (await fifth.Ledger.GetBalanceAsync(Account("alice"), Token))!.Value.DebitsPending);
        Assert.Equal(await HistoryAsync(database), await fifth.MemoryAsync());
        await JudgeAsync(database);
    }

    [Fact]
    public async Task Frozen_and_closed_accounts_are_so_after_a_restart_and_holds_go_on()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using (PostgresLedger first = await RestartAsync(database, Seldom, _clock))
        {
            await first.OpenAsync("alice");
            await first.SubmitAsync(Move("funds", Bank, Account("alice"), 100));
            await first.SubmitAsync([Hold(0), Hold(1)]);
            await first.SubmitAsync(new Submission { AccountChanges = [new(Account("alice"), AccountStanding.Frozen)] });
        }

        await using PostgresLedger second = await RestartAsync(database, Seldom, _clock);
        Assert.Equal(AccountStanding.Frozen, (await second.Ledger.GetBalanceAsync(Account("alice"), Token))!.Value.Standing);
        Assert.Equal(TransactionStatus.DebitAccountNotOpen, (await second.SubmitAsync(Capture(0))).Status);
        Assert.Equal(TransactionStatus.Created, (await second.SubmitAsync(On("void", TransactionKind.Void, 0))).Status);
        _clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(TransactionStatus.DebitAccountNotOpen, (await second.SubmitAsync(Move("out", Account("alice"), Bank, 1))).Status);
        Assert.Equal((UInt128)100, (await second.Ledger.GetBalanceAsync(Account("alice"), Token))!.Value.Available);
    }

    private static Transaction Capture(int hold) =>
        new() { Id = TransactionId.FromName($"capture {hold}"), Kind = TransactionKind.Post, Related = TransactionId.FromName($"hold {hold}") };

    private static Transaction Hold(int number) =>
        Move($"hold {number}", Account("alice"), Bank, 10, TransactionKind.Pending) with { Timeout = TimeSpan.FromSeconds(60) };

    private static Transaction On(string name, TransactionKind kind, int hold, params UInt128[] amounts) => new()
    {
        Id = TransactionId.FromName(name),
        Kind = kind,
        Related = TransactionId.FromName($"hold {hold}"),
        Amounts = [.. amounts],
        Timeout = kind == TransactionKind.Extend ? TimeSpan.FromSeconds(70) : null,
    };

    private static Submission Use(UInt128 amount) => new()
    {
        Transactions = [Move($"use {amount}", Bank, Account("alice"), 1)],
        Limits = [new LimitUse("k", amount, 10, Always)],
    };

    private static async Task SubmitAsync(PostgresLedger ledger, Dictionary<Transaction, TransactionResult> applied, params Transaction[] transactions)
    {
        SubmissionResult result = await ledger.SubmitAsync(transactions);
        Assert.Equal(TransactionStatus.Created, result.Status);
        foreach ((Transaction transaction, TransactionResult answer) in transactions.Zip(result.Transactions))
        {
            applied.Add(transaction, answer with { Status = TransactionStatus.Exists });
        }
    }

    private static async Task ExpectSameAsync(PostgresLedger ledger, byte[] hash, Dictionary<Transaction, TransactionResult> applied)
    {
        Assert.Equal(hash, await ledger.Ledger.GetStateHashAsync(Token));
        Assert.Equal(applied.Values, await ledger.Ledger.SubmitManyAsync([.. applied.Keys], Token));
        Assert.Equal(TransactionStatus.LimitExceeded, (await ledger.SubmitAsync(Use(5) with { Transactions = [Move("more", Bank, Account("bob"), 1)] })).Status);
        Assert.Equal(
            TransactionStatus.PeriodClosed, (await ledger.SubmitAsync(Move("late", Bank, Account("bob"), 1) with { EffectiveDate = new DateOnly(2025, 12, 31) })).Status);
        Assert.Equal(TransactionStatus.RelatedAlreadyPosted, (await ledger.SubmitAsync(On("again", TransactionKind.Post, 7))).Status);
        Assert.Equal(TransactionStatus.CreditAccountNotOpen, (await ledger.SubmitAsync(Move("in", Bank, Account("alice"), 1))).Status);
        Assert.Equal(hash, await ledger.Ledger.GetStateHashAsync(Token));
    }
}
