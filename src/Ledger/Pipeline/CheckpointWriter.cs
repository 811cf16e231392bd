using Florin.Ledger.Journal;
using Florin.Ledger.StateMachine;

namespace Florin.Ledger.Pipeline;

/// <summary>
/// Stores totals from time to time, beside the commits. A checkpoint that fails costs nothing but a longer recovery; the next one then holds all
/// accounts, because it no longer knows which ones the store has.
/// </summary>
/// <param name="stopping">Ends the writing when the host gives up.</param>
internal sealed class CheckpointWriter(ILedgerJournal journal, ILedgerEvents events, int transfersBetween, CancellationToken stopping)
{
    private Task _writing = Task.CompletedTask;
    private CancellationTokenSource? _givingUp;
    private long _lastSequence;
    private bool _writeAll;

    /// <summary>Accounts that the tail changed since the stored checkpoint are marked as changed, so the next one may be partial.</summary>
    public void Recovered(long checkpointSequence)
    {
        _lastSequence = checkpointSequence;
        _writeAll = false;
    }

    /// <summary>Copies the totals as they are after <paramref name="batch"/> when a checkpoint is due. To be stored once the batch is durable.</summary>
    public JournalCheckpoint? TakeWhenDue(LedgerState state, JournalBatch batch)
    {
        bool isDue = !batch.IsEmpty && batch.LastSequence - _lastSequence >= transfersBetween;
        return isDue && _writing.IsCompleted ? Take(state, batch.Number, batch.LastSequence) : null;
    }

    public void Write(JournalCheckpoint checkpoint) => _writing = WriteAsync(checkpoint);

    /// <summary>Gives up a checkpoint that is under way, so that a store which does not answer it cannot keep the ledger from recovering.</summary>
    public async Task QuiesceAsync()
    {
        if (!_writing.IsCompleted)
        {
            // Not here: what hears of it may block. On the writer's own scheduler, so that the simulator decides when.
            await Task.Factory.StartNew(_givingUp!.Cancel, CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Current);
        }

        await _writing;
    }

    /// <summary>A last checkpoint at the end, so that the next start is quick.</summary>
    public async Task FinishAsync(LedgerState state, JournalHead head)
    {
        await _writing;
        if (head.Sequence > _lastSequence || _writeAll)
        {
            await WriteAsync(Take(state, head.Batch, head.Sequence));
        }
    }

    private JournalCheckpoint Take(LedgerState state, long batch, long sequence)
    {
        Invariant.Assert(state.Sequence == sequence);
        List<(long, AccountTotals)> accounts = [];
        foreach (AccountState account in state.Accounts)
        {
            if (_writeAll || account.IsDirty)
            {
                accounts.Add((account.Number, account.Totals));
                account.IsDirty = false;
            }
        }

        _lastSequence = sequence;
        _writeAll = false;
        return new JournalCheckpoint(batch, sequence, accounts);
    }

    private async Task WriteAsync(JournalCheckpoint checkpoint)
    {
        // Disposed of by the next writing only: giving up may come as this one ends.
        _givingUp?.Dispose();
        CancellationTokenSource givingUp = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        _givingUp = givingUp;
        try
        {
            await journal.WriteCheckpointAsync(checkpoint, givingUp.Token);
            events.Checkpointed(checkpoint.Sequence, checkpoint.Accounts.Count, failure: null);
        }
        catch (Exception exception) when (exception is JournalException || (exception is OperationCanceledException && givingUp.IsCancellationRequested))
        {
            _writeAll = true;
            events.Checkpointed(checkpoint.Sequence, checkpoint.Accounts.Count, exception);
        }
    }
}
