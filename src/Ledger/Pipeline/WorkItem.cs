using Florin.Ledger.Journal;
using Florin.Ledger.StateMachine;

namespace Florin.Ledger.Pipeline;

/// <summary>Something that waits for the writer. Executed on the state, answered once the commit it belongs to is durable.</summary>
internal abstract class WorkItem
{
    /// <summary>How many transfers it may add to a batch, about.</summary>
    public virtual int Weight => 0;

    /// <summary>Adds where the journal must be asked before execution.</summary>
    public virtual void AddNeeds(LedgerState state, ref HashSet<TransactionPosition>? positions)
    {
    }

    /// <summary>May run again on a rebuilt state when the commit failed.</summary>
    public abstract void Execute(LedgerStateMachine machine, JournalBatch batch);

    public abstract bool IsAnswered { get; }

    public abstract void Answer();

    /// <summary>Answers without having been applied: its participant found another state than it expected.</summary>
    /// <param name="indexes">Positions of the conflicting participants in the batch.</param>
    public virtual void AnswerConflict(HashSet<int> indexes)
    {
    }

    public abstract void Fail(Exception exception);

    protected static void AddNeeds(LedgerState state, Transaction transaction, ref HashSet<TransactionPosition>? positions)
    {
        state.AddUnloaded(transaction.Id, ref positions);
        if (transaction.Related is { } related)
        {
            state.AddUnloaded(related, ref positions);
        }
    }
}

/// <summary>A work item with an answer of one type.</summary>
internal abstract class WorkItem<T> : WorkItem
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Task => _answer.Task;

    public override bool IsAnswered => _answer.Task.IsCompleted;

    public override void Answer() => Answer(Result!);

    public override void Fail(Exception exception) => _answer.TrySetException(exception);

    protected T? Result { get; set; }

    protected void Answer(T result) => _answer.TrySetResult(result);
}

internal sealed class SubmitItem(Submission submission) : WorkItem<SubmissionResult>
{
    private int _participantIndex = -1;

    public override int Weight => submission.Transactions.Sum(ILedger.TransfersOf);

    public override void AddNeeds(LedgerState state, ref HashSet<TransactionPosition>? positions)
    {
        foreach (Transaction transaction in submission.Transactions)
        {
            AddNeeds(state, transaction, ref positions);
        }
    }

    public override void Execute(LedgerStateMachine machine, JournalBatch batch)
    {
        int participants = batch.Participants.Count;
        Result = machine.Execute(submission, batch);
        _participantIndex = batch.Participants.Count > participants ? participants : -1;
    }

    public override void AnswerConflict(HashSet<int> indexes)
    {
        if (!indexes.Contains(_participantIndex))
        {
            return;
        }

        TransactionResult conflict = new(TransactionStatus.ParticipantConflict, -1, 0, default);
        Answer(new SubmissionResult(
            TransactionStatus.ParticipantConflict, [.. Enumerable.Repeat(conflict, submission.Transactions.Length)]));
    }
}

/// <summary>Many transactions, each for itself.</summary>
internal sealed class BulkItem(IReadOnlyList<Transaction> transactions) : WorkItem<IReadOnlyList<TransactionResult>>
{
    public override int Weight => transactions.Sum(ILedger.TransfersOf);

    public override void AddNeeds(LedgerState state, ref HashSet<TransactionPosition>? positions)
    {
        for (int index = 0; index < transactions.Count; index++)
        {
            AddNeeds(state, transactions[index], ref positions);
        }
    }

    public override void Execute(LedgerStateMachine machine, JournalBatch batch)
    {
        TransactionResult[] results = new TransactionResult[transactions.Count];
        for (int index = 0; index < results.Length; index++)
        {
            results[index] = machine.ExecuteAlone(transactions[index], batch);
        }

        Result = results;
    }
}

/// <summary>A read in the order of the queue.</summary>
internal sealed class ReadItem<T>(Func<LedgerState, T> read) : WorkItem<T>
{
    public override void Execute(LedgerStateMachine machine, JournalBatch batch) => Result = read(machine.State);
}
