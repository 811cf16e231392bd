using System.Numerics;

namespace Florin.Ledger.StateMachine;

/// <summary>What a submission changed, so that a refusal half-way leaves no trace. Reused; not thread-safe.</summary>
internal sealed class UndoLog
{
    private readonly List<(AccountState Account, AccountTotals Totals, long LastEntry)> _totals = [];
    private readonly List<(AccountState Account, AccountStanding Standing)> _standings = [];
    private readonly List<(Solvency Solvency, Asset Asset, BigInteger Surplus)> _surpluses = [];
    private readonly List<TransactionRecord> _added = [];
    private readonly List<RecordBefore> _changed = [];

    /// <summary>Pending transactions that were added.</summary>
    public IReadOnlyList<TransactionRecord> AddedRecords => _added;

    public void Clear()
    {
        _totals.Clear();
        _standings.Clear();
        _surpluses.Clear();
        _added.Clear();
        _changed.Clear();
    }

    public void BeforeTotals(AccountState account) => _totals.Add((account, account.Totals, account.LastEntry));

    public void BeforeStanding(AccountState account) => _standings.Add((account, account.Standing));

    public void BeforeSurplus(Solvency solvency, Asset asset, BigInteger surplus) => _surpluses.Add((solvency, asset, surplus));

    public void Added(TransactionRecord record) => _added.Add(record);

    public void BeforeChange(TransactionRecord record) => _changed.Add(new RecordBefore(
        record, record.ResolvedBy, (UInt128[]?)record.Held?.Clone(), record.IsPartlyPosted, record.ExpiresAt, (UInt128[]?)record.Reversed?.Clone()));

    /// <summary>Restores everything, newest first.</summary>
    public void RollBack()
    {
        for (int index = _totals.Count - 1; index >= 0; index--)
        {
            (AccountState account, AccountTotals totals, long lastEntry) = _totals[index];
            account.Totals = totals;
            account.LastEntry = lastEntry;
        }

        for (int index = _standings.Count - 1; index >= 0; index--)
        {
            _standings[index].Account.Standing = _standings[index].Standing;
        }

        for (int index = _surpluses.Count - 1; index >= 0; index--)
        {
            _surpluses[index].Solvency.Restore(_surpluses[index].Asset, _surpluses[index].Surplus);
        }

        for (int index = _changed.Count - 1; index >= 0; index--)
        {
            _changed[index].Restore();
        }
    }

    private readonly record struct RecordBefore(
        TransactionRecord Record,
        TransactionKind? ResolvedBy,
        UInt128[]? Held,
        bool IsPartlyPosted,
        DateTimeOffset? ExpiresAt,
        UInt128[]? Reversed)
    {
        public void Restore()
        {
            Record.ResolvedBy = ResolvedBy;
            Record.Held = Held;
            Record.IsPartlyPosted = IsPartlyPosted;
            Record.ExpiresAt = ExpiresAt;
            Record.Reversed = Reversed;
        }
    }
}
