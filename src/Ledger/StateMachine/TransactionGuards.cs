using System.Collections.Immutable;
using Florin.Ledger.Journal;

namespace Florin.Ledger.StateMachine;

/// <summary>
/// The rules of a transaction, in the order of <see cref="TransactionStatus"/>: identity, repeats, shape, transfers, related transaction, totals.
/// Reads the state, changes nothing. The rules on totals that depend on the sum of a transaction's transfers follow its application.
/// </summary>
internal static class TransactionGuards
{
    public static TransactionCheck Check(LedgerState state, Transaction transaction)
    {
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

        TransactionStatus shape = CheckShape(transaction);
        if (shape != TransactionStatus.Created)
        {
            return TransactionCheck.Refuse(shape);
        }

        TransactionCheck check = transaction.Kind is TransactionKind.Posted or TransactionKind.Pending
            ? CheckTransfers(state, transaction.Transfers)
            : CheckRelated(state, transaction);
        return check.Status == TransactionStatus.Created ? CheckOverflow(check, transaction.Kind) : check;
    }

    private static TransactionStatus CheckShape(Transaction transaction)
    {
        bool refersToAnother;
        switch (transaction.Kind)
        {
            case TransactionKind.Posted:
            case TransactionKind.Pending:
                refersToAnother = false;
                break;
            case TransactionKind.Post:
            case TransactionKind.Void:
            case TransactionKind.Reverse:
                refersToAnother = true;
                break;
            default:
                // The kind comes from outside; an undeclared number is input, not a bug.
                return TransactionStatus.KindUnknown;
        }

        if (!refersToAnother && transaction.Related is not null)
        {
            return TransactionStatus.RelatedMustBeAbsent;
        }

        if (refersToAnother && transaction.Related is null)
        {
            return TransactionStatus.RelatedMustBePresent;
        }

        if (refersToAnother && transaction.Related == transaction.Id)
        {
            return TransactionStatus.RelatedMustBeDifferent;
        }

        if (!refersToAnother && transaction.Transfers.IsDefaultOrEmpty)
        {
            return TransactionStatus.TransfersMustBePresent;
        }

        if (refersToAnother && !transaction.Transfers.IsDefaultOrEmpty)
        {
            return TransactionStatus.TransfersMustBeAbsent;
        }

        if (!refersToAnother && transaction.Transfers.Length > Transaction.TransfersMax)
        {
            return TransactionStatus.TooManyTransfers;
        }

        bool mayHaveAmounts = transaction.Kind is TransactionKind.Post or TransactionKind.Reverse;
        if (!mayHaveAmounts && !transaction.Amounts.IsDefaultOrEmpty)
        {
            return TransactionStatus.AmountsMustBeAbsent;
        }

        if (transaction.Reference is { Length: > Transaction.ReferenceLengthMax })
        {
            return TransactionStatus.ReferenceTooLong;
        }

        if (transaction.Metadata is { Length: > Transaction.MetadataLengthMax })
        {
            return TransactionStatus.MetadataTooLong;
        }

        if (!IsStorable(transaction.Reference))
        {
            return TransactionStatus.ReferenceMalformed;
        }

        return IsStorable(transaction.Metadata) ? TransactionStatus.Created : TransactionStatus.MetadataMalformed;
    }

    private static bool IsStorable(string? text)
    {
        if (text is null)
        {
            return true;
        }

        for (int index = 0; index < text.Length; index++)
        {
            char character = text[index];
            bool isPair = char.IsHighSurrogate(character) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]);
            if (character == '\0' || (char.IsSurrogate(character) && !isPair))
            {
                return false;
            }

            index += isPair ? 1 : 0;
        }

        return true;
    }

    private static TransactionCheck CheckTransfers(LedgerState state, ImmutableArray<Transfer> transfers)
    {
        AppliedTransfer[] applied = new AppliedTransfer[transfers.Length];
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

            applied[index] = new AppliedTransfer(debit, credit, transfer.Amount, transfer.Code, RelatedIndex: -1);
        }

        return TransactionCheck.Pass(applied);
    }

    private static TransactionCheck CheckRelated(LedgerState state, Transaction transaction)
    {
        if (state.Find(transaction.Related!.Value) is not { } related)
        {
            return TransactionCheck.Refuse(TransactionStatus.RelatedNotFound);
        }

        bool isReverse = transaction.Kind == TransactionKind.Reverse;
        if (!isReverse && related.Kind != TransactionKind.Pending)
        {
            return TransactionCheck.Refuse(TransactionStatus.RelatedNotPending);
        }

        if (isReverse && related.Kind is not (TransactionKind.Posted or TransactionKind.Post))
        {
            return TransactionCheck.Refuse(TransactionStatus.RelatedNotPosted);
        }

        switch (related.ResolvedBy)
        {
            case null:
                break;
            case TransactionKind.Post:
                return TransactionCheck.Refuse(TransactionStatus.RelatedAlreadyPosted);
            case TransactionKind.Void:
                return TransactionCheck.Refuse(TransactionStatus.RelatedAlreadyVoided);
            default:
                throw new System.Diagnostics.UnreachableException($"A pending transaction cannot end by {related.ResolvedBy}.");
        }

        return ResolveAmounts(transaction, related);
    }

    private static TransactionCheck ResolveAmounts(Transaction transaction, TransactionRecord related)
    {
        bool isReverse = transaction.Kind == TransactionKind.Reverse;
        bool takesAll = transaction.Amounts.IsDefaultOrEmpty;
        if (!takesAll && transaction.Amounts.Length != related.Transfers.Length)
        {
            return TransactionCheck.Refuse(TransactionStatus.AmountsCountDiffers);
        }

        List<AppliedTransfer> applied = new(related.Transfers.Length);
        int exceeding = -1;
        for (int index = 0; index < related.Transfers.Length; index++)
        {
            AppliedTransfer original = related.Transfers[index];
            UInt128 left = isReverse ? related.LeftToReverse(index) : original.Amount;
            UInt128 amount = takesAll ? left : transaction.Amounts[index];
            if (exceeding < 0 && amount > left)
            {
                exceeding = index;
            }

            if (amount > UInt128.Zero)
            {
                applied.Add(isReverse
                    ? new AppliedTransfer(original.Credit, original.Debit, amount, original.Code, (short)index)
                    : new AppliedTransfer(original.Debit, original.Credit, amount, original.Code, (short)index));
            }
        }

        if (applied.Count == 0)
        {
            return TransactionCheck.Refuse(TransactionStatus.NothingToDo);
        }

        return exceeding >= 0
            ? TransactionCheck.Refuse(TransactionStatus.ExceedsRelatedAmount, exceeding)
            : TransactionCheck.Pass([.. applied], related);
    }

    /// <summary>
    /// Refuses what could carry a total over 128 bits. On the safe side: the amounts of all transfers are counted against every account, which only
    /// matters within one transaction's amounts of the limit.
    /// </summary>
    private static TransactionCheck CheckOverflow(TransactionCheck check, TransactionKind kind)
    {
        if (kind == TransactionKind.Void)
        {
            return check;
        }

        UInt128 sum = UInt128.Zero;
        for (int index = 0; index < check.Transfers.Length; index++)
        {
            if (!TryAdd(sum, check.Transfers[index].Amount, out sum))
            {
                return TransactionCheck.Refuse(TransactionStatus.OverflowsTotals, index);
            }
        }

        for (int index = 0; index < check.Transfers.Length; index++)
        {
            if (!Fits(check.Transfers[index].Debit.Totals, sum) || !Fits(check.Transfers[index].Credit.Totals, sum))
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
