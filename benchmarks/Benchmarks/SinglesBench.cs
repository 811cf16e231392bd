using Florin.Ledger;
using Npgsql;

namespace Florin.Benchmarks;

/// <summary>Callers that each wait for their one transfer before they send the next, on a ledger that has grown.</summary>
internal sealed class SinglesBench(BenchCluster cluster, Report report, bool isShort)
{
    private const int BatchSize = 8_000;
    private static readonly int[] Callers = [1, 64, 1_000];

    private readonly int _grown = isShort ? 104_000 : 1_000_000;
    private readonly TimeSpan _duration = TimeSpan.FromSeconds(isShort ? 5 : 20);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        (NpgsqlDataSource app, NpgsqlDataSource owner) = await cluster.CreateLedgerAsync("ledger_singles", cancellationToken);
        await using (app)
        await using (owner)
        {
            await using MeasuredLedger ledger = await MeasuredLedger.StartAsync(app, cancellationToken);
            Report.Progress($"growing to {_grown} transfers");
            await ledger.RunBatchesAsync(Skew.Uniform, _grown, BatchSize, clients: 2, seed: 1_000_000, cancellationToken);
            await cluster.CheckpointAsync(cancellationToken);
            foreach (int callers in Callers)
            {
                await RunAsync(ledger, callers, cancellationToken);
            }
        }
    }

    private async Task RunAsync(MeasuredLedger ledger, int callers, CancellationToken cancellationToken)
    {
        Report.Progress($"{callers} callers for {_duration.TotalSeconds} s");
        using CancellationTokenSource enough = new(_duration, TimeProvider.System);
        long started = TimeProvider.System.GetTimestamp();
        List<TimeSpan>[] took = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(
            () => CallAsync(ledger.Ledger, (ulong)((callers * 10_000) + caller), enough.Token, cancellationToken), cancellationToken)));
        double seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        TimeSpan[] all = [.. took.SelectMany(one => one)];
        string name = $"{callers} callers";
        report.Add(name, all.Length / seconds, "transfers/s");
        foreach ((string what, double share) in new[] { ("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999), ("longest", 1) })
        {
            report.Add($"{name}, {what}", Percentiles.At(all, share), "ms");
        }
    }

    private static async Task<List<TimeSpan>> CallAsync(ILedger ledger, ulong seed, CancellationToken enough, CancellationToken cancellationToken)
    {
        Workload workload = new(Skew.Uniform, seed);
        List<TimeSpan> took = [];
        while (!enough.IsCancellationRequested)
        {
            long started = TimeProvider.System.GetTimestamp();
            SubmissionResult result = await ledger.SubmitAsync(workload.NextAlone(), cancellationToken);
            Invariant.Assert(result.Status == TransactionStatus.Created);
            took.Add(TimeProvider.System.GetElapsedTime(started));
        }

        return took;
    }
}
