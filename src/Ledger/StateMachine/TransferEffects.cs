namespace Florin.Ledger.StateMachine;

/// <summary>
/// What an accepted transfer does to totals, and a transaction to the one that it acts on. The same code runs for new commands and for replay,
/// so that they cannot differ.
/// </summary>
internal static class TransferEffects
{
    public static void Apply(TransactionKind kind, in AppliedTransfer transfer)
    {
        UInt128 amount = transfer.Amount;
        switch (kind)
        {
            case TransactionKind.Posted:
            case TransactionKind.Reverse:
                Change(transfer, posted: amount, reserved: UInt128.Zero, released: UInt128.Zero);
                break;
            case TransactionKind.Pending:
            case TransactionKind.Increase:
                Change(transfer, posted: UInt128.Zero, reserved: amount, released: UInt128.Zero);
                break;
            case TransactionKind.Post:
                Change(transfer, posted: amount, reserved: UInt128.Zero, released: transfer.Released);
                break;
            case TransactionKind.PostPart:
                Change(transfer, posted: amount, reserved: UInt128.Zero, released: amount);
                break;
            case TransactionKind.Void:
            case TransactionKind.Expire:
            case TransactionKind.Release:
                Change(transfer, posted: UInt128.Zero, reserved: UInt128.Zero, released: amount);
                break;
            case TransactionKind.Extend:
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"Kind {kind} passed the guards.");
        }
    }

    /// <summary>Tells the related transaction what was done to it.</summary>
    /// <param name="sequence">Of the transaction that acts.</param>
    /// <param name="expiresAt">For extend: the new end.</param>
    /// <param name="undo">Keeps what was before; <see langword="null"/> at replay.</param>
    public static void ChangeRelated(
        TransactionKind kind, TransactionRecord related, long sequence, IReadOnlyList<AppliedTransfer> applied, DateTimeOffset? expiresAt, UndoLog? undo)
    {
        undo?.BeforeChange(related);
        related.ChangedAt = sequence;
        switch (kind)
        {
            case TransactionKind.Reverse:
                CountReversal(related, applied);
                break;
            case TransactionKind.Post:
            case TransactionKind.Void:
            case TransactionKind.Expire:
                Invariant.Assert(related.IsOpenPending);
                related.ResolvedBy = kind;
                break;
            case TransactionKind.Extend:
                Invariant.Assert(related.IsOpenPending);
                related.ExpiresAt = expiresAt;
                break;
            default:
                Invariant.Assert(related.IsOpenPending);
                ChangeHeld(kind, related, applied);
                break;
        }
    }

    private static void Change(in AppliedTransfer transfer, UInt128 posted, UInt128 reserved, UInt128 released)
    {
        AccountTotals debit = transfer.Debit.Totals;
        transfer.Debit.Totals = debit with { DebitsPending = debit.DebitsPending + reserved - released, DebitsPosted = debit.DebitsPosted + posted };
        transfer.Debit.IsDirty = true;
        AccountTotals credit = transfer.Credit.Totals;
        transfer.Credit.Totals = credit with { CreditsPending = credit.CreditsPending + reserved - released, CreditsPosted = credit.CreditsPosted + posted };
        transfer.Credit.IsDirty = true;
    }

    private static void ChangeHeld(TransactionKind kind, TransactionRecord pending, IReadOnlyList<AppliedTransfer> applied)
    {
        UInt128[] held = pending.Held ??= [.. pending.Transfers.Select(transfer => transfer.Amount)];
        foreach (AppliedTransfer transfer in applied)
        {
            held[transfer.RelatedIndex] = kind == TransactionKind.Increase
                ? held[transfer.RelatedIndex] + transfer.Amount
                : held[transfer.RelatedIndex] - transfer.Amount;
        }

        pending.IsPartlyPosted |= kind == TransactionKind.PostPart;
        if (Array.TrueForAll(held, left => left == UInt128.Zero))
        {
            pending.ResolvedBy = kind;
        }
    }

    private static void CountReversal(TransactionRecord original, IReadOnlyList<AppliedTransfer> applied)
    {
        original.Reversed ??= new UInt128[original.Transfers.Length];
        foreach (AppliedTransfer transfer in applied)
        {
            original.Reversed[transfer.RelatedIndex] += transfer.Amount;
            Invariant.Assert(original.Reversed[transfer.RelatedIndex] <= original.Transfers[transfer.RelatedIndex].Amount);
        }
    }
}
