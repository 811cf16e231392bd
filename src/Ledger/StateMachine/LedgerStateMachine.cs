using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Florin.Ledger.Journal;

namespace Florin.Ledger.StateMachine;

/// <summary>
/// Decides and applies submissions: pure and deterministic. Time is the batch's, no clock, no randomness, no I/O. The same submissions on the
/// same state give the same answers, rows and state hash.
/// </summary>
internal sealed class LedgerStateMachine(LedgerState state)
{
    private readonly UndoLog _undo = new();
    private readonly List<AppliedTransfer> _applied = [];

    /// <summary>A transfer of the present transaction that was applied is a balancing one.</summary>
    private bool _isBalancing;

    public LedgerState State => state;

    /// <summary>
    /// What the time of the batch itself brings: pending transactions that are due expire, before anything else of the batch.
    /// </summary>
    /// <param name="transfersMax">No further one expires once the batch holds this many transfers; the rest follows in the next batch.</param>
    public void PassTime(JournalBatch batch, int transfersMax)
    {
        while (batch.Transfers.Count < transfersMax && state.NextExpiry() is { } due && due <= batch.Timestamp)
        {
            state.Expiries.TryPeek(out TransactionId id, out _);
            state.Expiries.Drop();
            _undo.Clear();
            TransactionRecord pending = state.FindToChange(id)!;
            _applied.Clear();
            RelatedGuards.ResolveRest(pending, _applied);
            Apply(new Transaction { Id = ExpiryIdOf(id), Kind = TransactionKind.Expire, Related = id }, pending, batch);
            state.Settle();
        }

        batch.LastSequence = state.Sequence;
    }

    /// <summary>Applies all of a submission or none of it, and adds its rows to the batch.</summary>
    public SubmissionResult Execute(Submission submission, JournalBatch batch)
    {
        if (submission.Deadline < batch.Timestamp && !AreAllKnown(submission))
        {
            return RefuseAll(submission, TransactionStatus.DeadlinePassed);
        }

        if (!OpenAccounts(submission.Accounts, batch))
        {
            return RefuseAll(submission, TransactionStatus.AccountDefinitionDiffers);
        }

        BatchMark mark = Begin(batch);
        bool changes = !submission.AccountChanges.IsEmpty || submission.ClosePeriodThrough is not null;
        TransactionStatus changed = changes && !AreAllKnown(submission) ? ChangeStandings(submission, batch) : TransactionStatus.Created;
        if (changed != TransactionStatus.Created)
        {
            RollBack(batch, mark);
            return RefuseAll(submission, changed);
        }

        TransactionResult[] results = new TransactionResult[submission.Transactions.Length];
        bool anyCreated = false;
        for (int index = 0; index < results.Length; index++)
        {
            results[index] = Execute(submission.Transactions[index], batch);
            anyCreated |= results[index].Status == TransactionStatus.Created;
            if (!results[index].Status.IsApplied())
            {
                RollBack(batch, mark);

                // What it differs from may have been written by this very submission: that is gone, and nobody may look for it.
                bool isGone = results[index].Sequence > (ulong)mark.Sequence;
                return Refused(submission, isGone ? new TransactionResult(results[index].Status, results[index].TransferIndex, 0, default) : results[index], index);
            }
        }

        bool isNew = anyCreated || submission.Transactions.IsEmpty;
        if (anyCreated && !UseLimits(submission.Limits, batch, mark.Limits))
        {
            RollBack(batch, mark);
            return RefuseAll(submission, TransactionStatus.LimitExceeded);
        }

        state.Settle();
        if (isNew && submission.Participant is { } participant)
        {
            batch.Participants.Add(participant);
        }

        batch.LastSequence = state.Sequence;
        return new SubmissionResult(
            isNew ? TransactionStatus.Created : TransactionStatus.Exists, ImmutableCollectionsMarshal.AsImmutableArray(results));
    }

    /// <summary>Applies one transaction for itself, or nothing of it.</summary>
    public TransactionResult ExecuteAlone(Transaction transaction, JournalBatch batch)
    {
        BatchMark mark = Begin(batch);
        TransactionResult result = Execute(transaction, batch);
        if (result.Status.IsApplied())
        {
            state.Settle();
            batch.LastSequence = state.Sequence;
        }
        else
        {
            RollBack(batch, mark);
        }

        return result;
    }

    // A name that somebody has taken for a transaction of their own is not an error of the ledger.
    private TransactionId ExpiryIdOf(TransactionId pending)
    {
        TransactionId id = TransactionId.FromName($"expire:{pending}");
        for (int attempt = 2; state.MayKnow(id); attempt++)
        {
            id = TransactionId.FromName($"expire:{pending}:{attempt}");
        }

        return id;
    }

    private static SubmissionResult Refused(Submission submission, TransactionResult refusal, int refusedIndex)
    {
        TransactionResult linked = new(TransactionStatus.LinkedTransactionFailed, -1, 0, default);
        ImmutableArray<TransactionResult> results = [.. submission.Transactions.Select((_, index) => index == refusedIndex ? refusal : linked)];
        return new SubmissionResult(refusal.Status, results);
    }

    private static SubmissionResult RefuseAll(Submission submission, TransactionStatus status)
    {
        TransactionResult refusal = new(status, -1, 0, default);
        return new SubmissionResult(status, [.. Enumerable.Repeat(refusal, submission.Transactions.Length)]);
    }

    // What was applied in time is told, however late it is asked again.
    private bool AreAllKnown(Submission submission) =>
        !submission.Transactions.IsEmpty && submission.Transactions.All(transaction => state.Find(transaction.Id) is not null);

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

    /// <returns><see cref="TransactionStatus.Created"/>, or why not.</returns>
    private TransactionStatus ChangeStandings(Submission submission, JournalBatch batch)
    {
        foreach (AccountChange change in submission.AccountChanges)
        {
            if (!state.TryGetAccount(change.Account, out AccountState? account))
            {
                return TransactionStatus.AccountNotFound;
            }

            if (account.Standing == change.Standing)
            {
                continue;
            }

            if (change.Standing == AccountStanding.Closed && account.Totals.DebitsPosted != account.Totals.CreditsPosted)
            {
                return TransactionStatus.AccountNotEmpty;
            }

            _undo.BeforeStanding(account);
            account.Standing = change.Standing;
            batch.Standings.Add(new StandingRow(account.Number, change.Standing, state.Sequence, batch.Standings.Count + 1));
        }

        if (submission.ClosePeriodThrough is { } through && !(through <= state.ClosedThrough))
        {
            if (through >= DateOnly.FromDateTime(batch.Timestamp.UtcDateTime))
            {
                return TransactionStatus.PeriodNotOver;
            }

            state.ClosedThrough = through;
            batch.Periods.Add(new PeriodRow(through, state.Sequence));
        }

        return TransactionStatus.Created;
    }

    // The last step, so that nothing after it can refuse the submission.
    private bool UseLimits(ImmutableArray<LimitUse> limits, JournalBatch batch, int before)
    {
        foreach (LimitUse use in limits)
        {
            // Two uses of one key in a submission add up.
            UInt128 used = state.Limits.UsedOf(use.Key, batch.Timestamp);
            for (int index = before; index < batch.Limits.Count; index++)
            {
                used = batch.Limits[index].Key == use.Key ? batch.Limits[index].Used : used;
            }

            if (used > use.Max || use.Amount > use.Max - used)
            {
                return false;
            }

            batch.Limits.Add(new LimitRow(use.Key, use.Amount, used + use.Amount, use.Max, use.ForgetAfter, state.Sequence, batch.Limits.Count + 1));
        }

        for (int index = before; index < batch.Limits.Count; index++)
        {
            state.Limits.Set(batch.Limits[index].Key, batch.Limits[index].Used, batch.Limits[index].ForgetAfter);
        }

        return true;
    }

    private TransactionResult Execute(Transaction transaction, JournalBatch batch)
    {
        TransactionCheck check = TransactionGuards.Check(state, transaction, batch.Timestamp, _applied);
        if (check.Status != TransactionStatus.Created)
        {
            return check.Existing is { } existing
                ? new TransactionResult(check.Status, check.TransferIndex, (ulong)existing.Sequence, existing.Timestamp) { Transfers = existing.Outcomes }
                : new TransactionResult(check.Status, check.TransferIndex, 0, default);
        }

        return Apply(transaction, check.Related, batch);
    }

    // After this point the transaction succeeds or, when a total would break a rule, the whole submission is rolled back.
    private TransactionResult Apply(Transaction transaction, TransactionRecord? related, JournalBatch batch)
    {
        long sequence = state.Sequence + 1;
        DateTimeOffset? expiresAt = batch.Timestamp + transaction.Timeout;
        TransferOutcome[] outcomes = new TransferOutcome[_applied.Count];
        _isBalancing = false;
        state.Solvency.Begin();
        for (int index = 0; index < outcomes.Length; index++)
        {
            if (ApplyTransfer(transaction, index) is not TransactionStatus.Created and var refused)
            {
                return new TransactionResult(refused, index, 0, default);
            }

            AppliedTransfer transfer = _applied[index];
            outcomes[index] = new TransferOutcome(transfer.Amount, transfer.Debit.Totals, transfer.Credit.Totals);
            TransferRow row = new(
                sequence + index, transaction.Id, transaction.Kind, (short)index, (short)outcomes.Length, transfer.Debit.Number, transfer.Credit.Number,
                transfer.Amount, transfer.Code, transaction.Related, transfer.RelatedIndex, transfer.Released, expiresAt, transfer.Debit.Totals,
                transfer.Credit.Totals);
            batch.Transfers.Add(row);
            state.Add(row, batch.Timestamp, transfer.Debit, transfer.Credit);
        }

        state.Sequence += outcomes.Length;
        state.Unsettled(transaction.Id, sequence);
        if (state.Solvency.FirstUncovered() is { } uncovered)
        {
            return new TransactionResult(TransactionStatus.ExceedsSafeguarded, uncovered, 0, default);
        }

        TransactionResult? broken = transaction.Kind.MovesOrReserves() ? BalanceRules.FirstBroken(_applied) : null;
        if ((broken ?? BalanceRules.FirstFailed(state, transaction.Conditions)) is { } refusal)
        {
            return refusal;
        }

        if (related is not null)
        {
            TransferEffects.ChangeRelated(transaction.Kind, related, sequence, _applied, expiresAt, _undo);
            state.RequeueExpiry(transaction.Kind, related);
        }

        AddDetail(transaction, sequence, batch);
        ImmutableArray<TransferOutcome> told = ImmutableCollectionsMarshal.AsImmutableArray(outcomes);
        if (transaction.Kind == TransactionKind.Pending)
        {
            Hold(transaction, sequence, expiresAt, told, batch.Timestamp);
        }

        return new TransactionResult(TransactionStatus.Created, -1, (ulong)sequence, batch.Timestamp) { Transfers = told };
    }

    /// <returns><see cref="TransactionStatus.Created"/>, or why a balancing transfer, or one beside it, cannot be applied.</returns>
    private TransactionStatus ApplyTransfer(Transaction transaction, int index)
    {
        AppliedTransfer transfer = _applied[index];
        if (transaction.IsBalancing(index))
        {
            Transfer asked = transaction.Transfers[index];
            transfer = transfer with { Amount = UInt128.Min(asked.Amount, BalanceRules.Room(asked.Balancing, transfer)) };
            _applied[index] = transfer;
            _isBalancing = true;
            if (transfer.Amount < UInt128.Max(asked.Minimum, UInt128.One))
            {
                return TransactionStatus.BelowMinimum;
            }
        }

        // The guards have added up the exact amounts alone.
        if (_isBalancing && !TransactionGuards.Fits(transfer))
        {
            return TransactionStatus.OverflowsTotals;
        }

        _undo.BeforeTotals(transfer.Debit);
        _undo.BeforeTotals(transfer.Credit);
        TransferEffects.Apply(transaction.Kind, transfer);
        state.Solvency.Count(transaction.Kind, transfer, index, _undo);
        return TransactionStatus.Created;
    }

    private void AddDetail(Transaction transaction, long sequence, JournalBatch batch)
    {
        ReadOnlyMemory<byte>? terms = Terms.Encode(transaction);
        if (transaction.EffectiveDate is null && transaction.Reference is null && transaction.Metadata is null && terms is null)
        {
            return;
        }

        bool isAdjusted = transaction.EffectiveDate <= state.ClosedThrough;
        DetailRow detail = new(
            sequence, transaction.Id, isAdjusted ? null : transaction.EffectiveDate, isAdjusted ? transaction.EffectiveDate : null,
            transaction.Reference, transaction.Metadata, terms);
        batch.Details.Add(detail);
        state.Add(detail);
    }

    private void Hold(
        Transaction transaction, long sequence, DateTimeOffset? expiresAt, ImmutableArray<TransferOutcome> outcomes, DateTimeOffset timestamp)
    {
        TransactionRecord record = new()
        {
            Id = transaction.Id,
            Kind = transaction.Kind,
            Sequence = sequence,
            Timestamp = timestamp,
            Transfers = [.. _applied],
            Outcomes = outcomes,
            Timeout = transaction.Timeout,
            AskedDate = transaction.EffectiveDate,
            Reference = transaction.Reference,
            Metadata = transaction.Metadata,
            Terms = Terms.Encode(transaction),
            ExpiresAt = expiresAt,
        };
        state.Hold(record);
        _undo.Added(record);
    }

    private BatchMark Begin(JournalBatch batch)
    {
        _undo.Clear();
        return new BatchMark(
            state.Sequence, state.ClosedThrough, batch.Transfers.Count, batch.Details.Count, batch.Standings.Count, batch.Limits.Count, batch.Periods.Count);
    }

    private void RollBack(JournalBatch batch, BatchMark mark)
    {
        _undo.RollBack();
        state.Unsettle(_undo.AddedRecords, mark.Sequence);
        state.ClosedThrough = mark.ClosedThrough;
        CutTo(batch.Transfers, mark.Transfers);
        CutTo(batch.Details, mark.Details);
        CutTo(batch.Standings, mark.Standings);
        CutTo(batch.Limits, mark.Limits);
        CutTo(batch.Periods, mark.Periods);
    }

    private static void CutTo<T>(List<T> rows, int count) => rows.RemoveRange(count, rows.Count - count);

    /// <summary>Where the batch stood before a submission.</summary>
    private readonly record struct BatchMark(
        long Sequence, DateOnly? ClosedThrough, int Transfers, int Details, int Standings, int Limits, int Periods);
}
