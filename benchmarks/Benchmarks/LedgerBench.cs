using Florin.Ledger;
using Npgsql;

namespace Florin.Benchmarks;

/// <summary>
/// Transfers a second of in-process clients with batches in flight, against two marks on the same server in the same run: TPC-B by pgbench,
/// and a bare binary COPY of the same rows with only the unique index of ids.
/// </summary>
internal sealed class LedgerBench(BenchCluster cluster, Report report, bool isShort)
{
    private const int BatchSize = 8_000;
    private const int PgbenchClients = 64;
    private const int PgbenchThreads = 2;
    private const int PgbenchScale = 10;

    /// <summary>Ten partitions of the journal and a part of the eleventh.</summary>
    private readonly int _deep = isShort ? 1_200_000 : 10_000_000;
    private readonly int _transfers = isShort ? 104_000 : 1_000_000;
    private readonly int _pgbenchSeconds = isShort ? 8 : 30;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Report.Progress($"pgbench, scale {PgbenchScale}, {_pgbenchSeconds} s");
        double tpcb = await cluster.PgbenchAsync(PgbenchScale, PgbenchClients, PgbenchThreads, _pgbenchSeconds, cancellationToken);
        report.Add("pgbench tpc-b", tpcb, "tps");
        double copy = 0;
        List<Run> runs = [];
        foreach ((Skew skew, int clients) in new[] { (Skew.Uniform, 1), (Skew.Uniform, 2), (Skew.Hot, 2), (Skew.Zipf, 2) })
        {
            string name = $"{skew} {clients}x{BatchSize}".ToLowerInvariant();
            (NpgsqlDataSource app, NpgsqlDataSource owner) = await cluster.CreateLedgerAsync($"ledger_{skew}_{clients}".ToLowerInvariant(), cancellationToken);
            await using (app)
            await using (owner)
            {
                runs.Add(await RunAsync(name, skew, clients, app, cancellationToken));
                if (skew == Skew.Uniform && clients == 2)
                {
                    copy = await new BareCopy(owner).RunAsync(BatchSize, cancellationToken);
                    report.Add("bare binary copy", copy, "rows/s");
                }
            }
        }

        runs.AddRange(await RunDeepAsync(cancellationToken));
        foreach ((string name, double rate, TimeSpan[] batches, double appendShare) in runs)
        {
            report.Add(name, rate, "transfers/s", ("pgbench tpc-b", rate / tpcb), ("bare binary copy", rate / copy));
            report.Add($"{name}, median batch", Percentiles.At(batches, 0.5), "ms");
            report.Add($"{name}, worst batch", Percentiles.At(batches, 1), "ms");
            report.Add($"{name}, time with an append under way", appendShare * 100, "%");
        }

        await new StageProfile(report).RunAsync(runs[1].Rate, _transfers);
    }

    /// <summary>One ledger that grows to its depth, which is a figure of its own with all that partitions and indexes cost, and then the three workloads on it.</summary>
    private async Task<List<Run>> RunDeepAsync(CancellationToken cancellationToken)
    {
        const int Clients = 2;
        (NpgsqlDataSource app, NpgsqlDataSource owner) = await cluster.CreateLedgerAsync("ledger_deep", cancellationToken);
        await using (app)
        await using (owner)
        {
            await cluster.CheckpointAsync(cancellationToken);
            await using MeasuredLedger ledger = await MeasuredLedger.StartAsync(app, cancellationToken);
            List<Run> runs = [await MeasureAsync("growing, uniform", Skew.Uniform, Clients, ledger, _deep, 7_000, cancellationToken)];
            await ledger.IndexedAsync();
            foreach (Skew skew in Enum.GetValues<Skew>())
            {
                string name = $"{skew} {Clients}x{BatchSize}, {_deep / 1_000_000.0:0.#} million deep".ToLowerInvariant();
                runs.Add(await MeasureAsync(name, skew, Clients, ledger, _transfers, 8_000 + ((ulong)skew * 10), cancellationToken));
            }

            return runs;
        }
    }

    private async Task<Run> RunAsync(
        string name, Skew skew, int clients, NpgsqlDataSource app, CancellationToken cancellationToken)
    {
        await cluster.CheckpointAsync(cancellationToken);
        await using MeasuredLedger ledger = await MeasuredLedger.StartAsync(app, cancellationToken);

        // The first batches pay for compilation and for statements that are not prepared yet.
        await ledger.RunBatchesAsync(skew, 4 * BatchSize, BatchSize, clients, seed: 1_000, cancellationToken);
        return await MeasureAsync(name, skew, clients, ledger, _transfers, 1, cancellationToken);
    }

    private static async Task<Run> MeasureAsync(
        string name, Skew skew, int clients, MeasuredLedger ledger, int transfers, ulong seed, CancellationToken cancellationToken)
    {
        Report.Progress($"ledger, {name}, {transfers} transfers");
        ledger.Commits.Clear();
        long started = TimeProvider.System.GetTimestamp();
        TimeSpan[] batches = await ledger.RunBatchesAsync(skew, transfers, BatchSize, clients, seed, cancellationToken);
        double seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        int committed = ledger.Commits.Sum(commit => commit.Transfers);
        Invariant.Assert(committed == transfers / BatchSize * BatchSize);
        double appendShare = ledger.Commits.Sum(commit => commit.Took.TotalSeconds) / seconds;
        return new Run(name, committed / seconds, batches, appendShare);
    }

    private sealed record Run(string Name, double Rate, TimeSpan[] Batches, double AppendShare);
}
