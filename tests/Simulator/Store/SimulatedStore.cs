using Florin.Flows;
using Florin.Ledger;
using Florin.Ledger.Journal;
using Florin.Simulator.Flows;
using Florin.Simulator.Scheduling;

namespace Florin.Simulator.Store;

/// <summary>A batch as the store keeps it.</summary>
/// <param name="Writer">The process that wrote it.</param>
/// <param name="Token">Stands for the hash of the chain: no two appends that were ever sent have the same.</param>
/// <param name="TransfersMax">How many transfers its writer lets into a batch.</param>
internal sealed record StoredBatch(JournalBatch Batch, string Writer, long Epoch, long Token, int TransfersMax);

/// <summary>A connection of a process to the store.</summary>
internal sealed class StoreSession(string process)
{
    public string Process => process;

    /// <summary>The store has ended it: nothing that was sent on it has an effect any more.</summary>
    public bool IsEnded { get; set; }
}

/// <summary>Is told what the store does, at the very moment.</summary>
internal interface IStoreWitness
{
    void Acquired(string process);

    void Durable(StoredBatch batch);

    void Conflicted(IReadOnlyList<ICommitParticipant> participants);
}

/// <summary>What PostgreSQL is to the journal: rows that are there whole or not at all, one head, one lock, and sessions that end.</summary>
/// <remarks>It keeps what the journal's port promises, and refuses what its tables would: a batch that does not follow the head directly.</remarks>
internal sealed class SimulatedStore(IStoreWitness witness, Trace trace)
{
    private readonly Dictionary<string, int> _participants = [];
    private readonly Dictionary<long, AccountTotals> _totals = [];
    private StoreSession? _lockHolder;
    private long _lastToken;

    public List<StoredBatch> Batches { get; } = [];

    public long Epoch { get; private set; }

    public JournalCheckpoint Checkpoint { get; private set; } = new(0, 0, []);

    /// <summary>In some simulations the lock keeps nobody apart and sessions outlive their end: the epoch alone must do.</summary>
    public bool LockLies { get; init; }

    public long HeadToken => Batches.Count == 0 ? 0 : Batches[^1].Token;

    public long HeadSequence => Batches.Count == 0 ? 0 : Batches[^1].Batch.LastSequence;

    public long NextToken() => ++_lastToken;

    /// <summary>The flows' tables are in the same database, and change in the journal's commit.</summary>
    public required FlowTable Flows { get; init; }

    public int VersionOf(string participant) => _participants.GetValueOrDefault(participant);

    public void End(StoreSession session)
    {
        session.IsEnded = true;
        if (_lockHolder == session)
        {
            _lockHolder = null;
        }
    }

    /// <exception cref="JournalException">Another session has the lock.</exception>
    public void Lock(StoreSession session)
    {
        Require(session);
        if (_lockHolder is not null && _lockHolder != session && !LockLies)
        {
            throw new JournalException("simulated: another server holds the ledger");
        }

        _lockHolder = session;
    }

    /// <param name="known">Tokens of the last batch that the process knows and of the last that it sent; <see langword="null"/> when it was never the writer.</param>
    /// <exception cref="JournalFencedException">Another process has written since.</exception>
    public (JournalHead Head, long Token) RaiseEpoch(StoreSession session, (long Last, long Sent)? known)
    {
        Require(session);
        if (known is { } tokens && HeadToken != tokens.Last && HeadToken != tokens.Sent)
        {
            throw new JournalFencedException("simulated: another server took the ledger");
        }

        Epoch++;
        witness.Acquired(session.Process);
        trace.Note($"  store: epoch {Epoch} for {session.Process}, head {Batches.Count}/{HeadSequence}");
        DateTimeOffset timestamp = Batches.Count == 0 ? DateTimeOffset.UnixEpoch : Batches[^1].Batch.Timestamp;
        return (new JournalHead(Epoch, Batches.Count, HeadSequence, timestamp), HeadToken);
    }

    /// <exception cref="JournalFencedException">The head is not as the writer knows it.</exception>
    /// <exception cref="ParticipantConflictException">Participants found another version than they expected.</exception>
    public void Append(StoreSession session, JournalHead head, long headToken, JournalBatch batch, long token, int transfersMax)
    {
        Require(session);
        if (Epoch != head.Epoch || Batches.Count != head.Batch || HeadToken != headToken)
        {
            trace.Note($"  store: append {batch.Number} of {session.Process} fenced");
            throw new JournalFencedException("simulated: another server took the ledger");
        }

        Invariant.Assert(batch.Number == Batches.Count + 1);
        Invariant.Assert(batch.LastSequence == HeadSequence + batch.Transfers.Count);
        Invariant.Assert(Batches.Count == 0 || batch.Timestamp > Batches[^1].Batch.Timestamp);
        WriteParticipants(batch);
        StoredBatch stored = new(batch, session.Process, head.Epoch, token, transfersMax);
        Batches.Add(stored);
        trace.Note($"  store: batch {batch.Number} of {session.Process} durable, to sequence {batch.LastSequence}, {batch.Accounts.Count} accounts, {batch.Participants.Count} participants");
        witness.Durable(stored);
    }

    /// <summary>What recovery reads, in one snapshot.</summary>
    public Action<IRecoverySink> Snapshot(StoreSession session, long epoch)
    {
        Require(session);
        if (LockLies && Epoch != epoch)
        {
            throw new JournalException("simulated: the session lost its lock");
        }

        List<StoredTransaction> all = [.. Batches.SelectMany(StoredRows.Of)];
        List<(AccountRow, AccountTotals)> accounts =
            [.. Batches.SelectMany(stored => stored.Batch.Accounts).Select(row => (row, _totals.GetValueOrDefault(row.Number)))];
        JournalCheckpoint checkpoint = Checkpoint;
        List<JournalBatch> batches = [.. Batches.Select(stored => stored.Batch)];
        return sink => Recovery.Tell(sink, checkpoint.Sequence, accounts, all, batches);
    }

    public IReadOnlyList<StoredTransaction> Read(IReadOnlyCollection<TransactionPosition> positions)
    {
        HashSet<TransactionPosition> wanted = [.. positions];
        List<StoredTransaction> all = [.. Batches.SelectMany(StoredRows.Of)];
        return [.. all
            .Where(stored => wanted.Contains(new TransactionPosition(stored.Transfers[0].TransactionId, stored.Transfers[0].Sequence)))
            .Select(stored => Recovery.WithEffects(stored, all))];
    }

    public void WriteCheckpoint(JournalCheckpoint checkpoint)
    {
        if (checkpoint.Sequence < Checkpoint.Sequence)
        {
            return;
        }

        Invariant.Assert(checkpoint.Batch <= Batches.Count);
        Invariant.Assert(Batches[(int)checkpoint.Batch - 1].Batch.LastSequence == checkpoint.Sequence);
        Checkpoint = checkpoint;
        foreach ((long number, AccountTotals totals) in checkpoint.Accounts)
        {
            _totals[number] = totals;
        }
    }

    /// <summary>Only history stays: the next recovery reads all of it.</summary>
    public void ForgetCheckpoint()
    {
        Checkpoint = new JournalCheckpoint(0, 0, []);
        _totals.Clear();
    }

    private void Require(StoreSession session)
    {
        if (session.IsEnded && !LockLies)
        {
            throw new JournalException("simulated: the session has ended");
        }
    }

    private void WriteParticipants(JournalBatch batch)
    {
        List<int> conflicts = [];
        HashSet<object> touched = [];
        for (int index = 0; index < batch.Participants.Count; index++)
        {
            bool isTaken = batch.Participants[index] switch
            {
                SimulatedParticipant counter => VersionOf(counter.Key) == counter.Expects && touched.Add(counter.Key),
                FlowChange change => Flows.Takes(change) && touched.Add(change.Id)
                    && (change.ExpectedVersion > 0 || change.Obligation is null || touched.Add(change.Obligation)),
                ICommitParticipant other => throw new InvariantException($"Nobody writes {other}."),
            };
            if (!isTaken)
            {
                conflicts.Add(index);
            }
        }

        if (conflicts.Count > 0)
        {
            trace.Note($"  store: batch {batch.Number} conflicts at {string.Join(", ", conflicts)}");
            witness.Conflicted([.. conflicts.Select(index => batch.Participants[index])]);
            throw new ParticipantConflictException(conflicts);
        }

        foreach (ICommitParticipant participant in batch.Participants)
        {
            if (participant is SimulatedParticipant counter)
            {
                _participants[counter.Key] = counter.Expects + 1;
            }
            else
            {
                Flows.Apply((FlowChange)participant);
            }
        }
    }
}

/// <summary>Work of another module that commits with transactions: a counter that is at the version which it expects, and goes to the next.</summary>
internal sealed record SimulatedParticipant(string Key, int Expects, int Attempt) : ICommitParticipant
{
    public string ParticipantKind => "simulated";
}
