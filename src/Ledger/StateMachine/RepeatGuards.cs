namespace Florin.Ledger.StateMachine;

/// <summary>Compares a command with the transaction that has its id: the same content is a repeat, other content names the first field that differs.</summary>
internal static class RepeatGuards
{
    public static TransactionCheck Compare(LedgerState state, Transaction transaction, TransactionRecord existing)
    {
        if (transaction.Kind != existing.Kind)
        {
            return TransactionCheck.Repeat(TransactionStatus.ExistsWithDifferentKind, existing);
        }

        if (transaction.Related != existing.Related)
        {
            return TransactionCheck.Repeat(TransactionStatus.ExistsWithDifferentRelated, existing);
        }

        TransactionCheck? difference = transaction.Kind is TransactionKind.Posted or TransactionKind.Pending
            ? CompareTransfers(transaction, existing)
            : CompareAmounts(state, transaction, existing);
        if (difference is { } found)
        {
            return found;
        }

        if (transaction.EffectiveDate != existing.EffectiveDate)
        {
            return TransactionCheck.Repeat(TransactionStatus.ExistsWithDifferentEffectiveDate, existing);
        }

        if (transaction.Reference != existing.Reference)
        {
            return TransactionCheck.Repeat(TransactionStatus.ExistsWithDifferentReference, existing);
        }

        return TransactionCheck.Repeat(
            transaction.Metadata != existing.Metadata ? TransactionStatus.ExistsWithDifferentMetadata : TransactionStatus.Exists, existing);
    }

    private static TransactionCheck? CompareTransfers(Transaction transaction, TransactionRecord existing)
    {
        int count = transaction.Transfers.IsDefault ? 0 : transaction.Transfers.Length;
        if (count != existing.Transfers.Length)
        {
            return TransactionCheck.Repeat(TransactionStatus.ExistsWithDifferentTransferCount, existing);
        }

        for (int index = 0; index < existing.Transfers.Length; index++)
        {
            TransactionStatus status = Compare(transaction.Transfers[index], existing.Transfers[index], hasAmounts: !transaction.Amounts.IsDefaultOrEmpty);
            if (status != TransactionStatus.Exists)
            {
                return TransactionCheck.Repeat(status, existing, index);
            }
        }

        return null;
    }

    // Amounts of their own belong to posts and reversals: what was applied here had none.
    private static TransactionStatus Compare(Transfer asked, AppliedTransfer applied, bool hasAmounts)
    {
        if (asked.Debit != applied.Debit.Row.Id)
        {
            return TransactionStatus.ExistsWithDifferentDebitAccount;
        }

        if (asked.Credit != applied.Credit.Row.Id)
        {
            return TransactionStatus.ExistsWithDifferentCreditAccount;
        }

        if (hasAmounts || asked.Amount != applied.Amount)
        {
            return TransactionStatus.ExistsWithDifferentAmount;
        }

        return asked.Code != applied.Code ? TransactionStatus.ExistsWithDifferentCode : TransactionStatus.Exists;
    }

    /// <summary>
    /// For post and reverse. "All that is left" is compared with what a post took in full; a reversal that asked for all matches whatever was left
    /// then, because that amount is not in the command.
    /// </summary>
    private static TransactionCheck? CompareAmounts(LedgerState state, Transaction transaction, TransactionRecord existing)
    {
        if (!transaction.Transfers.IsDefaultOrEmpty)
        {
            return TransactionCheck.Repeat(TransactionStatus.ExistsWithDifferentTransferCount, existing);
        }

        bool takesAll = transaction.Amounts.IsDefaultOrEmpty;
        if (existing.Kind == TransactionKind.Void)
        {
            return takesAll ? null : TransactionCheck.Repeat(TransactionStatus.ExistsWithDifferentAmount, existing, 0);
        }

        if (takesAll && existing.Kind == TransactionKind.Reverse)
        {
            return null;
        }

        // The pipeline loads the related transaction of every command, so that it is in memory here.
        TransactionRecord? related = state.Find(existing.Related!.Value);
        Invariant.Assert(related is not null);
        int asked = takesAll ? related.Transfers.Length : transaction.Amounts.Length;
        for (int index = 0; index < Math.Max(asked, related.Transfers.Length); index++)
        {
            bool areBoth = index < asked && index < related.Transfers.Length;
            if (!areBoth || Taken(existing, index) != (takesAll ? related.Transfers[index].Amount : transaction.Amounts[index]))
            {
                return TransactionCheck.Repeat(TransactionStatus.ExistsWithDifferentAmount, existing, index);
            }
        }

        return null;
    }

    private static UInt128 Taken(TransactionRecord existing, int relatedIndex) =>
        Array.Find(existing.Transfers, transfer => transfer.RelatedIndex == relatedIndex).Amount;
}
