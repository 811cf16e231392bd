using System.Numerics;
using Florin.Ledger;
using Florin.Ledger.Journal;
using Florin.Simulator.Model;

namespace Florin.Simulator.Judgement;

/// <summary>How far a batch is explained: positions in its lists.</summary>
internal readonly record struct RowPosition(int Transfer, int Standing, int Limit, int Period, int Participant);

/// <summary>Compares rows of the journal with what the model would write.</summary>
internal static class JournalRows
{
    /// <returns>The position after it; <see langword="null"/> when the rows are not those that the model would write.</returns>
    public static RowPosition? Match(Foreseen foreseen, JournalBatch batch, RowPosition start, IReadOnlyList<string> accounts)
    {
        if (foreseen.Status != TransactionStatus.Created || foreseen.Page is not { } page)
        {
            return null;
        }

        int row = start.Transfer;
        foreach (NaiveEntry entry in foreseen.Page.Book.OrderBy(entry => entry.Sequence))
        {
            int rows = Match(entry, batch, row, accounts);
            if (rows == 0)
            {
                return null;
            }

            row += rows;
        }

        RowPosition end = new(row, start.Standing + page.Standings.Count, start.Limit + page.Uses.Count, start.Period + page.Closings.Count, start.Participant);
        bool isSame = Rest(batch.Standings, start.Standing, end.Standing).Select(change => (accounts[(int)change.Account - 1], change.Standing, (BigInteger)change.AfterSequence)).SequenceEqual(page.Standings)
            && Rest(batch.Limits, start.Limit, end.Limit).SequenceEqual(page.Uses.Select((use, index) => RowOf(use, start.Limit + index + 1)))
            && Rest(batch.Periods, start.Period, end.Period).Select(period => (period.Through, (BigInteger)period.AfterSequence)).SequenceEqual(page.Closings)
            && IsComplete(batch, end, page);
        return isSame ? end : null;
    }

    private static IEnumerable<T> Rest<T>(List<T> rows, int start, int end) => rows.Take(end).Skip(start);

    private static LimitRow RowOf((LimitUse Use, BigInteger Used, BigInteger After) use, int position) =>
        new(use.Use.Key, use.Use.Amount, (UInt128)use.Used, use.Use.Max, use.Use.ForgetAfter, (long)use.After, position);

    // Limits are counted after the transfers of their submission, standings and periods change before: no row of that place may be left over.
    private static bool IsComplete(JournalBatch batch, RowPosition end, NaivePage page) =>
        !page.Book.Any()
        || ((end.Limit == batch.Limits.Count || batch.Limits[end.Limit].AfterSequence > page.Sequence)
            && (end.Standing == batch.Standings.Count || batch.Standings[end.Standing].AfterSequence >= page.Sequence)
            && (end.Period == batch.Periods.Count || batch.Periods[end.Period].AfterSequence >= page.Sequence));

    /// <returns>How many rows the entry is; 0 when the rows are not those.</returns>
    public static int Match(NaiveEntry entry, JournalBatch batch, int start, IReadOnlyList<string> accounts)
    {
        for (int index = 0; index < entry.Lines.Count; index++)
        {
            if (start + index >= batch.Transfers.Count || !IsLine(batch.Transfers[start + index], entry, index, accounts))
            {
                return 0;
            }
        }

        return HasDetail(batch, entry) ? entry.Lines.Count : 0;
    }

    /// <summary>Totals by nothing but the rows: debits pending and posted, credits pending and posted.</summary>
    public static Dictionary<long, BigInteger[]> Sum(IEnumerable<JournalBatch> batches)
    {
        Dictionary<long, BigInteger[]> totals = [];
        foreach (TransferRow row in batches.SelectMany(batch => batch.Transfers))
        {
            Add(totals, row);
        }

        return totals;
    }

    /// <summary>Adds one row to the totals of its accounts.</summary>
    /// <returns>Whether the totals that the row carries are those.</returns>
    public static bool Add(Dictionary<long, BigInteger[]> totals, TransferRow row)
    {
        (BigInteger reserved, BigInteger posted) = row.Kind switch
        {
            TransactionKind.Pending or TransactionKind.Increase => (row.Amount, 0),
            TransactionKind.Void or TransactionKind.Expire or TransactionKind.Release => (-(BigInteger)row.Amount, 0),
            TransactionKind.Post => (-(BigInteger)row.Released, row.Amount),
            TransactionKind.PostPart => (-(BigInteger)row.Amount, row.Amount),
            TransactionKind.Extend => (BigInteger.Zero, BigInteger.Zero),
            _ => (0, row.Amount),
        };
        (BigInteger[] debit, BigInteger[] credit) = (Of(row.DebitAccount), Of(row.CreditAccount));
        debit[0] += reserved;
        debit[1] += posted;
        credit[2] += reserved;
        credit[3] += posted;
        return IsSame(debit, row.DebitAfter) && IsSame(credit, row.CreditAfter);

        BigInteger[] Of(long account) => totals.TryGetValue(account, out BigInteger[]? found) ? found : totals[account] = new BigInteger[4];
    }

    private static bool IsSame(BigInteger[] totals, AccountTotals row) =>
        totals[0] == row.DebitsPending && totals[1] == row.DebitsPosted && totals[2] == row.CreditsPending && totals[3] == row.CreditsPosted;

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
            && row.RelatedIndex == line.Origin
            && row.Released == line.Released
            && row.ExpiresAt == entry.ExpiresAt;
    }

    private static bool HasDetail(JournalBatch batch, NaiveEntry entry)
    {
        DetailRow? detail = batch.Details.Find(found => found.Sequence == entry.Sequence);
        byte[]? terms = TermsBytes.Of(entry.Asked);
        return detail is null
            ? entry.Date is null && entry.Reference is null && entry.Metadata is null && terms is null
            : detail.TransactionId.Value == entry.Id
                && detail.EffectiveDate == (entry.IsAdjusted ? null : entry.Date)
                && detail.AskedDate == (entry.IsAdjusted ? entry.Date : null)
                && detail.Reference == entry.Reference
                && detail.Metadata == entry.Metadata
                && detail.Terms.HasValue == (terms is not null)
                && (terms is null || detail.Terms!.Value.Span.SequenceEqual(terms));
    }
}
