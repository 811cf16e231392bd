using Florin.Ledger.Journal;

namespace Florin.Tests.Ledger;

/// <summary>The rows of a batch as a journal tells them again.</summary>
internal static class StoredRows
{
    public static IEnumerable<StoredTransaction> Of(JournalBatch batch)
    {
        Dictionary<long, DetailRow> details = batch.Details.ToDictionary(detail => detail.Sequence);
        for (int start = 0; start < batch.Transfers.Count; start += batch.Transfers[start].Count)
        {
            List<TransferRow> rows = batch.Transfers.GetRange(start, batch.Transfers[start].Count);
            yield return new StoredTransaction(rows, details.GetValueOrDefault(rows[0].Sequence), batch.Timestamp);
        }
    }

    /// <summary>The transaction with what the given rows did to it.</summary>
    public static StoredTransaction WithEffects(StoredTransaction stored, IEnumerable<TransferRow> rows) => stored.With(
        rows.Where(row => row.Related == stored.Transfers[0].TransactionId)
            .Select(row => new LaterEffect(row.Kind, row.RelatedIndex, row.Amount, row.ExpiresAt)));
}
