using Florin.Ledger;
using Florin.Storage.Database;
using Florin.Storage.Ledger;
using Florin.Tests.Faults;
using Florin.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace Florin.Tests.Integration;

/// <summary>The ledger on its real journal, end to end.</summary>
public sealed class LedgerOnPostgresTests
{
    private static readonly Asset Usd = Assets.Get("USD");
    private static readonly AccountId Clearing = AccountId.Of("psp:test:clearing", Usd);
    private static readonly AccountId Alice = AccountId.Of("user:alice:available", Usd);

    [Fact]
    public async Task What_was_acknowledged_survives_a_restart_and_history_proves_it()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await using TestDatabase database = await TestDatabase.CreateAsync();
        byte[] before;
        await using (LedgerUnderTest first = await LedgerUnderTest.StartAsync(database))
        {
            SubmissionResult opened = await first.Ledger.SubmitAsync(
                new Submission
                {
                    Accounts =
                    [
                        new(Clearing, NormalSide.Debit, AccountFlags.None),
                        new(Alice, NormalSide.Credit, AccountFlags.DebitsMustNotExceedCredits),
                    ],
                    Transactions = [Posted("deposit", Clearing, Alice, 100_00)],
                },
                cancellation);
            Assert.Equal(TransactionStatus.Created, opened.Status);
            SubmissionResult[] results = await Task.WhenAll(Enumerable.Range(0, 500).Select(index => first.Ledger.SubmitAsync(
                new Submission { Transactions = [Posted($"spend {index % 250}", Alice, Clearing, 1_00)] }, cancellation).AsTask()));
            Assert.Equal(100, results.Count(result => result.Status == TransactionStatus.Created));
            before = await first.Ledger.GetStateHashAsync(cancellation);
        }

        LedgerAuditReport report = await LedgerStorage.Audit(database.Owner).VerifyAsync(new Progress<LedgerAuditProgress>(), cancellation);
        Assert.Empty(report.Problems);
        Assert.Equal(101, report.Transfers);
        await using LedgerUnderTest second = await LedgerUnderTest.StartAsync(database);
        Assert.Equal(before, await second.Ledger.GetStateHashAsync(cancellation));
        SubmissionResult repeat = await second.Ledger.SubmitAsync(
            new Submission { Transactions = [Posted("deposit", Clearing, Alice, 100_00)] }, cancellation);
        Assert.Equal(TransactionStatus.Exists, repeat.Status);
    }

    [Fact]
    [Fault("T-01")]
    public async Task A_session_that_died_while_nothing_was_written_costs_nothing()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using NpgsqlDataSource impatient = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(database.DataSource.ConnectionString) { KeepAlive = 1, Password = database.AppPassword });
        await using LedgerUnderTest ledger = await LedgerUnderTest.StartAsync(impatient);
        NpgsqlConnection session = ledger.Journal.Session!;
        await using (NpgsqlCommand ending = database.DataSource.CreateCommand($"select pg_terminate_backend({session.ProcessID})"))
        {
            await ending.ExecuteNonQueryAsync(cancellation);
        }

        await Eventually.GetAsync(
            () => Task.FromResult(session.FullState), state => state != System.Data.ConnectionState.Open, "the driver notices that its session is gone");

        SubmissionResult result = await ledger.Ledger.SubmitAsync(
            new Submission
            {
                Accounts = [new(Clearing, NormalSide.Debit, AccountFlags.None), new(Alice, NormalSide.Credit, AccountFlags.None)],
                Transactions = [Posted("after the night", Clearing, Alice, 1)],
            },
            cancellation);

        Assert.Equal(TransactionStatus.Created, result.Status);
        Assert.Equal(1L, await database.QueryAsync<long>("select count(*) from ledger.transfers"));
    }

    private static Transaction Posted(string name, AccountId debit, AccountId credit, ulong amount) => new()
    {
        Id = TransactionId.FromName(name),
        Kind = TransactionKind.Posted,
        Transfers = [new Transfer(debit, credit, amount, 1)],
        Reference = name,
    };

    private sealed class LedgerUnderTest(ILedgerHost ledger, PostgresLedgerJournal journal) : IAsyncDisposable
    {
        public ILedgerHost Ledger => ledger;

        public PostgresLedgerJournal Journal => journal;

        public static Task<LedgerUnderTest> StartAsync(TestDatabase database) => StartAsync(database.DataSource);

        public static async Task<LedgerUnderTest> StartAsync(NpgsqlDataSource dataSource)
        {
            PostgresLedgerJournal journal = new(dataSource, [], NullLogger<PostgresLedgerJournal>.Instance);
            ILedgerHost ledger = LedgerFactory.Create(journal, TimeProvider.System, new LedgerOptions(), new LedgerLog(
                NullLogger<LedgerLog>.Instance, new TestMeterFactory()));
            await ledger.StartAsync(TestContext.Current.CancellationToken);
            return new LedgerUnderTest(ledger, journal);
        }

        public async ValueTask DisposeAsync()
        {
            await ledger.DisposeAsync();
            await journal.DisposeAsync();
        }
    }
}
