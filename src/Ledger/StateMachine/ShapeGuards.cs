using System.Collections.Immutable;

namespace Florin.Ledger.StateMachine;

/// <summary>The rules of a command that need no state.</summary>
internal static class ShapeGuards
{
    /// <returns><see cref="TransactionStatus.Created"/> when all hold.</returns>
    public static TransactionStatus Check(Transaction transaction)
    {
        // The kind comes from outside; an undeclared number is input, not a bug.
        bool refersToAnother = transaction.Kind.RefersToAnother();
        if (!refersToAnother && transaction.Kind is not (TransactionKind.Posted or TransactionKind.Pending))
        {
            return TransactionStatus.KindUnknown;
        }

        TransactionStatus reference = CheckReference(transaction, refersToAnother);
        if (reference != TransactionStatus.Created)
        {
            return reference;
        }

        if (!transaction.Kind.MayNameAmounts() && !transaction.Amounts.IsDefaultOrEmpty)
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

        return IsStorable(transaction.Metadata) ? CheckTerms(transaction) : TransactionStatus.MetadataMalformed;
    }

    private static TransactionStatus CheckReference(Transaction transaction, bool refersToAnother)
    {
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

        return !refersToAnother && transaction.Transfers.Length > Transaction.TransfersMax ? TransactionStatus.TooManyTransfers : TransactionStatus.Created;
    }

    private static TransactionStatus CheckTerms(Transaction transaction)
    {
        if (transaction.Timeout is not null && transaction.Kind is not (TransactionKind.Pending or TransactionKind.Extend))
        {
            return TransactionStatus.TimeoutMustBeAbsent;
        }

        if (transaction.Timeout is null && transaction.Kind == TransactionKind.Extend)
        {
            return TransactionStatus.TimeoutMustBePresent;
        }

        if (transaction.Timeout is { } timeout
            && (timeout < Transaction.TimeoutMin || timeout > Transaction.TimeoutMax || timeout.Ticks % TimeSpan.TicksPerMicrosecond != 0))
        {
            return TransactionStatus.TimeoutOutOfRange;
        }

        ImmutableArray<BalanceCondition> conditions = transaction.Conditions.IsDefault ? [] : transaction.Conditions;
        if (conditions.Length > Transaction.ConditionsMax)
        {
            return TransactionStatus.TooManyConditions;
        }

        bool isKnown = transaction.ClosedPeriod is ClosedPeriodPolicy.Refuse or ClosedPeriodPolicy.Adjust
            && conditions.All(condition => Enum.IsDefined(condition.Measure) && Enum.IsDefined(condition.Comparison));
        foreach (Transfer transfer in transaction.Transfers.IsDefault ? [] : transaction.Transfers)
        {
            isKnown &= transfer.Balancing is Balancing.None or Balancing.Debit or Balancing.Credit;
        }

        if (!isKnown)
        {
            return TransactionStatus.TermUnknown;
        }

        return transaction.Kind == TransactionKind.Increase && transaction.Amounts.IsDefaultOrEmpty
            ? TransactionStatus.AmountsMustBePresent
            : TransactionStatus.Created;
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
}
