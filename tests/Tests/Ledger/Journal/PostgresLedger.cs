using System.Numerics;
using Florin.Ledger;
using Florin.Ledger.Journal;
using Florin.Storage.Database;
using Florin.Storage.Ledger;
using Florin.Tests.Ledger.Pipeline;
using Florin.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace Florin.Tests.Ledger.Journal;

/// <summary>The whole ledger on its real journal, and a judge that asks PostgreSQL alone.</summary>
internal sealed class PostgresLedger : IAsyncDisposable
{
    public static readonly Asset Usd = Assets.Get("USD");
    public static readonly AccountId Bank = AccountId.Of("bank", Usd);

    private readonly PostgresLedgerJournal _journal;

    private PostgresLedger(NpgsqlDataSource source, LedgerOptions options, TimeProvider clock)
    {
        _journal = new PostgresLedgerJournal(source, [], NullLogger<PostgresLedgerJournal>.Instance);
        Faults = new FaultyJournal(_journal);
        Ledger = LedgerFactory.Create(Faults, clock, options, Events);
    }

    public FaultyJournal Faults { get; }

    public ILedgerHost Ledger { get; }

    public EventRecord Events { get; } = new();

    /// <summary>Completes when all closed partitions have their indexes.</summary>
    public Task IndexedAsync() => _journal.IndexedAsync();

    public static async Task<PostgresLedger> StartAsync(NpgsqlDataSource source, LedgerOptions? options = null, TimeProvider? clock = null)
    {
        PostgresLedger made = new(source, options ?? new LedgerOptions { RecoveryPauseMin = TimeSpan.FromMilliseconds(5) }, clock ?? TimeProvider.System);
        await made.Ledger.StartAsync(TestContext.Current.CancellationToken);
        return made;
    }

    /// <summary>Starts it on a clock that stands still, once the session of the one before is gone: its lock would make the start wait for the clock.</summary>
    public static async Task<PostgresLedger> RestartAsync(TestDatabase database, LedgerOptions options, TimeProvider clock)
    {
        database.DataSource.Clear();
        while (await database.QueryAsync<bool>(
            "select exists (select from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database()))"))
        {
        }

        return await StartAsync(database.DataSource, options, clock);
    }

    /// <summary>A pool of the application's role that goes through another address.</summary>
    public static async Task<NpgsqlDataSource> PoolAsync(TestDatabase database, int port)
    {
        TestCluster cluster = await TestCluster.GetAsync();
        NpgsqlConnectionStringBuilder connection = cluster.Address.Connection(Roles.App, cluster.Secrets.App, database.Name);
        connection.Host = "127.0.0.1";
        connection.Port = port;
        connection.MaxAutoPrepare = 100;
        connection.ApplicationName = "through the proxy";
        return NpgsqlDataSource.Create(connection);
    }

    public Task<SubmissionResult> SubmitAsync(Submission submission) => Ledger.SubmitAsync(submission, TestContext.Current.CancellationToken).AsTask();

    public Task<SubmissionResult> SubmitAsync(params Transaction[] transactions) => SubmitAsync(new Submission { Transactions = [.. transactions] });

    public Task<SubmissionResult> OpenAsync(params string[] wallets) => SubmitAsync(new Submission
    {
        Accounts =
        [
            new(Bank, NormalSide.Debit, AccountFlags.None),
            .. wallets.Select(name => new AccountDefinition(Account(name), NormalSide.Credit, AccountFlags.DebitsMustNotExceedCredits)),
        ],
    });

    public static AccountId Account(string name) => AccountId.Of(name, Usd);

    public static Transaction Move(string id, AccountId debit, AccountId credit, UInt128 amount, TransactionKind kind = TransactionKind.Posted) =>
        new() { Id = TransactionId.FromName(id), Kind = kind, Transfers = [new Transfer(debit, credit, amount, 1)] };

    /// <summary>Totals in memory, as text that compares with <see cref="HistoryAsync"/>.</summary>
    public async Task<string[]> MemoryAsync() => [.. (await Ledger.GetBalancesAsync("", TestContext.Current.CancellationToken)).Select(balance =>
        $"{balance.Id} {balance.DebitsPending} {balance.DebitsPosted} {balance.CreditsPending} {balance.CreditsPosted}").Order(StringComparer.Ordinal)];

    /// <summary>Totals from history alone, by a view that knows nothing of the writer.</summary>
    public static async Task<string[]> HistoryAsync(TestDatabase database) => (await database.QueryAsync<string[]>(
        """
        select coalesce(array_agg(format('%s/%s %s %s %s %s', address, asset, debits_pending, debits_posted, credits_pending, credits_posted)), '{}')
        from ledger.balances
        """)).Order(StringComparer.Ordinal).ToArray();

    /// <summary>What must be true of the tables at any time, by SQL.</summary>
    public static async Task JudgeAsync(TestDatabase database) => Assert.Equal("", await database.QueryAsync<string>(
        """
        select concat_ws('; ',
            (select 'transactions of other than their count of transfers: ' || count(*) from (
                select from ledger.transfers group by transaction_id
                having count(*) <> max(transfer_count) or count(distinct sequence) <> count(*) or min(transfer_index) <> 0
                    or max(transfer_index) <> max(transfer_count) - 1) broken having count(*) > 0),
            (select 'sequence has gaps' from ledger.transfers having count(*) <> coalesce(max(sequence), 0)),
            (select 'batches have gaps' from ledger.batches having count(*) <> coalesce(max(batch), 0)),
            (select 'batches miss rows' from ledger.batches
                having coalesce(sum(transfers), 0) <> (select count(*) from ledger.transfers)
                    or coalesce(sum(accounts), 0) <> (select count(*) from ledger.accounts)
                    or coalesce(sum(details), 0) <> (select count(*) from ledger.details)),
            (select 'head differs from the last batch' from ledger.head h
                where (h.batch, h.sequence) is distinct from (
                    coalesce((select max(batch) from ledger.batches), 0), coalesce((select max(last_sequence) from ledger.batches), 0))),
            (select 'debits differ from credits in ' || asset from ledger.balances group by asset
                having sum(debits_posted) <> sum(credits_posted) or sum(debits_pending) <> sum(credits_pending) limit 1),
            (select 'overdrawn: ' || a.address from ledger.balances b join ledger.accounts a using (number)
                where a.flags & 1 = 1 and b.debits_posted + b.debits_pending > b.credits_posted limit 1))
        """));

    public async ValueTask DisposeAsync()
    {
        await Ledger.DisposeAsync();
        await _journal.DisposeAsync();
    }
}
