namespace Florin.Tests.Payments.Sequences;

/// <summary>The ledger's rows, and what follows from them by adding up alone.</summary>
internal sealed record BookRecord(
    IReadOnlyList<BookAccount> Accounts, IReadOnlyDictionary<(string Reference, string Address), decimal> ByReference, IReadOnlyList<BookEffect> Effects)
{
    public static async Task<BookRecord> ReadAsync(SequenceWorld world)
    {
        IReadOnlyList<BookAccount> accounts = await world.RowsAsync(
            "select number, address, asset, normal_side, flags from ledger.accounts",
            row => new BookAccount(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetInt16(3) == 0, row.GetInt32(4)));
        IReadOnlyList<BookEffect> effects = await world.RowsAsync(
            "select e.sequence, t.transaction_id::text, t.kind, e.debit_account, e.credit_account, e.posted, e.pending, coalesce(x.reference, ''), "
            + "coalesce(t.related_id::text, '') "
            + "from ledger.effects e join ledger.transfers t using (sequence) join ledger.transactions x using (transaction_id) order by e.sequence",
            row => new BookEffect(
                row.GetInt64(0), row.GetString(1), row.GetInt16(2), row.GetInt64(3), row.GetInt64(4), row.GetDecimal(5), row.GetDecimal(6), row.GetString(7),
                row.GetString(8)));
        Dictionary<long, BookAccount> byNumber = accounts.ToDictionary(account => account.Number);
        Dictionary<(string, string), decimal> byReference = [];
        foreach (BookEffect effect in effects)
        {
            (string, string) debit = (effect.Reference, byNumber[effect.Debit].Address);
            (string, string) credit = (effect.Reference, byNumber[effect.Credit].Address);
            byReference[debit] = byReference.GetValueOrDefault(debit) + effect.Posted;
            byReference[credit] = byReference.GetValueOrDefault(credit) - effect.Posted;
        }

        return new BookRecord(accounts, byReference, effects);
    }

    /// <summary>What a flow moved on an account in all: debits less credits, in the asset's smallest units.</summary>
    public decimal Moved(string flow, string address) => ByReference.GetValueOrDefault((flow, address));

    /// <summary>Debits less credits of every account, what is only pending left out.</summary>
    public IReadOnlyDictionary<BookAccount, decimal> Balances()
    {
        Dictionary<long, decimal> sums = [];
        foreach (BookEffect effect in Effects)
        {
            sums[effect.Debit] = sums.GetValueOrDefault(effect.Debit) + effect.Posted;
            sums[effect.Credit] = sums.GetValueOrDefault(effect.Credit) - effect.Posted;
        }

        return Accounts.ToDictionary(account => account, account => sums.GetValueOrDefault(account.Number));
    }

    /// <summary>By payment: what can still be given back, what is reserved for a refund or a dispute left out.</summary>
    public IReadOnlyDictionary<string, decimal> Refundable()
    {
        ILookup<long, BookEffect> held = Effects.Where(effect => effect.Pending != 0).ToLookup(effect => effect.Debit);
        return Balances().Where(entry => entry.Key.Address.StartsWith("payment:", StringComparison.Ordinal)).ToDictionary(
            entry => entry.Key.Address.Split(':')[1], entry => -entry.Value - held[entry.Key.Number].Sum(effect => effect.Pending));
    }
}

/// <param name="Flags">1: debits must not exceed credits; 2: credits must not exceed debits.</param>
internal sealed record BookAccount(long Number, string Address, string Asset, bool IsDebit, int Flags);

/// <param name="Kind">As <c>ledger.transfers</c> numbers them; 5 is a reversal.</param>
/// <param name="Posted">Moved for good by this row.</param>
/// <param name="Pending">Reserved by this row, or released when below zero.</param>
internal sealed record BookEffect(
    long Sequence, string Transaction, short Kind, long Debit, long Credit, decimal Posted, decimal Pending, string Reference, string Related);
