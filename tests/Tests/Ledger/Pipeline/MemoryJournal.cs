using Florin.Ledger;
using Florin.Ledger.Journal;

namespace Florin.Tests.Ledger.Pipeline;

/// <summary>What a store keeps when its writers end: the journals of one store compete for it as servers compete for one database.</summary>
internal sealed class MemoryStore
{
    public Lock Gate { get; } = new();

    public long Epoch { get; set; }

    public List<JournalBatch> Batches { get; } = [];

    public JournalCheckpoint Checkpoint { get; set; } = new(0, 0, []);

    public Dictionary<long, AccountTotals> Totals { get; } = [];

    public List<TransferRow> Transfers => [.. Batches.SelectMany(batch => batch.Transfers)];
}

/// <summary>A journal in memory that keeps the port's promises: epochs fence, a batch is there whole or not at all, reads tell committed state.</summary>
internal sealed class MemoryJournal(MemoryStore store) : ILedgerJournal
{
    private long _epoch;
    private bool _wasWriter;

    public ValueTask<JournalHead> AcquireAsync(CancellationToken cancellationToken)
    {
        lock (store.Gate)
        {
            if (_wasWriter && store.Epoch != _epoch)
            {
                throw new JournalFencedException("Another writer took the journal.");
            }

            _epoch = ++store.Epoch;
            _wasWriter = true;
            JournalBatch? last = store.Batches.LastOrDefault();
            return ValueTask.FromResult(new JournalHead(_epoch, store.Batches.Count, last?.LastSequence ?? 0, last?.Timestamp ?? DateTimeOffset.UnixEpoch));
        }
    }

    public ValueTask RecoverAsync(IRecoverySink sink, CancellationToken cancellationToken)
    {
        lock (store.Gate)
        {
            long checkpoint = store.Checkpoint.Sequence;
            sink.Checkpoint(checkpoint);
            foreach (AccountRow account in store.Batches.SelectMany(batch => batch.Accounts))
            {
                sink.Account(account, store.Totals.GetValueOrDefault(account.Number));
            }

            foreach (StandingRow standing in store.Batches.SelectMany(batch => batch.Standings))
            {
                sink.Standing(standing.Account, standing.Standing);
            }

            if (store.Batches.SelectMany(batch => batch.Periods).LastOrDefault() is { } period)
            {
                sink.ClosedThrough(period.Through);
            }

            DateTimeOffset now = store.Batches.LastOrDefault()?.Timestamp ?? DateTimeOffset.UnixEpoch;
            foreach (IGrouping<string, LimitRow> uses in store.Batches.SelectMany(batch => batch.Limits).GroupBy(use => use.Key))
            {
                DateTimeOffset end = uses.Max(use => use.ForgetAfter);
                if (end > now)
                {
                    sink.Limit(uses.Key, uses.Last().Used, end);
                }
            }

            List<StoredTransaction> all = [.. store.Batches.SelectMany(StoredRows.Of)];
            List<StoredTransaction> before = [.. all.Where(stored => stored.Transfers[0].Sequence <= checkpoint)];
            List<TransferRow> rowsBefore = [.. before.SelectMany(stored => stored.Transfers)];
            before.ForEach(stored => sink.KnownId(stored.Transfers[0].TransactionId, stored.Transfers[0].Sequence));
            rowsBefore.ForEach(row => sink.Entry(row.Sequence, row.DebitAccount, row.CreditAccount));
            before.FindAll(stored => stored.Transfers[0].Kind == TransactionKind.Pending)
                .ConvertAll(stored => StoredRows.WithEffects(stored, rowsBefore))
                .FindAll(stored => stored.ResolvedBy is null)
                .ForEach(sink.OpenPending);
            all.FindAll(stored => stored.Transfers[0].Sequence > checkpoint).ForEach(sink.Replay);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask AppendAsync(JournalBatch batch, CancellationToken cancellationToken)
    {
        lock (store.Gate)
        {
            if (store.Epoch != _epoch)
            {
                throw new JournalFencedException("Another writer took the journal.");
            }

            JournalBatch? last = store.Batches.LastOrDefault();
            Invariant.Assert(batch.Number == store.Batches.Count + 1);
            Invariant.Assert(batch.LastSequence == (last?.LastSequence ?? 0) + batch.Transfers.Count);
            Invariant.Assert(last is null || batch.Timestamp > last.Timestamp);
            store.Batches.Add(Copy(batch));
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<StoredTransaction>> ReadAsync(IReadOnlyCollection<TransactionPosition> positions, CancellationToken cancellationToken)
    {
        lock (store.Gate)
        {
            List<TransferRow> all = store.Transfers;
            IReadOnlyList<StoredTransaction> found = [.. store.Batches
                .SelectMany(StoredRows.Of)
                .Where(stored => positions.Contains(new TransactionPosition(stored.Transfers[0].TransactionId, stored.Transfers[0].Sequence)))
                .Select(stored => StoredRows.WithEffects(stored, all))];
            return ValueTask.FromResult(found);
        }
    }

    public ValueTask WriteCheckpointAsync(JournalCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        lock (store.Gate)
        {
            if (checkpoint.Sequence >= store.Checkpoint.Sequence)
            {
                Invariant.Assert(store.Batches[(int)checkpoint.Batch - 1].LastSequence == checkpoint.Sequence);
                store.Checkpoint = checkpoint;
                foreach ((long number, AccountTotals totals) in checkpoint.Accounts)
                {
                    store.Totals[number] = totals;
                }
            }
        }

        return ValueTask.CompletedTask;
    }

    // A store keeps what it was given, not what its writer does with it later.
    private static JournalBatch Copy(JournalBatch batch)
    {
        JournalBatch copy = new() { Number = batch.Number, Timestamp = batch.Timestamp, LastSequence = batch.LastSequence };
        copy.Accounts.AddRange(batch.Accounts);
        copy.Transfers.AddRange(batch.Transfers);
        copy.Details.AddRange(batch.Details);
        copy.Standings.AddRange(batch.Standings);
        copy.Limits.AddRange(batch.Limits);
        copy.Periods.AddRange(batch.Periods);
        copy.Participants.AddRange(batch.Participants);
        return copy;
    }
}
