using Florin.Ledger.Journal;
using Florin.Ledger.StateMachine;

namespace Florin.Ledger.Pipeline;

/// <summary>Something that waits for the writer. Executed on the state, answered once the commit it belongs to is durable.</summary>
internal abstract class WorkItem
{
    /// <summary>The transactions that must be in memory before execution.</summary>
    public virtual IEnumerable<TransactionId> Needs => [];

    /// <summary>May run again on a rebuilt state when the commit failed.</summary>
    public abstract void Execute(LedgerStateMachine machine, JournalBatch batch);

    public abstract bool IsAnswered { get; }

    public abstract void Answer();

    public abstract void Fail(Exception exception);
}

internal sealed class SubmitItem(Submission submission) : WorkItem
{
    private readonly TaskCompletionSource<SubmissionResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SubmissionResult? _result;

    public Task<SubmissionResult> Task => _answer.Task;

    /// <summary>Position of its participant in the batch; -1 when it has none there.</summary>
    public int ParticipantIndex { get; private set; } = -1;

    public override IEnumerable<TransactionId> Needs
    {
        get
        {
            foreach (Transaction transaction in submission.Transactions)
            {
                yield return transaction.Id;
                if (transaction.Related is { } related)
                {
                    yield return related;
                }
            }
        }
    }

    public override void Execute(LedgerStateMachine machine, JournalBatch batch)
    {
        int participants = batch.Participants.Count;
        _result = machine.Execute(submission, batch);
        ParticipantIndex = batch.Participants.Count > participants ? participants : -1;
    }

    /// <summary>Answers without having been applied: its participant found another state than it expected.</summary>
    public void AnswerConflict()
    {
        TransactionResult conflict = new(TransactionStatus.ParticipantConflict, -1, 0, default);
        _answer.TrySetResult(new SubmissionResult(
            TransactionStatus.ParticipantConflict, [.. Enumerable.Repeat(conflict, submission.Transactions.Length)]));
    }

    public override bool IsAnswered => _answer.Task.IsCompleted;

    public override void Answer() => _answer.TrySetResult(_result!);

    public override void Fail(Exception exception) => _answer.TrySetException(exception);
}

/// <summary>A read in the order of the queue.</summary>
internal sealed class ReadItem<T>(Func<LedgerState, T> read) : WorkItem
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    public Task<T> Task => _answer.Task;

    public override void Execute(LedgerStateMachine machine, JournalBatch batch) => _result = read(machine.State);

    public override bool IsAnswered => _answer.Task.IsCompleted;

    public override void Answer() => _answer.TrySetResult(_result!);

    public override void Fail(Exception exception) => _answer.TrySetException(exception);
}
