using Florin.Ledger;
using Florin.Ledger.Journal;

namespace Florin.Simulator.Store;

/// <summary>What a journal tells of its rows, by the words of its port.</summary>
internal static class Recovery
{
    public static void Tell(
        IRecoverySink sink, long checkpoint, List<(AccountRow Row, AccountTotals Totals)> accounts, List<StoredTransaction> all)
    {
        sink.Checkpoint(checkpoint);
        foreach ((AccountRow row, AccountTotals totals) in accounts)
        {
            sink.Account(row, totals);
        }

        List<StoredTransaction> before = all.FindAll(stored => stored.Transfers[0].Sequence <= checkpoint);
        HashSet<TransactionId?> ended = [.. before.Where(stored => IsEnd(stored.Transfers[0].Kind)).Select(stored => stored.Transfers[0].Related)];
        before.ForEach(stored => sink.KnownId(stored.Transfers[0].TransactionId));
        before.FindAll(stored => stored.Transfers[0].Kind == TransactionKind.Pending && !ended.Contains(stored.Transfers[0].TransactionId))
            .ForEach(sink.OpenPending);
        all.FindAll(stored => stored.Transfers[0].Sequence > checkpoint).ForEach(sink.Replay);
    }

    /// <summary>A transaction with what later ones did to it.</summary>
    public static StoredTransaction WithEffects(StoredTransaction stored, List<StoredTransaction> all)
    {
        TransactionId id = stored.Transfers[0].TransactionId;
        List<TransferRow> later = [.. all.Where(other => other.Transfers[0].Related == id).SelectMany(other => other.Transfers)];
        UInt128[] reversed = new UInt128[stored.Transfers.Count];
        later.FindAll(row => row.Kind == TransactionKind.Reverse).ForEach(row => reversed[row.RelatedIndex] += row.Amount);
        List<TransferRow> ends = later.FindAll(row => IsEnd(row.Kind));
        return stored with { ResolvedBy = ends.Count > 0 ? ends[0].Kind : null, Reversed = reversed.Any(amount => amount > 0) ? reversed : [] };
    }

    private static bool IsEnd(TransactionKind kind) => kind is TransactionKind.Post or TransactionKind.Void;
}

/// <summary>The rows of a batch as a journal tells them again.</summary>
internal static class StoredRows
{
    public static IEnumerable<StoredTransaction> Of(StoredBatch stored)
    {
        JournalBatch batch = stored.Batch;
        Dictionary<long, DetailRow> details = batch.Details.ToDictionary(detail => detail.Sequence);
        for (int start = 0; start < batch.Transfers.Count; start += batch.Transfers[start].Count)
        {
            List<TransferRow> rows = batch.Transfers.GetRange(start, batch.Transfers[start].Count);
            yield return new StoredTransaction(rows, details.GetValueOrDefault(rows[0].Sequence), batch.Timestamp);
        }
    }
}
