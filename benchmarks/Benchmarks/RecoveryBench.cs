using Florin.Ledger;
using Npgsql;

namespace Florin.Benchmarks;

/// <summary>From nothing in memory to the first answer, on a ledger that has grown.</summary>
internal sealed class RecoveryBench(BenchCluster cluster, Report report, bool isShort)
{
    private const int BatchSize = 8_000;
    private const int Clients = 2;
    private const int Starts = 3;

    private readonly int _accounts = isShort ? 100_000 : 1_000_000;
    private readonly int _transfers = isShort ? 1_200_000 : 10_000_000;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        (NpgsqlDataSource app, NpgsqlDataSource owner) = await cluster.CreateLedgerAsync("ledger_recovery", cancellationToken);
        await using (app)
        await using (owner)
        {
            await GrowAsync(app, cancellationToken);
            await cluster.CheckpointAsync(cancellationToken);
            List<TimeSpan> took = [];
            for (int start = 0; start < Starts; start++)
            {
                Report.Progress($"start {start + 1} of {Starts}");
                GC.Collect();
                long started = TimeProvider.System.GetTimestamp();
                await using MeasuredLedger ledger = await MeasuredLedger.StartAsync(app, cancellationToken, accounts: []);
                Invariant.Assert(await ledger.Ledger.GetBalanceAsync(Workload.MakeAccounts(1)[0], cancellationToken) is not null);
                took.Add(TimeProvider.System.GetElapsedTime(started));
            }

            report.Add($"ready with {_accounts} accounts and {_transfers} transfers, median", Percentiles.At([.. took], 0.5) / 1_000, "s");
            report.Add("longest of three starts", took.Max().TotalSeconds, "s");
            report.Add("memory of the process", Environment.WorkingSet >> 20, "MiB");
        }
    }

    private async Task GrowAsync(NpgsqlDataSource app, CancellationToken cancellationToken)
    {
        Report.Progress($"opening {_accounts} accounts, growing to {_transfers} transfers");
        AccountId[] accounts = Workload.MakeAccounts(_accounts);
        await using MeasuredLedger ledger = await MeasuredLedger.StartAsync(app, cancellationToken, accounts);
        await ledger.RunBatchesAsync(Skew.Uniform, _transfers, BatchSize, Clients, seed: 5, cancellationToken, accounts);
        await ledger.IndexedAsync();
    }
}
