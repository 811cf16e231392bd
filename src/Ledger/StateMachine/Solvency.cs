using System.Numerics;

namespace Florin.Ledger.StateMachine;

/// <summary>
/// For each asset what the house holds for its customers less what it owes them: posted debits less posted credits over all accounts with
/// <see cref="AccountFlags.Safeguarding"/>. A transaction that raises what is owed may not raise a shortfall with it (fault L-09).
/// </summary>
/// <remarks>
/// A loss, which takes from what is held and credits no customer, is a fact and always recorded. A transfer between two such accounts changes
/// nothing here, so that deposits, transfers and withdrawals go on during a shortfall. Not thread-safe.
/// </remarks>
internal sealed class Solvency
{
    private readonly Dictionary<Asset, BigInteger> _surplus = [];
    private readonly List<Change> _changes = [];

    /// <summary>A transaction begins.</summary>
    public void Begin() => _changes.Clear();

    /// <summary>An account with its totals comes from a checkpoint.</summary>
    public void Add(AccountState account)
    {
        if (IsSafeguarding(account))
        {
            Asset asset = account.Row.Id.Asset;
            _surplus[asset] = SurplusOf(asset) + (BigInteger)account.Totals.DebitsPosted - (BigInteger)account.Totals.CreditsPosted;
        }
    }

    /// <summary>A transfer was applied to the totals of its accounts.</summary>
    /// <param name="undo">Keeps what was before; <see langword="null"/> at replay.</param>
    public void Count(TransactionKind kind, in AppliedTransfer transfer, int index, UndoLog? undo)
    {
        bool debitCounts = IsSafeguarding(transfer.Debit);
        bool creditCounts = IsSafeguarding(transfer.Credit);
        if (!(debitCounts || creditCounts) || !kind.Posts())
        {
            return;
        }

        Asset asset = transfer.Debit.Row.Id.Asset;
        BigInteger amount = (BigInteger)transfer.Amount;
        if (undo is not null)
        {
            Note(asset, index, (creditCounts && IsOwed(transfer.Credit) ? amount : 0) - (debitCounts && IsOwed(transfer.Debit) ? amount : 0));
        }

        if (debitCounts != creditCounts)
        {
            BigInteger before = SurplusOf(asset);
            undo?.BeforeSurplus(this, asset, before);
            _surplus[asset] = debitCounts ? before + amount : before - amount;
        }
    }

    public void Restore(Asset asset, BigInteger surplus) => _surplus[asset] = surplus;

    /// <summary>The transaction's first transfer that raised what is owed in an asset whose shortfall it raised; <see langword="null"/> when all is covered.</summary>
    public int? FirstUncovered()
    {
        foreach (Change change in _changes)
        {
            BigInteger after = SurplusOf(change.Asset);
            if (change.Owed > 0 && after < 0 && after < change.Before)
            {
                return change.FirstOwing;
            }
        }

        return null;
    }

    private static bool IsSafeguarding(AccountState account) => (account.Row.Flags & AccountFlags.Safeguarding) != 0;

    private static bool IsOwed(AccountState account) => account.Row.NormalSide == NormalSide.Credit;

    private BigInteger SurplusOf(Asset asset) => _surplus.GetValueOrDefault(asset);

    // Called before the transfer changes the surplus.
    private void Note(Asset asset, int index, BigInteger owed)
    {
        int position = _changes.FindIndex(change => change.Asset == asset);
        Change noted = position < 0 ? new Change(asset, SurplusOf(asset), 0, -1) : _changes[position];
        Change now = noted with { Owed = noted.Owed + owed, FirstOwing = noted.FirstOwing < 0 && owed > 0 ? index : noted.FirstOwing };
        if (position < 0)
        {
            _changes.Add(now);
        }
        else
        {
            _changes[position] = now;
        }
    }

    private readonly record struct Change(Asset Asset, BigInteger Before, BigInteger Owed, int FirstOwing);
}
