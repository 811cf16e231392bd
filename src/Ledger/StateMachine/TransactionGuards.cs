using System.Collections.Immutable;

namespace Florin.Ledger.StateMachine;

/// <summary>
/// The rules of a transaction, in the order of <see cref="TransactionStatus"/>: identity, repeats, shape, transfers, period, related transaction,
/// standing, totals. Reads the state, changes nothing. The rules on totals that depend on the sum of a transaction's transfers follow its application.
/// </summary>
internal static class TransactionGuards
{
    /// <param name="now">Ledger time.</param>
    /// <param name="applied">Gets what is to be applied, when it may be.</param>
    public static TransactionCheck Check(LedgerState state, Transaction transaction, DateTimeOffset now, List<AppliedTransfer> applied)
    {
        applied.Clear();
        if (transaction.Id.Value == UInt128.Zero)
        {
            return TransactionCheck.Refuse(TransactionStatus.IdMustNotBeZero);
        }

        if (transaction.Id.Value == UInt128.MaxValue)
        {
            return TransactionCheck.Refuse(TransactionStatus.IdMustNotBeMax);
        }

        if (state.Find(transaction.Id) is { } existing)
        {
            return RepeatGuards.Compare(state, transaction, existing);
        }

        // Fail-stop, never fail-wrong: an id that memory has forgotten since it was loaded must not be taken for a new one.
        Invariant.Assert(!state.IsForgotten(transaction.Id));
        TransactionStatus shape = ShapeGuards.Check(transaction);
        if (shape != TransactionStatus.Created)
        {
            return TransactionCheck.Refuse(shape);
        }

        bool isFirst = transaction.Kind is TransactionKind.Posted or TransactionKind.Pending;
        TransactionCheck check = isFirst ? CheckTransfers(state, transaction, applied) : TransactionCheck.Pass();
        if (check.Status != TransactionStatus.Created)
        {
            return check;
        }

        foreach (BalanceCondition condition in transaction.Conditions.IsDefault ? [] : transaction.Conditions)
        {
            if (!state.TryGetAccount(condition.Account, out _))
            {
                return TransactionCheck.Refuse(TransactionStatus.ConditionAccountNotFound);
            }
        }

        if (transaction.EffectiveDate <= state.ClosedThrough && transaction.ClosedPeriod == ClosedPeriodPolicy.Refuse)
        {
            return TransactionCheck.Refuse(TransactionStatus.PeriodClosed);
        }

        if (!isFirst)
        {
            check = RelatedGuards.Check(state, transaction, now, applied);
        }

        return check.Status == TransactionStatus.Created && transaction.Kind.MovesOrReserves() ? CheckTotals(check, transaction, applied) : check;
    }

    private static TransactionCheck CheckTransfers(LedgerState state, Transaction transaction, List<AppliedTransfer> applied)
    {
        ImmutableArray<Transfer> transfers = transaction.Transfers;
        for (int index = 0; index < transfers.Length; index++)
        {
            Transfer transfer = transfers[index];
            if (transfer.Amount == UInt128.Zero)
            {
                return TransactionCheck.Refuse(TransactionStatus.AmountMustNotBeZero, index);
            }

            if (transfer.Code <= 0)
            {
                return TransactionCheck.Refuse(TransactionStatus.CodeMustBePositive, index);
            }

            if (transfer.Debit == transfer.Credit)
            {
                return TransactionCheck.Refuse(TransactionStatus.AccountsMustBeDifferent, index);
            }

            if (transfer.Debit.Asset != transfer.Credit.Asset)
            {
                return TransactionCheck.Refuse(TransactionStatus.AssetsMustBeSame, index);
            }

            if (!state.TryGetAccount(transfer.Debit, out AccountState? debit))
            {
                return TransactionCheck.Refuse(TransactionStatus.DebitAccountNotFound, index);
            }

            if (!state.TryGetAccount(transfer.Credit, out AccountState? credit))
            {
                return TransactionCheck.Refuse(TransactionStatus.CreditAccountNotFound, index);
            }

            UInt128 minimumMax = transfer.Balancing == Balancing.None ? UInt128.Zero : transfer.Amount;
            if (transfer.Minimum > minimumMax)
            {
                return TransactionCheck.Refuse(TransactionStatus.MinimumMalformed, index);
            }

            applied.Add(new AppliedTransfer(debit, credit, transfer.Amount, transfer.Code, RelatedIndex: -1, Released: UInt128.Zero));
        }

        return TransactionCheck.Pass();
    }

    /// <summary>Both accounts can take the amount without leaving 128 bits.</summary>
    public static bool Fits(in AppliedTransfer transfer) =>
        TryAdd(transfer.Debit.Totals.DebitsPending + transfer.Debit.Totals.DebitsPosted, transfer.Amount, out _)
        && TryAdd(transfer.Credit.Totals.CreditsPending + transfer.Credit.Totals.CreditsPosted, transfer.Amount, out _);

    private static TransactionCheck CheckTotals(TransactionCheck check, Transaction transaction, List<AppliedTransfer> applied)
    {
        UInt128 sum = UInt128.Zero;
        for (int index = 0; index < applied.Count; index++)
        {
            AppliedTransfer transfer = applied[index];
            if (transfer.Debit.Standing != AccountStanding.Open && transfer.Amount > UInt128.Zero)
            {
                return TransactionCheck.Refuse(TransactionStatus.DebitAccountNotOpen, index);
            }

            if (transfer.Credit.Standing != AccountStanding.Open && transfer.Amount > UInt128.Zero)
            {
                return TransactionCheck.Refuse(TransactionStatus.CreditAccountNotOpen, index);
            }
        }

        for (int index = 0; index < applied.Count; index++)
        {
            // What a balancing transfer moves is known when its turn comes, and is looked at then.
            if (!transaction.IsBalancing(index) && !TryAdd(sum, applied[index].Amount, out sum))
            {
                return TransactionCheck.Refuse(TransactionStatus.OverflowsTotals, index);
            }
        }

        // On the safe side: the amounts of all transfers are counted against every account, which only matters within one transaction's
        // amounts of 128 bits.
        for (int index = 0; index < applied.Count; index++)
        {
            if (!Fits(applied[index].Debit.Totals, sum) || !Fits(applied[index].Credit.Totals, sum))
            {
                return TransactionCheck.Refuse(TransactionStatus.OverflowsTotals, index);
            }
        }

        return check;
    }

    private static bool Fits(AccountTotals totals, UInt128 sum) =>
        TryAdd(totals.DebitsPending + totals.DebitsPosted, sum, out _) && TryAdd(totals.CreditsPending + totals.CreditsPosted, sum, out _);

    private static bool TryAdd(UInt128 left, UInt128 right, out UInt128 sum)
    {
        sum = unchecked(left + right);
        return sum >= left;
    }
}
