namespace Florin.Ledger.StateMachine;

/// <summary>What an accepted transaction does to totals. The same code runs for new commands and for replay, so that they cannot differ.</summary>
internal static class TransferEffects
{
    /// <param name="record">The transaction. All guards have passed, or it comes from the journal.</param>
    /// <param name="related">What it posts, voids or reverses; <see langword="null"/> when it refers to nothing, or to something not in memory at replay.</param>
    /// <param name="undo">Keeps what was before; <see langword="null"/> at replay.</param>
    public static void Apply(TransactionRecord record, TransactionRecord? related, UndoLog? undo)
    {
        switch (record.Kind)
        {
            case TransactionKind.Posted:
                ApplyPosted(record, undo);
                break;
            case TransactionKind.Pending:
                ApplyPending(record, undo);
                break;
            case TransactionKind.Post:
                Release(Required(related), record, undo);
                ApplyPosted(record, undo);
                break;
            case TransactionKind.Void:
                Release(Required(related), record, undo);
                break;
            case TransactionKind.Reverse:
                CountReversal(record, related, undo);
                ApplyPosted(record, undo);
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"Kind {record.Kind} passed the guards.");
        }
    }

    // Open pending transactions are always in memory, so post and void find theirs at replay too.
    private static TransactionRecord Required(TransactionRecord? related)
    {
        Invariant.Assert(related is not null);
        Invariant.Assert(related.IsOpenPending);
        return related;
    }

    private static void ApplyPosted(TransactionRecord record, UndoLog? undo)
    {
        foreach (AppliedTransfer transfer in record.Transfers)
        {
            undo?.BeforeTotals(transfer.Debit);
            transfer.Debit.Totals = transfer.Debit.Totals with { DebitsPosted = transfer.Debit.Totals.DebitsPosted + transfer.Amount };
            transfer.Debit.IsDirty = true;
            undo?.BeforeTotals(transfer.Credit);
            transfer.Credit.Totals = transfer.Credit.Totals with { CreditsPosted = transfer.Credit.Totals.CreditsPosted + transfer.Amount };
            transfer.Credit.IsDirty = true;
        }
    }

    private static void ApplyPending(TransactionRecord record, UndoLog? undo)
    {
        foreach (AppliedTransfer transfer in record.Transfers)
        {
            undo?.BeforeTotals(transfer.Debit);
            transfer.Debit.Totals = transfer.Debit.Totals with { DebitsPending = transfer.Debit.Totals.DebitsPending + transfer.Amount };
            transfer.Debit.IsDirty = true;
            undo?.BeforeTotals(transfer.Credit);
            transfer.Credit.Totals = transfer.Credit.Totals with { CreditsPending = transfer.Credit.Totals.CreditsPending + transfer.Amount };
            transfer.Credit.IsDirty = true;
        }
    }

    private static void Release(TransactionRecord pending, TransactionRecord by, UndoLog? undo)
    {
        undo?.BeforeChange(pending);
        pending.ResolvedBy = by.Kind;
        pending.ChangedAt = by.Sequence;
        foreach (AppliedTransfer held in pending.Transfers)
        {
            undo?.BeforeTotals(held.Debit);
            held.Debit.Totals = held.Debit.Totals with { DebitsPending = held.Debit.Totals.DebitsPending - held.Amount };
            held.Debit.IsDirty = true;
            undo?.BeforeTotals(held.Credit);
            held.Credit.Totals = held.Credit.Totals with { CreditsPending = held.Credit.Totals.CreditsPending - held.Amount };
            held.Credit.IsDirty = true;
        }
    }

    private static void CountReversal(TransactionRecord record, TransactionRecord? original, UndoLog? undo)
    {
        if (original is null)
        {
            return;
        }

        undo?.BeforeChange(original);
        original.ChangedAt = record.Sequence;
        original.Reversed ??= new UInt128[original.Transfers.Length];
        foreach (AppliedTransfer transfer in record.Transfers)
        {
            original.Reversed[transfer.RelatedIndex] += transfer.Amount;
            Invariant.Assert(original.Reversed[transfer.RelatedIndex] <= original.Transfers[transfer.RelatedIndex].Amount);
        }
    }
}
