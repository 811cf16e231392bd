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

        if (transaction.Timeout != existing.Timeout)
        {
            return TransactionCheck.Repeat(TransactionStatus.ExistsWithDifferentTimeout, existing);
        }

        if (transaction.EffectiveDate != existing.AskedDate)
        {
            return TransactionCheck.Repeat(TransactionStatus.ExistsWithDifferentEffectiveDate, existing);
        }

        if (transaction.Reference != existing.Reference)
        {
            return TransactionCheck.Repeat(TransactionStatus.ExistsWithDifferentReference, existing);
        }

        if (transaction.Metadata != existing.Metadata)
        {
            return TransactionCheck.Repeat(TransactionStatus.ExistsWithDifferentMetadata, existing);
        }

        bool areTermsEqual = AreTermsPossible(state, transaction) && Terms.AreEqual(Terms.Encode(transaction), existing.Terms);
        return TransactionCheck.Repeat(areTermsEqual ? TransactionStatus.Exists : TransactionStatus.ExistsWithDifferentTerms, existing);
    }

    // The shape of a repeat was not checked. Accounts never go away, so what was applied spoke only of those that are open.
    private static bool AreTermsPossible(LedgerState state, Transaction transaction) =>
        transaction.Conditions.IsDefaultOrEmpty
        || (transaction.Conditions.Length <= Transaction.ConditionsMax && transaction.Conditions.All(condition => state.TryGetAccount(condition.Account, out _)));

    private static TransactionCheck? CompareTransfers(Transaction transaction, TransactionRecord existing)
    {
        int count = transaction.Transfers.IsDefault ? 0 : transaction.Transfers.Length;
        if (count != existing.Transfers.Length)
        {
            return TransactionCheck.Repeat(TransactionStatus.ExistsWithDifferentTransferCount, existing);
        }

        for (int index = 0; index < existing.Transfers.Length; index++)
        {
            // A balancing transfer is compared by what it asked for, which the terms keep; the rest of the terms is compared last.
            UInt128 amount = Terms.AskedAmount(existing.Terms, index) ?? existing.Transfers[index].Amount;
            TransactionStatus status = Compare(
                transaction.Transfers[index], existing.Transfers[index], amount, hasAmounts: !transaction.Amounts.IsDefaultOrEmpty);
            if (status != TransactionStatus.Exists)
            {
                return TransactionCheck.Repeat(status, existing, index);
            }
        }

        return null;
    }

    // Amounts of their own belong to posts and reversals: what was applied here had none.
    private static TransactionStatus Compare(Transfer asked, AppliedTransfer applied, UInt128 amount, bool hasAmounts)
    {
        if (asked.Debit != applied.Debit.Row.Id)
        {
            return TransactionStatus.ExistsWithDifferentDebitAccount;
        }

        if (asked.Credit != applied.Credit.Row.Id)
        {
            return TransactionStatus.ExistsWithDifferentCreditAccount;
        }

        if (hasAmounts || asked.Amount != amount)
        {
            return TransactionStatus.ExistsWithDifferentAmount;
        }

        return asked.Code != applied.Code ? TransactionStatus.ExistsWithDifferentCode : TransactionStatus.Exists;
    }

    /// <summary>
    /// For what acts on another transaction. "All that is left" matches whatever was left then, because that amount is not in the command; but a
    /// post that left something out was not asked to take all.
    /// </summary>
    private static TransactionCheck? CompareAmounts(LedgerState state, Transaction transaction, TransactionRecord existing)
    {
        if (!transaction.Transfers.IsDefaultOrEmpty)
        {
            return TransactionCheck.Repeat(TransactionStatus.ExistsWithDifferentTransferCount, existing);
        }

        bool takesAll = transaction.Amounts.IsDefaultOrEmpty;
        if (!existing.Kind.MayNameAmounts())
        {
            return takesAll ? null : TransactionCheck.Repeat(TransactionStatus.ExistsWithDifferentAmount, existing, 0);
        }

        if (takesAll)
        {
            int leftOut = existing.Kind == TransactionKind.Post
                ? Array.FindIndex(existing.Transfers, transfer => transfer.Amount != transfer.Released)
                : existing.Kind == TransactionKind.Increase ? 0 : -1;
            return leftOut < 0
                ? null
                : TransactionCheck.Repeat(TransactionStatus.ExistsWithDifferentAmount, existing, existing.Transfers[leftOut].RelatedIndex);
        }

        // The pipeline loads the related transaction of every command, so that it is in memory here.
        TransactionRecord? related = state.Find(existing.Related!.Value);
        Invariant.Assert(related is not null);
        for (int index = 0; index < Math.Max(transaction.Amounts.Length, related.Transfers.Length); index++)
        {
            bool areBoth = index < transaction.Amounts.Length && index < related.Transfers.Length;
            if (!areBoth || Taken(existing, index) != transaction.Amounts[index])
            {
                return TransactionCheck.Repeat(TransactionStatus.ExistsWithDifferentAmount, existing, index);
            }
        }

        return null;
    }

    private static UInt128 Taken(TransactionRecord existing, int relatedIndex) =>
        Array.Find(existing.Transfers, transfer => transfer.RelatedIndex == relatedIndex).Amount;
}
