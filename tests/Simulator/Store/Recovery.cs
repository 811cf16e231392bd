using Florin.Ledger;
using Florin.Ledger.Journal;

namespace Florin.Simulator.Store;

/// <summary>What a journal tells of its rows, by the words of its port.</summary>
internal static class Recovery
{
    public static void Tell(
        IRecoverySink sink, long checkpoint, List<(AccountRow Row, AccountTotals Totals)> accounts, List<StoredTransaction> all, List<JournalBatch> batches)
    {
        sink.Checkpoint(checkpoint);
        foreach ((AccountRow row, AccountTotals totals) in accounts)
        {
            sink.Account(row, totals);
        }

        TellWhatHolds(sink, batches);

        List<StoredTransaction> before = all.FindAll(stored => stored.Transfers[0].Sequence <= checkpoint);
        before.ForEach(stored => sink.KnownId(stored.Transfers[0].TransactionId, stored.Transfers[0].Sequence));
        foreach (TransferRow row in before.SelectMany(stored => stored.Transfers))
        {
            sink.Entry(row.Sequence, row.DebitAccount, row.CreditAccount);
        }

        before.FindAll(stored => stored.Transfers[0].Kind == TransactionKind.Pending)
            .ConvertAll(stored => WithEffects(stored, before))
            .FindAll(stored => stored.ResolvedBy is null)
            .ForEach(sink.OpenPending);
        all.FindAll(stored => stored.Transfers[0].Sequence > checkpoint).ForEach(sink.Replay);
    }

    // What holds at the end of the journal: the last standing of each account, the last closed day, counters whose window is not over by the head's time.
    private static void TellWhatHolds(IRecoverySink sink, List<JournalBatch> batches)
    {
        foreach (IGrouping<long, StandingRow> changes in batches.SelectMany(batch => batch.Standings).GroupBy(row => row.Account))
        {
            sink.Standing(changes.Key, changes.Last().Standing);
        }

        if (batches.SelectMany(batch => batch.Periods).LastOrDefault() is { } period)
        {
            sink.ClosedThrough(period.Through);
        }

        foreach (IGrouping<string, LimitRow> uses in batches.SelectMany(batch => batch.Limits).GroupBy(row => row.Key))
        {
            DateTimeOffset end = uses.Max(use => use.ForgetAfter);
            if (end > batches[^1].Timestamp)
            {
                sink.Limit(uses.Key, uses.Last().Used, end);
            }
        }
    }

    /// <summary>A transaction with what later ones did to it.</summary>
    public static StoredTransaction WithEffects(StoredTransaction stored, List<StoredTransaction> all) => stored.With(all
        .Where(other => other.Transfers[0].Related == stored.Transfers[0].TransactionId)
        .SelectMany(other => other.Transfers)
        .Select(row => new LaterEffect(row.Kind, row.RelatedIndex, row.Amount, row.ExpiresAt)));
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
