using Florin.Ledger;
using Florin.Ledger.Journal;
using Florin.Storage.Ledger;
using Florin.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;
using static Florin.Tests.Ledger.Journal.PostgresLedger;

namespace Florin.Tests.Ledger.Journal;

/// <summary>One writer at a time: the lock keeps others waiting, the epoch keeps an old one from writing.</summary>
public sealed class FencingTests
{
    [Fact]
    public async Task A_second_server_waits_until_the_first_ends_and_takes_over_with_everything()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        PostgresLedger first = await StartAsync(database.DataSource);
        await first.OpenAsync("alice");
        await first.SubmitAsync(Move("one", Bank, Account("alice"), 1));

        await using PostgresLedgerJournal second = Journal(database.DataSource);
        await Assert.ThrowsAsync<JournalException>(() => second.AcquireAsync(TestContext.Current.CancellationToken).AsTask());
        Task<PostgresLedger> waiting = StartAsync(database.DataSource);
        Assert.Equal(TransactionStatus.Created, (await first.SubmitAsync(Move("two", Bank, Account("alice"), 1))).Status);
        Assert.False(waiting.IsCompleted);
        await first.DisposeAsync();

        await using PostgresLedger next = await waiting;
        Assert.Equal(TransactionStatus.Exists, (await next.SubmitAsync(Move("two", Bank, Account("alice"), 1))).Status);
        await JudgeAsync(database);
    }

    [Fact]
    public async Task A_writer_whose_session_died_unnoticed_cannot_write_after_another_took_over()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        PostgresLedger old = await StartAsync(database.DataSource);
        await old.OpenAsync("alice");
        await EndSessionsAsync(database);
        PostgresLedger young = await StartAsync(database.DataSource);
        await young.SubmitAsync(Move("young", Bank, Account("alice"), 1));
        await young.DisposeAsync();

        await Assert.ThrowsAsync<LedgerUnavailableException>(() => old.SubmitAsync(Move("old", Bank, Account("alice"), 1)));
        await Assert.ThrowsAsync<JournalFencedException>(() => old.Ledger.Completion);
        await old.DisposeAsync();
        Assert.Equal(1, await database.QueryAsync<long>("select count(*) from ledger.transfers"));
        await JudgeAsync(database);
    }

    [Fact]
    public async Task A_higher_epoch_refuses_the_append_of_a_live_session_and_nothing_of_it_is_written()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using PostgresLedger old = await StartAsync(database.DataSource);
        await old.OpenAsync("alice");

        // As a writer would that got past the lock, for instance after a failover that lost it.
        await database.ExecuteAsync("update ledger.head set epoch = epoch + 1");
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => old.SubmitAsync(Move("old", Bank, Account("alice"), 1)));
        await Assert.ThrowsAsync<JournalFencedException>(() => old.Ledger.Completion);
        Assert.Equal(0, await database.QueryAsync<long>("select count(*) from ledger.transfers"));
        Assert.Equal(1, await database.QueryAsync<long>("select count(*) from ledger.batches"));
        await JudgeAsync(database);
    }

    [Fact]
    public async Task A_history_that_moved_under_the_same_epoch_refuses_the_append()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using PostgresLedger old = await StartAsync(database.DataSource);
        await old.OpenAsync("alice");
        await database.ExecuteAsync("update ledger.head set hash = sha256('other')");
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => old.SubmitAsync(Move("old", Bank, Account("alice"), 1)));
        await Assert.ThrowsAsync<JournalFencedException>(() => old.Ledger.Completion);
        Assert.Equal(0, await database.QueryAsync<long>("select count(*) from ledger.transfers"));
    }

    [Fact]
    [Fault("T-02")]
    public async Task A_writer_of_a_term_that_is_over_never_becomes_the_writer_again_though_nobody_has_written_since()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync("update ledger.lease set term = 1");
        await using PostgresLedgerJournal old = new(database.DataSource, [], NullLogger<PostgresLedgerJournal>.Instance, term: 1);
        await old.AcquireAsync(cancellation);
        await database.ExecuteAsync("update ledger.lease set term = 2");

        await using (PostgresLedgerJournal young = new(database.DataSource, [], NullLogger<PostgresLedgerJournal>.Instance, term: 2))
        {
            await young.AcquireAsync(cancellation);
            await Assert.ThrowsAsync<JournalFencedException>(() => old.AcquireAsync(cancellation).AsTask());
        }

        // The young one is gone too, and the lock is free.
        await Assert.ThrowsAsync<JournalFencedException>(() => old.AcquireAsync(cancellation).AsTask());
        Assert.Equal(2, await database.QueryAsync<long>("select epoch from ledger.head"));
    }

    private static PostgresLedgerJournal Journal(NpgsqlDataSource source) => new(source, [], NullLogger<PostgresLedgerJournal>.Instance);

    private static async Task EndSessionsAsync(TestDatabase database) => await (await TestCluster.GetAsync()).ExecuteAsync(
        $"select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '{database.Name}' and usename = 'florin_app'");
}
