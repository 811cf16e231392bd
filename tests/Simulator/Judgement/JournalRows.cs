using System.Numerics;
using Florin.Ledger;
using Florin.Ledger.Journal;
using Florin.Simulator.Model;

namespace Florin.Simulator.Judgement;

/// <summary>Compares rows of the journal with what the model would write.</summary>
internal static class JournalRows
{
    /// <returns>How many rows it is; 0 when the rows are not those that the model would write.</returns>
    public static int Match(Foreseen foreseen, JournalBatch batch, int start, IReadOnlyList<string> accounts)
    {
        if (foreseen.Status != TransactionStatus.Created || foreseen.Page is null)
        {
            return 0;
        }

        int row = start;
        foreach (NaiveEntry entry in foreseen.Page.Book.OrderBy(entry => entry.Sequence))
        {
            for (int index = 0; index < entry.Lines.Count; index++, row++)
            {
                if (row == batch.Transfers.Count || !IsLine(batch.Transfers[row], entry, index, accounts))
                {
                    return 0;
                }
            }

            if (!HasDetail(batch, entry))
            {
                return 0;
            }
        }

        return row - start;
    }

    /// <summary>Totals by nothing but the rows: debits pending and posted, credits pending and posted.</summary>
    public static Dictionary<long, BigInteger[]> Sum(IEnumerable<JournalBatch> batches)
    {
        List<TransferRow> rows = [.. batches.SelectMany(batch => batch.Transfers)];
        HashSet<TransactionId?> ended = [.. rows.Where(row => row.Kind is TransactionKind.Post or TransactionKind.Void).Select(row => row.Related)];
        Dictionary<long, BigInteger[]> totals = [];
        foreach (TransferRow row in rows)
        {
            int column = row.Kind switch
            {
                TransactionKind.Pending => ended.Contains(row.TransactionId) ? -1 : 0,
                TransactionKind.Void => -1,
                _ => 1,
            };
            if (column >= 0)
            {
                Of(row.DebitAccount)[column] += row.Amount;
                Of(row.CreditAccount)[column + 2] += row.Amount;
            }
        }

        return totals;

        BigInteger[] Of(long account) => totals.TryGetValue(account, out BigInteger[]? found) ? found : totals[account] = new BigInteger[4];
    }

    private static bool IsLine(TransferRow row, NaiveEntry entry, int index, IReadOnlyList<string> accounts)
    {
        NaiveLine line = entry.Lines[index];
        return row.Sequence == entry.Sequence + index
            && row.TransactionId.Value == entry.Id
            && row.Kind == entry.Kind
            && row.Index == index
            && row.Count == entry.Lines.Count
            && row.DebitAccount <= accounts.Count && accounts[(int)row.DebitAccount - 1] == line.Debit
            && row.CreditAccount <= accounts.Count && accounts[(int)row.CreditAccount - 1] == line.Credit
            && row.Amount == line.Amount
            && row.Code == line.Code
            && row.Related?.Value == entry.Related
            && row.RelatedIndex == line.Origin;
    }

    private static bool HasDetail(JournalBatch batch, NaiveEntry entry)
    {
        DetailRow? detail = batch.Details.Find(found => found.Sequence == entry.Sequence);
        return detail is null
            ? entry.Date is null && entry.Reference is null && entry.Metadata is null
            : detail.TransactionId.Value == entry.Id && detail.EffectiveDate == entry.Date && detail.Reference == entry.Reference && detail.Metadata == entry.Metadata;
    }
}
