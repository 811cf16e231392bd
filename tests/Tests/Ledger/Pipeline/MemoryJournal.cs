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

            List<StoredTransaction> all = [.. store.Batches.SelectMany(StoredRows.Of)];
            List<StoredTransaction> before = [.. all.Where(stored => stored.Transfers[0].Sequence <= checkpoint)];
            HashSet<TransactionId?> ended = [.. before.Where(stored => IsEnd(stored.Transfers[0].Kind)).Select(stored => stored.Transfers[0].Related)];
            before.ForEach(stored => sink.KnownId(stored.Transfers[0].TransactionId));
            before.FindAll(stored => stored.Transfers[0].Kind == TransactionKind.Pending && !ended.Contains(stored.Transfers[0].TransactionId))
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

    public ValueTask<IReadOnlyList<StoredTransaction>> ReadAsync(IReadOnlyCollection<TransactionId> ids, CancellationToken cancellationToken)
    {
        lock (store.Gate)
        {
            HashSet<TransactionId> wanted = [.. ids];
            List<TransferRow> transfers = store.Transfers;
            ILookup<TransactionId, TransferRow> later = transfers.Where(row => row.Related is { } related && wanted.Contains(related)).ToLookup(row => row.Related!.Value);
            IReadOnlyList<StoredTransaction> found = [.. store.Batches
                .SelectMany(StoredRows.Of)
                .Where(stored => wanted.Contains(stored.Transfers[0].TransactionId))
                .Select(stored => WithEffects(stored, [.. later[stored.Transfers[0].TransactionId]]))];
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

    private static bool IsEnd(TransactionKind kind) => kind is TransactionKind.Post or TransactionKind.Void;

    private static StoredTransaction WithEffects(StoredTransaction stored, List<TransferRow> later)
    {
        UInt128[] reversed = new UInt128[stored.Transfers.Count];
        later.FindAll(row => row.Kind == TransactionKind.Reverse).ForEach(row => reversed[row.RelatedIndex] += row.Amount);
        TransferRow[] ends = [.. later.Where(row => IsEnd(row.Kind))];
        return stored with { ResolvedBy = ends.Length > 0 ? ends[0].Kind : null, Reversed = reversed.Any(amount => amount > 0) ? reversed : [] };
    }

    // A store keeps what it was given, not what its writer does with it later.
    private static JournalBatch Copy(JournalBatch batch)
    {
        JournalBatch copy = new() { Number = batch.Number, Timestamp = batch.Timestamp, LastSequence = batch.LastSequence };
        copy.Accounts.AddRange(batch.Accounts);
        copy.Transfers.AddRange(batch.Transfers);
        copy.Details.AddRange(batch.Details);
        copy.Participants.AddRange(batch.Participants);
        return copy;
    }
}
