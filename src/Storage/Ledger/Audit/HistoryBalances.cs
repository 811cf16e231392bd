using Florin.Ledger;

namespace Florin.Storage.Ledger.Audit;

/// <summary>
/// Balances by adding up history, and the rules that history must keep. Written apart from the state machine on purpose: it judges what that
/// one wrote.
/// </summary>
internal sealed class HistoryBalances
{
    private readonly List<AccountFlags> _flags = [];
    private readonly List<string> _assets = [];
    private readonly List<AccountTotals> _totals = [];
    private readonly Dictionary<UInt128, (int Debit, int Credit, UInt128 Held)[]> _held = [];

    public int Count => _totals.Count;

    public AccountTotals this[long number] => _totals[(int)number - 1];

    /// <summary>Takes an account row; a message when it cannot be.</summary>
    public string? AddAccount(CopyStream row)
    {
        if (row.BigInt(0) != _totals.Count + 1)
        {
            return $"account number {row.BigInt(0)} stands where {_totals.Count + 1} must";
        }

        _assets.Add(row.Text(2));
        _flags.Add((AccountFlags)row.Integer(5));
        _totals.Add(default);
        return null;
    }

    /// <summary>Takes a transfer row; a message when it breaks a rule. Constraint flags are looked at when the transaction is complete.</summary>
    public string? AddTransfer(CopyStream row)
    {
        (long debitNumber, long creditNumber) = (row.BigInt(5), row.BigInt(6));
        if (debitNumber < 1 || debitNumber > _totals.Count || creditNumber < 1 || creditNumber > _totals.Count)
        {
            return "it names an account that is not open";
        }

        (int debit, int credit) = ((int)debitNumber - 1, (int)creditNumber - 1);
        if (_assets[debit] != _assets[credit])
        {
            return $"it moves {_assets[debit]} to an account of {_assets[credit]}";
        }

        TransactionKind kind = (TransactionKind)row.SmallInt(2);
        return Apply(kind, row, debit, credit) ?? DifferentBalances(row, debit, credit) ?? BrokenFlags(kind, row, debit, credit);
    }

    private string? Apply(TransactionKind kind, CopyStream row, int debit, int credit)
    {
        UInt128 amount = row.Numeric(7);
        switch (kind)
        {
            case TransactionKind.Posted:
            case TransactionKind.Reverse:
                return Change(debit, credit, amount, UInt128.Zero, UInt128.Zero);
            case TransactionKind.Pending:
                Hold(row, debit, credit, amount);
                return Change(debit, credit, UInt128.Zero, amount, UInt128.Zero);
            case TransactionKind.Increase:
                return Reserve(row, amount) ?? Change(debit, credit, UInt128.Zero, amount, UInt128.Zero);
            case TransactionKind.Post:
                return Release(row, row.Numeric(12)) ?? Change(debit, credit, amount, UInt128.Zero, row.Numeric(12));
            case TransactionKind.PostPart:
                return Release(row, amount) ?? Change(debit, credit, amount, UInt128.Zero, amount);
            case TransactionKind.Void:
            case TransactionKind.Expire:
            case TransactionKind.Release:
                return Release(row, amount) ?? Change(debit, credit, UInt128.Zero, UInt128.Zero, amount);
            case TransactionKind.Extend:
                return null;
            default:
                return $"its kind {(int)kind} is not known";
        }
    }

    // The row tells what its writer held in memory then: it must be what history gives.
    private string? DifferentBalances(CopyStream row, int debit, int credit)
    {
        try
        {
            return BalanceBytes.Read(row.Field(14, out _)) == (_totals[debit], _totals[credit]) ? null : "its balances differ from those of history";
        }
        catch (FormatException)
        {
            return "its balances cannot be read";
        }
    }

    private string? BrokenFlags(TransactionKind kind, CopyStream row, int debit, int credit)
    {
        bool isLast = row.SmallInt(3) == row.SmallInt(4) - 1;
        bool mayBreak = kind is TransactionKind.Posted or TransactionKind.Pending or TransactionKind.Post or TransactionKind.PostPart
            or TransactionKind.Increase or TransactionKind.Reverse;
        return isLast && mayBreak ? BrokenFlag(debit) ?? BrokenFlag(credit) : null;
    }

    private string? BrokenFlag(int account)
    {
        AccountTotals totals = _totals[account];
        bool debitsExceed = (_flags[account] & AccountFlags.DebitsMustNotExceedCredits) != 0
            && totals.DebitsPending + totals.DebitsPosted > totals.CreditsPosted;
        bool creditsExceed = (_flags[account] & AccountFlags.CreditsMustNotExceedDebits) != 0
            && totals.CreditsPending + totals.CreditsPosted > totals.DebitsPosted;
        return debitsExceed || creditsExceed ? $"it leaves account {account + 1} below its floor" : null;
    }

    private string? Change(int debit, int credit, UInt128 posted, UInt128 reserved, UInt128 released)
    {
        AccountTotals payer = _totals[debit];
        AccountTotals payee = _totals[credit];
        if (released > payer.DebitsPending + reserved || released > payee.CreditsPending + reserved)
        {
            return "it releases more than is reserved";
        }

        _totals[debit] = payer with { DebitsPending = payer.DebitsPending + reserved - released, DebitsPosted = payer.DebitsPosted + posted };
        _totals[credit] = payee with { CreditsPending = payee.CreditsPending + reserved - released, CreditsPosted = payee.CreditsPosted + posted };
        return null;
    }

    private void Hold(CopyStream row, int debit, int credit, UInt128 amount)
    {
        UInt128 id = row.UuidOrNull(1)!.Value;
        if (!_held.TryGetValue(id, out (int Debit, int Credit, UInt128 Held)[]? transfers))
        {
            _held.Add(id, transfers = new (int, int, UInt128)[Math.Max((int)row.SmallInt(4), 1)]);
        }

        transfers[Math.Clamp((int)row.SmallInt(3), 0, transfers.Length - 1)] = (debit, credit, amount);
    }

    private string? Reserve(CopyStream row, UInt128 amount)
    {
        if (FindHeld(row, out int index) is not { } transfers)
        {
            return "it acts on a transaction that is not pending";
        }

        transfers[index].Held += amount;
        return null;
    }

    private string? Release(CopyStream row, UInt128 amount)
    {
        if (FindHeld(row, out int index) is not { } transfers)
        {
            return "it acts on a transaction that is not pending";
        }

        if (transfers[index].Held < amount)
        {
            return "it releases more than is reserved";
        }

        transfers[index].Held -= amount;
        return null;
    }

    // What is reserved down to nothing cannot be acted on any more; a post or void has taken all of it.
    private (int Debit, int Credit, UInt128 Held)[]? FindHeld(CopyStream row, out int index)
    {
        index = row.SmallIntOr(10, -1);
        return row.UuidOrNull(9) is { } related && _held.TryGetValue(related, out (int Debit, int Credit, UInt128 Held)[]? transfers)
            && index >= 0 && index < transfers.Length && Array.Exists(transfers, transfer => transfer.Held > UInt128.Zero)
                ? transfers
                : null;
    }
}
