using System.Collections.Concurrent;
using Florin.Ledger;
using Florin.Ledger.Journal;
using Florin.Storage.Ledger;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Florin.Benchmarks;

/// <summary>The whole ledger on its real journal, with the time of each append.</summary>
internal sealed class MeasuredLedger : IAsyncDisposable, ILedgerEvents
{
    private readonly PostgresLedgerJournal _journal;

    private MeasuredLedger(NpgsqlDataSource source)
    {
        _journal = new PostgresLedgerJournal(source, [], NullLogger<PostgresLedgerJournal>.Instance);
        Ledger = LedgerFactory.Create(_journal, TimeProvider.System, new LedgerOptions(), this);
    }

    public ILedgerHost Ledger { get; }

    /// <summary>From sending a batch to its commit: encoding, COPY, COMMIT.</summary>
    public ConcurrentQueue<(int Transfers, TimeSpan Took)> Commits { get; } = new();

    /// <param name="accounts">Those to open; <see langword="null"/> for the ten thousand.</param>
    public static async Task<MeasuredLedger> StartAsync(NpgsqlDataSource source, CancellationToken cancellationToken, AccountId[]? accounts = null)
    {
        MeasuredLedger made = new(source);
        await made.Ledger.StartAsync(cancellationToken);
        foreach (Submission opening in accounts is null ? Workload.Openings : Workload.OpeningsOf(accounts))
        {
            await made.Ledger.SubmitAsync(opening, cancellationToken);
        }

        made.Commits.Clear();
        return made;
    }

    /// <summary>Keeps so many batches of so many transfers in flight until all are answered.</summary>
    /// <returns>How long each batch took, from its first submission to its last answer.</returns>
    public async Task<TimeSpan[]> RunBatchesAsync(Skew skew, int transfers, int batchSize, int clients, ulong seed, CancellationToken cancellationToken, AccountId[]? accounts = null)
    {
        int left = transfers / batchSize;
        ConcurrentQueue<TimeSpan> took = new();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(
            async () =>
            {
                Workload workload = new(skew, seed + (ulong)client, accounts);
                Transaction[] batch = new Transaction[batchSize];
                while (Interlocked.Decrement(ref left) >= 0)
                {
                    long started = TimeProvider.System.GetTimestamp();
                    for (int index = 0; index < batch.Length; index++)
                    {
                        batch[index] = workload.Next();
                    }

                    foreach (TransactionResult result in await Ledger.SubmitManyAsync(batch, cancellationToken))
                    {
                        Invariant.Assert(result.Status == TransactionStatus.Created);
                    }

                    took.Enqueue(TimeProvider.System.GetElapsedTime(started));
                }
            },
            cancellationToken)));
        return [.. took];
    }

    /// <summary>Waits until closed partitions have their indexes.</summary>
    public Task IndexedAsync() => _journal.IndexedAsync();

    public async ValueTask DisposeAsync()
    {
        await Ledger.DisposeAsync();
        await _journal.DisposeAsync();
    }

    public void Committed(long batch, int items, int transfers, TimeSpan took) => Commits.Enqueue((transfers, took));

    public void Recovered(long epoch, long sequence, int accounts, TimeSpan took)
    {
        // Not part of what is measured.
    }

    public void Failed(Exception exception) => throw new InvalidOperationException("The journal failed during a benchmark.", exception);

    public void Conflicted(int participants) => throw new InvalidOperationException("Nothing here has participants.");

    public void Checkpointed(long sequence, int accounts, Exception? failure)
    {
        // Runs beside the commits and is measured through them.
    }
}
