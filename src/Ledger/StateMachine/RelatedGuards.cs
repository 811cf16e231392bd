namespace Florin.Ledger.StateMachine;

/// <summary>The rules of a command that acts on another transaction.</summary>
internal static class RelatedGuards
{
    /// <param name="applied">Gets what is to be applied, when it may be.</param>
    public static TransactionCheck Check(LedgerState state, Transaction transaction, DateTimeOffset now, List<AppliedTransfer> applied)
    {
        if (state.FindToChange(transaction.Related!.Value) is not { } related)
        {
            return TransactionCheck.Refuse(TransactionStatus.RelatedNotFound);
        }

        TransactionStatus status = transaction.Kind == TransactionKind.Reverse ? CheckReversible(related) : CheckOpen(related, now);
        if (status != TransactionStatus.Created)
        {
            return TransactionCheck.Refuse(status);
        }

        return transaction.Kind == TransactionKind.Extend
            ? ResolveExtension(transaction, related, now, applied)
            : ResolveAmounts(transaction, related, applied);
    }

    /// <summary>Everything that a pending transaction still reserves, as it expires.</summary>
    public static void ResolveRest(TransactionRecord pending, List<AppliedTransfer> applied)
    {
        for (int index = 0; index < pending.Transfers.Length; index++)
        {
            if (pending.HeldOf(index) > UInt128.Zero)
            {
                AppliedTransfer held = pending.Transfers[index];
                applied.Add(new AppliedTransfer(held.Debit, held.Credit, pending.HeldOf(index), held.Code, (short)index, UInt128.Zero));
            }
        }
    }

    private static TransactionStatus CheckReversible(TransactionRecord related) =>
        related.Kind is TransactionKind.Posted or TransactionKind.Post or TransactionKind.PostPart
            ? TransactionStatus.Created
            : TransactionStatus.RelatedNotPosted;

    private static TransactionStatus CheckOpen(TransactionRecord related, DateTimeOffset now)
    {
        if (related.Kind != TransactionKind.Pending)
        {
            return TransactionStatus.RelatedNotPending;
        }

        if (related.ResolvedBy is null)
        {
            // Its time has come, although the ledger has not come to write it yet.
            return related.ExpiresAt <= now ? TransactionStatus.RelatedExpired : TransactionStatus.Created;
        }

        if (related.ResolvedBy == TransactionKind.Expire)
        {
            return TransactionStatus.RelatedExpired;
        }

        return related.ResolvedBy == TransactionKind.Post || related.IsPartlyPosted
            ? TransactionStatus.RelatedAlreadyPosted
            : TransactionStatus.RelatedAlreadyVoided;
    }

    private static TransactionCheck ResolveExtension(
        Transaction transaction, TransactionRecord related, DateTimeOffset now, List<AppliedTransfer> applied)
    {
        if (related.ExpiresAt is not { } expiresAt)
        {
            return TransactionCheck.Refuse(TransactionStatus.RelatedHasNoTimeout);
        }

        if (now + transaction.Timeout!.Value <= expiresAt)
        {
            return TransactionCheck.Refuse(TransactionStatus.ExpiryMustBeLater);
        }

        AppliedTransfer first = related.Transfers[0];
        applied.Add(new AppliedTransfer(first.Debit, first.Credit, UInt128.Zero, first.Code, 0, UInt128.Zero));
        return TransactionCheck.Pass(related);
    }

    private static TransactionCheck ResolveAmounts(Transaction transaction, TransactionRecord related, List<AppliedTransfer> applied)
    {
        bool takesAll = transaction.Amounts.IsDefaultOrEmpty;
        if (!takesAll && transaction.Amounts.Length != related.Transfers.Length)
        {
            return TransactionCheck.Refuse(TransactionStatus.AmountsCountDiffers);
        }

        bool isReverse = transaction.Kind == TransactionKind.Reverse;
        int exceeding = -1;
        bool anything = false;
        for (int index = 0; index < related.Transfers.Length; index++)
        {
            AppliedTransfer original = related.Transfers[index];
            UInt128 left = isReverse ? related.LeftToReverse(index) : related.HeldOf(index);
            UInt128 amount = takesAll ? left : transaction.Amounts[index];
            if (exceeding < 0 && amount > left && transaction.Kind != TransactionKind.Increase)
            {
                exceeding = index;
            }

            anything |= amount > UInt128.Zero;

            // A post ends the whole reservation, also of transfers that it leaves out.
            UInt128 released = transaction.Kind == TransactionKind.Post ? left : UInt128.Zero;
            if (amount > UInt128.Zero || released > UInt128.Zero)
            {
                (AccountState debit, AccountState credit) = isReverse ? (original.Credit, original.Debit) : (original.Debit, original.Credit);
                applied.Add(new AppliedTransfer(debit, credit, amount, original.Code, (short)index, released));
            }
        }

        if (!anything)
        {
            return TransactionCheck.Refuse(TransactionStatus.NothingToDo);
        }

        return exceeding >= 0
            ? TransactionCheck.Refuse(TransactionStatus.ExceedsRelatedAmount, exceeding)
            : TransactionCheck.Pass(related);
    }
}
