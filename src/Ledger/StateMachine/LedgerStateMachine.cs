using System.Collections.Immutable;
using Florin.Ledger.Journal;

namespace Florin.Ledger.StateMachine;

/// <summary>
/// Decides and applies submissions: pure and deterministic. Time is the batch's, no clock, no randomness, no I/O. The same submissions on the
/// same state give the same answers, rows and state hash.
/// </summary>
internal sealed class LedgerStateMachine(LedgerState state)
{
    private readonly UndoLog _undo = new();

    public LedgerState State => state;

    /// <summary>Applies all of a submission or none of it, and adds its rows to the batch.</summary>
    public SubmissionResult Execute(Submission submission, JournalBatch batch)
    {
        if (!OpenAccounts(submission.Accounts, batch))
        {
            TransactionResult refusal = new(TransactionStatus.AccountDefinitionDiffers, -1, 0, default);
            return new SubmissionResult(refusal.Status, [.. Enumerable.Repeat(refusal, submission.Transactions.Length)]);
        }

        _undo.Clear();
        (long sequence, int transfers, int details) = (state.Sequence, batch.Transfers.Count, batch.Details.Count);
        ImmutableArray<TransactionResult>.Builder results = ImmutableArray.CreateBuilder<TransactionResult>(submission.Transactions.Length);
        bool anyCreated = false;
        foreach (Transaction transaction in submission.Transactions)
        {
            TransactionResult result = Execute(transaction, batch);
            results.Add(result);
            anyCreated |= result.Status == TransactionStatus.Created;
            if (!result.Status.IsApplied())
            {
                RollBack(batch, sequence, transfers, details);

                // What it differs from may have been written by this very submission: that is gone, and nobody may look for it.
                bool isGone = result.Sequence > (ulong)sequence;
                return Refused(submission, isGone ? result with { Sequence = 0, Timestamp = default } : result, results.Count - 1);
            }
        }

        for (int index = transfers; index < batch.Transfers.Count; index++)
        {
            if (batch.Transfers[index].Index == 0)
            {
                state.Remember(batch.Transfers[index].TransactionId);
            }
        }

        bool isNew = anyCreated || submission.Transactions.IsEmpty;
        if (isNew && submission.Participant is { } participant)
        {
            batch.Participants.Add(participant);
        }

        batch.LastSequence = state.Sequence;
        return new SubmissionResult(isNew ? TransactionStatus.Created : TransactionStatus.Exists, results.MoveToImmutable());
    }

    private static SubmissionResult Refused(Submission submission, TransactionResult refusal, int refusedIndex)
    {
        TransactionResult linked = new(TransactionStatus.LinkedTransactionFailed, -1, 0, default);
        ImmutableArray<TransactionResult> results = [.. submission.Transactions.Select((_, index) => index == refusedIndex ? refusal : linked)];
        return new SubmissionResult(refusal.Status, results);
    }

    private bool OpenAccounts(ImmutableArray<AccountDefinition> definitions, JournalBatch batch)
    {
        foreach (AccountDefinition definition in definitions)
        {
            if (state.TryGetAccount(definition.Id, out AccountState? open))
            {
                if (open.Row.NormalSide != definition.NormalSide || open.Row.Flags != definition.Flags)
                {
                    return false;
                }

                continue;
            }

            if (state.HasOtherScale(definition.Id.Asset))
            {
                return false;
            }

            batch.Accounts.Add(state.OpenAccount(definition.Id, definition.NormalSide, definition.Flags).Row);
        }

        return true;
    }

    private TransactionResult Execute(Transaction transaction, JournalBatch batch)
    {
        TransactionCheck check = TransactionGuards.Check(state, transaction);
        if (check.Status != TransactionStatus.Created)
        {
            return check.Existing is { } existing
                ? new TransactionResult(check.Status, check.TransferIndex, (ulong)existing.Sequence, existing.Timestamp)
                : new TransactionResult(check.Status, check.TransferIndex, 0, default);
        }

        TransactionRecord record = new()
        {
            Id = transaction.Id,
            Kind = transaction.Kind,
            Sequence = state.Sequence + 1,
            Timestamp = batch.Timestamp,
            Transfers = check.Transfers,
            Related = transaction.Related,
            EffectiveDate = transaction.EffectiveDate,
            Reference = transaction.Reference,
            Metadata = transaction.Metadata,
        };

        // After this point the transaction succeeds or, when a total would break a rule, the whole submission is rolled back.
        TransferEffects.Apply(record, check.Related, _undo);
        if (FirstBrokenRule(record) is { } broken)
        {
            return broken;
        }

        state.Hold(record);
        _undo.Added(record);
        AddRows(record, batch);
        state.Sequence += record.Transfers.Length;
        return new TransactionResult(TransactionStatus.Created, -1, (ulong)record.Sequence, record.Timestamp);
    }

    // Rules on totals hold for the transaction as a whole: its transfers apply together, so their order within it must not matter.
    private static TransactionResult? FirstBrokenRule(TransactionRecord record)
    {
        if (record.Kind == TransactionKind.Void)
        {
            return null;
        }

        for (int index = 0; index < record.Transfers.Length; index++)
        {
            AppliedTransfer transfer = record.Transfers[index];
            if (transfer.Debit.DebitsExceedCredits || transfer.Credit.DebitsExceedCredits)
            {
                return new TransactionResult(TransactionStatus.ExceedsCredits, index, 0, default);
            }

            if (transfer.Credit.CreditsExceedDebits || transfer.Debit.CreditsExceedDebits)
            {
                return new TransactionResult(TransactionStatus.ExceedsDebits, index, 0, default);
            }
        }

        return null;
    }

    private static void AddRows(TransactionRecord record, JournalBatch batch)
    {
        for (int index = 0; index < record.Transfers.Length; index++)
        {
            AppliedTransfer transfer = record.Transfers[index];
            batch.Transfers.Add(new TransferRow(
                record.Sequence + index,
                record.Id,
                record.Kind,
                (short)index,
                (short)record.Transfers.Length,
                transfer.Debit.Number,
                transfer.Credit.Number,
                transfer.Amount,
                transfer.Code,
                record.Related,
                transfer.RelatedIndex));
        }

        if (record.EffectiveDate is not null || record.Reference is not null || record.Metadata is not null)
        {
            batch.Details.Add(new DetailRow(record.Sequence, record.Id, record.EffectiveDate, record.Reference, record.Metadata));
        }
    }

    private void RollBack(JournalBatch batch, long sequence, int transfers, int details)
    {
        foreach (TransactionRecord record in _undo.RollBack())
        {
            state.Forget(record);
        }

        batch.Transfers.RemoveRange(transfers, batch.Transfers.Count - transfers);
        batch.Details.RemoveRange(details, batch.Details.Count - details);
        state.Sequence = sequence;
    }
}
