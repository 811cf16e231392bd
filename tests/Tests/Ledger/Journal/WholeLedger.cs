using Florin.Ledger;
using Florin.Storage.Database;
using Florin.Storage.Ledger;
using Florin.Tests.Ledger.Pipeline;
using Florin.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using static Florin.Tests.Ledger.Journal.PostgresLedger;

namespace Florin.Tests.Ledger.Journal;

/// <summary>Fills a database with a ledger that has every kind of row, in a closed and an open partition, with totals in the middle of history.</summary>
internal static class WholeLedger
{
    private const int PartitionTransfers = 1_024;

    public static async Task FillAsync(TestDatabase database)
    {
        await database.ExecuteAsync($"update ledger.layout set partition_transfers = {PartitionTransfers}");
        ManualTimeProvider time = new();
        await RunAsync(database, time, FirstPartAsync);
        await LedgerStorage.Audit(database.Owner).RebuildAsync(new Progress<LedgerAuditProgress>(), TestContext.Current.CancellationToken);
        await RunAsync(database, time, SecondPartAsync);
    }

    private static async Task RunAsync(TestDatabase database, ManualTimeProvider time, Func<ILedger, ManualTimeProvider, Task> part)
    {
        await using (PostgresLedgerJournal journal = new(database.DataSource, [], NullLogger<PostgresLedgerJournal>.Instance))
        await using (ILedgerHost ledger = LedgerFactory.Create(journal, time, new LedgerOptions(), new EventRecord()))
        {
            await ledger.StartAsync(TestContext.Current.CancellationToken);
            await part(ledger, time);
        }

        // The pool keeps the writer's session, and with it the writer's lock.
        database.DataSource.Clear();
        await database.ExecuteAsync($"select pg_advisory_lock({PostgresLedgerJournal.WriterLock}), pg_advisory_unlock({PostgresLedgerJournal.WriterLock})");
    }

    private static async Task FirstPartAsync(ILedger ledger, ManualTimeProvider time)
    {
        await SubmitAsync(ledger, new Submission
        {
            Accounts =
            [
                new(Bank, NormalSide.Debit, AccountFlags.None),
                new(Account("alice"), NormalSide.Credit, AccountFlags.DebitsMustNotExceedCredits),
                new(Account("bob"), NormalSide.Credit, AccountFlags.DebitsMustNotExceedCredits),
            ],
        });
        Transaction[] many = [.. Enumerable.Range(0, PartitionTransfers + 20).Select(index => Move($"m{index}", Bank, Account("alice"), 100))];
        Assert.All(await ledger.SubmitManyAsync(many, TestContext.Current.CancellationToken), result => Assert.Equal(TransactionStatus.Created, result.Status));
        await SubmitAsync(ledger, new Submission
        {
            Limits = [new LimitUse("a", 5, 10, time.GetUtcNow().AddDays(400)), new LimitUse("b", 6, 10, time.GetUtcNow().AddDays(400))],
            Transactions =
            [
                Move("d1", Bank, Account("alice"), 1) with { Reference = "r1", EffectiveDate = new DateOnly(2025, 12, 1) },
                Move("d2", Bank, Account("bob"), 2) with { Reference = "r2", Metadata = """{"order":"7"}""" },
                Move("d3", Bank, Account("bob"), 3) with
                {
                    Metadata = """{"order":"8"}""",
                    Conditions = [new BalanceCondition(Account("bob"), BalanceMeasure.Posted, Comparison.GreaterOrEqual, 1)],
                },
            ],
        });
        await SubmitAsync(ledger, new Submission { ClosePeriodThrough = new DateOnly(2025, 6, 30) });
        await SubmitAsync(ledger, new Submission { ClosePeriodThrough = new DateOnly(2025, 9, 30) });
    }

    private static async Task SecondPartAsync(ILedger ledger, ManualTimeProvider time)
    {
        Transaction On(string id, TransactionKind kind, string related, params UInt128[] amounts) =>
            new() { Id = TransactionId.FromName(id), Kind = kind, Related = TransactionId.FromName(related), Amounts = [.. amounts] };

        Transaction Hold(string id, TimeSpan? timeout = null) => Move(id, Account("alice"), Account("bob"), 50, TransactionKind.Pending) with { Timeout = timeout };

        await SubmitAsync(ledger, new Submission
        {
            Accounts = [new(Account("carol"), NormalSide.Credit, AccountFlags.None), new(Account("dave"), NormalSide.Credit, AccountFlags.None)],
            AccountChanges = [new(Account("carol"), AccountStanding.Frozen), new(Account("dave"), AccountStanding.Closed)],
            ClosePeriodThrough = new DateOnly(2025, 10, 31),
            Limits = [new LimitUse("a", 1, 10, time.GetUtcNow().AddDays(400)), new LimitUse("c", 2, 10, time.GetUtcNow().AddDays(400))],
            Transactions = [Hold("h1", TimeSpan.FromHours(1)), Hold("h2"), Hold("h3", TimeSpan.FromHours(2)), Hold("h4")],
        });
        await SubmitAsync(ledger, new Submission { AccountChanges = [new(Account("carol"), AccountStanding.Open)] });
        await SubmitAsync(ledger, new Submission
        {
            Transactions =
            [
                On("x1", TransactionKind.Increase, "h2", 7), On("x2", TransactionKind.Release, "h2", 3), On("x3", TransactionKind.PostPart, "h2", 4),
                On("x4", TransactionKind.Post, "h2", 30), On("x5", TransactionKind.Void, "h4"), On("x6", TransactionKind.Reverse, "x4", 5),
                On("x7", TransactionKind.Extend, "h3") with { Timeout = TimeSpan.FromHours(9) },
                Move("adjusted", Bank, Account("bob"), 9) with { EffectiveDate = new DateOnly(2025, 10, 1), ClosedPeriod = ClosedPeriodPolicy.Adjust, Reference = "late" },
            ],
        });
        time.Advance(TimeSpan.FromHours(2));
        await SubmitAsync(ledger, new Submission { Transactions = [Move("end", Bank, Account("bob"), 1)] });
    }

    private static async Task SubmitAsync(ILedger ledger, Submission submission)
    {
        SubmissionResult result = await ledger.SubmitAsync(submission, TestContext.Current.CancellationToken);
        Assert.Equal(TransactionStatus.Created, result.Status);
    }
}
