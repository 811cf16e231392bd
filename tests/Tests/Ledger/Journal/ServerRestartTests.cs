using System.Collections.Concurrent;
using Florin.Ledger;
using Florin.Ledger.Journal;
using Florin.Storage.Database;
using Florin.Storage.Database.Cluster;
using Florin.Tests.Ledger.Pipeline;
using Florin.Tests.Support;
using Npgsql;
using Xunit;
using static Florin.Tests.Ledger.Journal.PostgresLedger;

namespace Florin.Tests.Ledger.Journal;

/// <summary>PostgreSQL itself dies under load.</summary>
public sealed class ServerRestartTests
{
    // More in a row, and the cluster takes itself for broken.
    private const int Restarts = 3;

    [Fact]
    [Fault("T-01")]
    public async Task An_immediate_restart_of_postgresql_under_load_loses_and_doubles_nothing()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await using TemporaryFolder folder = TemporaryFolder.Create();
        ClusterSettings settings = new(SharedMegabytes: 32, WalMegabytesMax: 128, ConnectionsMax: 40);
        await using PrivateCluster cluster = await PrivateCluster.StartAsync(folder.Path, settings, TimeProvider.System, _ => { }, cancellation);
        await ClusterRoles.EnsureAsync(cluster.Address, cluster.Secrets, cancellation);
        await using NpgsqlDataSource admin = NpgsqlDataSource.Create(cluster.Address.Connection(PrivateCluster.Superuser, cluster.Secrets.Superuser, "postgres"));
        await using (NpgsqlCommand creating = admin.CreateCommand($"create database restarts owner {Roles.Owner}"))
        {
            await creating.ExecuteNonQueryAsync(cancellation);
        }

        NpgsqlConnectionStringBuilder judge = cluster.Address.Connection(Roles.Owner, cluster.Secrets.Owner, "restarts");
        judge.Pooling = false;
        await using NpgsqlDataSource owner = NpgsqlDataSource.Create(judge);
        await new Migrator(owner, hasAppRole: true, TimeProvider.System, _ => { }).MigrateAsync([FlorinSchema.Migrations, LedgerStorage.Migrations], cancellation);
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(cluster.Address.Connection(Roles.App, cluster.Secrets.App, "restarts"));
        await using PostgresLedger ledger = await StartAsync(source, new LedgerOptions { BatchItemsMax = 20, RecoveryPauseMin = TimeSpan.FromMilliseconds(20), CheckpointTransfers = 300 });
        await ledger.OpenAsync("alice");

        ConcurrentDictionary<string, ulong> acknowledged = [];
        using CancellationTokenSource enough = new();
        Task[] callers = [.. Enumerable.Range(0, 40).Select(caller => CallAsync(ledger, caller, acknowledged, enough.Token))];
        for (int restart = 1; restart <= Restarts; restart++)
        {
            int seen = acknowledged.Count;
            await UntilAsync([.. callers, cluster.Lost], () => acknowledged.Count > seen + 500);
            ledger.Faults.Appends.Enqueue(Kill(restart, () => Command.RunAsync("kill", ["-QUIT", $"{cluster.Postmaster.ProcessId}"], "", cancellation)));
            await UntilAsync([.. callers, cluster.Lost], () => ledger.Events.Count("recovered") > restart);
        }

        await enough.CancelAsync();
        await Task.WhenAll(callers);

        Assert.True(ledger.Events.Count("failed") >= Restarts);
        await using NpgsqlCommand counting = owner.CreateCommand(
            "select count(*), count(distinct transaction_id), (select string_agg(transaction_id || ' ' || sequence, ',') from ledger.transfers) from ledger.transfers");
        await using NpgsqlDataReader reader = await counting.ExecuteReaderAsync(cancellation);
        Assert.True(await reader.ReadAsync(cancellation));
        Assert.Equal(acknowledged.Count, reader.GetInt64(0));
        Assert.Equal(acknowledged.Count, reader.GetInt64(1));
        Assert.Equal(acknowledged.Select(pair => $"{TransactionId.FromName(pair.Key)} {pair.Value}").Order(), reader.GetString(2).Split(',').Order());
        Assert.Contains($"bank/USD 0 {acknowledged.Count} 0 0", await ledger.MemoryAsync());
    }

    // As a batch is sent, so that it is lost; while it is sent; and when it is durable but nobody knows.
    private static FaultyJournal.Step<JournalBatch> Kill(int restart, Func<Task> kill) => async (_, goThrough, _) =>
    {
        switch (restart % 3)
        {
            case 0:
                await kill();
                await goThrough();
                break;
            case 1:
                await Task.WhenAll(kill(), goThrough());
                break;
            default:
                await goThrough();
                await kill();
                throw new JournalException("The acknowledgement went with the server.");
        }
    };

    // Each caller asks again until it knows; all that it began is known at its end.
    private static async Task CallAsync(PostgresLedger ledger, int caller, ConcurrentDictionary<string, ulong> acknowledged, CancellationToken enough)
    {
        for (int number = 0; !enough.IsCancellationRequested; number++)
        {
            string name = $"{caller}/{number}";
            SubmissionResult result = await ledger.SubmitAsync(Move(name, Bank, Account("alice"), 1));
            Assert.Equal(TransactionStatus.Created, result.Status);
            Assert.True(acknowledged.TryAdd(name, result.Transactions[0].Sequence));
        }
    }

    private static async Task UntilAsync(Task[] running, Func<bool> condition)
    {
        while (!condition())
        {
            Task ended = await Task.WhenAny([.. running, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System)]);
            Assert.DoesNotContain(ended, running);
        }
    }
}
