using Florin.Ledger.Journal;

namespace Florin.Ledger.StateMachine;

/// <summary>What a submission changed, so that a refusal half-way leaves no trace. Reused; not thread-safe.</summary>
internal sealed class UndoLog
{
    private readonly List<(AccountState Account, AccountTotals Before)> _totals = [];
    private readonly List<TransactionRecord> _added = [];
    private readonly List<(TransactionRecord Record, TransactionKind? ResolvedBy, UInt128[]? Reversed)> _changed = [];

    public void Clear()
    {
        _totals.Clear();
        _added.Clear();
        _changed.Clear();
    }

    public void BeforeTotals(AccountState account) => _totals.Add((account, account.Totals));

    public void Added(TransactionRecord record) => _added.Add(record);

    public void BeforeChange(TransactionRecord record) =>
        _changed.Add((record, record.ResolvedBy, (UInt128[]?)record.Reversed?.Clone()));

    /// <summary>Restores totals and records, newest first, and returns what was added so that the caller forgets it.</summary>
    public IReadOnlyList<TransactionRecord> RollBack()
    {
        for (int index = _totals.Count - 1; index >= 0; index--)
        {
            _totals[index].Account.Totals = _totals[index].Before;
        }

        for (int index = _changed.Count - 1; index >= 0; index--)
        {
            (TransactionRecord record, TransactionKind? resolvedBy, UInt128[]? reversed) = _changed[index];
            record.ResolvedBy = resolvedBy;
            record.Reversed = reversed;
        }

        return _added;
    }
}
