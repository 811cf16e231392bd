using Florin.Ledger.Journal;
using Florin.Ledger.StateMachine;

namespace Florin.Ledger.Pipeline;

/// <summary>
/// Stores totals from time to time, beside the commits. A checkpoint that fails costs nothing but a longer recovery; the next one then holds all
/// accounts, because it no longer knows which ones the store has.
/// </summary>
internal sealed class CheckpointWriter(ILedgerJournal journal, ILedgerEvents events, int transfersBetween)
{
    private Task _writing = Task.CompletedTask;
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
        bool isDue = batch.LastSequence - _lastSequence >= transfersBetween;
        return isDue && _writing.IsCompleted ? Take(state, batch.Number, batch.LastSequence) : null;
    }

    public void Write(JournalCheckpoint checkpoint) => _writing = WriteAsync(checkpoint);

    /// <summary>Waits until no checkpoint is under way.</summary>
    public Task QuiesceAsync() => _writing;

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
        try
        {
            await journal.WriteCheckpointAsync(checkpoint, CancellationToken.None);
            events.Checkpointed(checkpoint.Sequence, checkpoint.Accounts.Count, failure: null);
        }
        catch (JournalException exception)
        {
            _writeAll = true;
            events.Checkpointed(checkpoint.Sequence, checkpoint.Accounts.Count, exception);
        }
    }
}
