using Florin.Ledger;
using Florin.Ledger.Journal;

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
    private readonly Dictionary<UInt128, List<(int Debit, int Credit, UInt128 Amount)>> _held = [];

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
        UInt128 amount = row.Numeric(7);
        if (_assets[debit] != _assets[credit])
        {
            return $"it moves {_assets[debit]} to an account of {_assets[credit]}";
        }

        TransactionKind kind = (TransactionKind)row.SmallInt(2);
        string? problem = kind switch
        {
            TransactionKind.Pending => Hold(row.UuidOrNull(1)!.Value, debit, credit, amount),
            TransactionKind.Posted or TransactionKind.Reverse => Move(debit, credit, amount),
            TransactionKind.Post => Release(row) ?? Move(debit, credit, amount),
            TransactionKind.Void => Release(row),
            _ => $"its kind {(int)kind} is not known",
        };
        bool isLast = row.SmallInt(3) == row.SmallInt(4) - 1;
        return problem ?? (isLast && kind != TransactionKind.Void ? BrokenFlag(debit) ?? BrokenFlag(credit) : null);
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

    private string? Move(int debit, int credit, UInt128 amount)
    {
        _totals[debit] = _totals[debit] with { DebitsPosted = _totals[debit].DebitsPosted + amount };
        _totals[credit] = _totals[credit] with { CreditsPosted = _totals[credit].CreditsPosted + amount };
        return null;
    }

    private string? Hold(UInt128 id, int debit, int credit, UInt128 amount)
    {
        if (!_held.TryGetValue(id, out List<(int, int, UInt128)>? transfers))
        {
            _held.Add(id, transfers = []);
        }

        transfers.Add((debit, credit, amount));
        _totals[debit] = _totals[debit] with { DebitsPending = _totals[debit].DebitsPending + amount };
        _totals[credit] = _totals[credit] with { CreditsPending = _totals[credit].CreditsPending + amount };
        return null;
    }

    // The first row of a post or void releases the whole pending transaction; the others of the same transaction find it released.
    private string? Release(CopyStream row)
    {
        if (row.SmallInt(3) > 0)
        {
            return null;
        }

        if (row.UuidOrNull(9) is not { } related || !_held.Remove(related, out List<(int Debit, int Credit, UInt128 Amount)>? transfers))
        {
            return "it posts or voids a transaction that is not pending";
        }

        foreach ((int debit, int credit, UInt128 amount) in transfers)
        {
            _totals[debit] = _totals[debit] with { DebitsPending = _totals[debit].DebitsPending - amount };
            _totals[credit] = _totals[credit] with { CreditsPending = _totals[credit].CreditsPending - amount };
        }

        return null;
    }
}
