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
            TransactionStatus status = Compare(transaction.Transfers[index], existing.Transfers[index]);
            if (status != TransactionStatus.Exists)
            {
                return TransactionCheck.Repeat(status, existing, index);
            }
        }

        return null;
    }

    private static TransactionStatus Compare(Transfer asked, AppliedTransfer applied)
    {
        if (asked.Debit != applied.Debit.Row.Id)
        {
            return TransactionStatus.ExistsWithDifferentDebitAccount;
        }

        if (asked.Credit != applied.Credit.Row.Id)
        {
            return TransactionStatus.ExistsWithDifferentCreditAccount;
        }

        if (asked.Amount != applied.Amount)
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
        if (takesAll && existing.Kind != TransactionKind.Post)
        {
            return null;
        }

        Dictionary<int, UInt128> taken = existing.Transfers.ToDictionary(transfer => (int)transfer.RelatedIndex, transfer => transfer.Amount);
        if (takesAll)
        {
            // The pipeline loads the related transaction of every command, so that it is in memory here.
            TransactionRecord? pending = state.Find(existing.Related!.Value);
            Invariant.Assert(pending is not null);
            int different = Array.FindIndex(
                Enumerable.Range(0, pending.Transfers.Length).ToArray(),
                index => taken.GetValueOrDefault(index) != pending.Transfers[index].Amount);
            return different < 0 ? null : TransactionCheck.Repeat(TransactionStatus.ExistsWithDifferentAmount, existing, different);
        }

        for (int index = 0; index < transaction.Amounts.Length; index++)
        {
            if (taken.GetValueOrDefault(index) != transaction.Amounts[index])
            {
                return TransactionCheck.Repeat(TransactionStatus.ExistsWithDifferentAmount, existing, index);
            }
        }

        return taken.Keys.Max() < transaction.Amounts.Length
            ? null
            : TransactionCheck.Repeat(TransactionStatus.ExistsWithDifferentAmount, existing, transaction.Amounts.Length);
    }
}
