namespace Florin.Storage.Ledger.Audit;

/// <summary>Names the rows of a batch that are not those it was written with.</summary>
internal static class RowDifference
{
    /// <param name="numberBefore">The last account number before the batch.</param>
    public static IEnumerable<(long Sequence, string Message)> Find(BatchRow batch, BatchRows rows, long numberBefore) =>
        JournalTable.All.SelectMany(table => table == JournalTable.Details
            ? FindByChecksum(table, batch, rows)
            : FindByKey(table, batch, rows.Of(table), FirstKey(table, batch, numberBefore)));

    private static JournalKey FirstKey(JournalTable table, BatchRow batch, long numberBefore) => table.Index switch
    {
        0 => new JournalKey(0, numberBefore + 1),
        1 => new JournalKey(0, batch.First),
        _ => new JournalKey(batch.Number, 1),
    };

    // Keys without gaps: each that must be there is, once, with its checksum; and no other.
    private static IEnumerable<(long Sequence, string Message)> FindByKey(
        JournalTable table, BatchRow batch, IReadOnlyList<FoundRow> rows, JournalKey first)
    {
        int at = 0;
        for (int expected = 0; expected < batch.Counts[table.Index]; expected++)
        {
            JournalKey key = first with { Number = first.Number + expected };
            for (; at < rows.Count && IsBefore(rows[at].Key, key); at++)
            {
                yield return Extra(table, rows[at].Key);
            }

            if (at == rows.Count || rows[at].Key != key)
            {
                yield return (table.SequenceOf(key), $"{table.NameOf(key)} is missing");
                continue;
            }

            // Of two with one key at least one is not the row that was written; both are named when neither is.
            for (; at + 1 < rows.Count && rows[at + 1].Key == key; at++)
            {
                yield return (table.SequenceOf(key), $"{table.NameOf(key)} stands there twice");
            }

            if (rows[at++].Checksum != batch.Checksum(table, expected))
            {
                yield return (table.SequenceOf(key), $"{table.NameOf(key)} was changed");
            }
        }

        for (; at < rows.Count; at++)
        {
            yield return Extra(table, rows[at].Key);
        }
    }

    // Keys with gaps: only the checksums tell which rows there were.
    private static IEnumerable<(long Sequence, string Message)> FindByChecksum(JournalTable table, BatchRow batch, BatchRows all)
    {
        IReadOnlyList<FoundRow> rows = all.Of(table);
        uint[] written = [.. Enumerable.Range(0, batch.Counts[table.Index]).Select(index => batch.Checksum(table, index))];
        int start = 0;
        while (start < rows.Count && start < written.Length && rows[start].Checksum == written[start])
        {
            start++;
        }

        int end = 0;
        while (end < rows.Count - start && end < written.Length - start && rows[^(end + 1)].Checksum == written[^(end + 1)])
        {
            end++;
        }

        HashSet<uint> known = [.. written];
        for (int at = start; at < rows.Count - end; at++)
        {
            if (!known.Contains(rows[at].Checksum) || rows.Count >= written.Length)
            {
                yield return rows.Count > written.Length
                    ? Extra(table, rows[at].Key)
                    : (table.SequenceOf(rows[at].Key), $"{table.NameOf(rows[at].Key)} was changed");
            }
        }

        if (rows.Count < written.Length)
        {
            long after = start == 0 ? batch.First - 1 : rows[start - 1].Key.Number;
            long before = end == 0 ? batch.Last + 1 : rows[^end].Key.Number;
            long[] places = [.. all.FirstSequences.Where(place => place > after && place < before)];
            yield return places.Length == 1
                ? (places[0], $"{table.NameOf(new JournalKey(0, places[0]))} is missing")
                : (after + 1, $"{written.Length - rows.Count} row(s) of ledger.{table.Name} with a sequence from {after + 1} to {before - 1} are missing");
        }
    }

    private static bool IsBefore(JournalKey left, JournalKey right) =>
        left.Batch < right.Batch || (left.Batch == right.Batch && left.Number < right.Number);

    private static (long Sequence, string Message) Extra(JournalTable table, JournalKey key) =>
        (table.SequenceOf(key), $"{table.NameOf(key)} was never written");
}
