using Florin.Ledger;
using Florin.Ledger.Journal;

namespace Florin.Simulator.Store;

/// <summary>The journal as one process has it: each call goes over the network to the store, and anything may happen to it on the way.</summary>
internal sealed class SimulatedJournal(string process, SimulatedStore store, RemoteCalls calls, int transfersMax) : ILedgerJournal
{
    private StoreSession? _session;
    private JournalHead? _head;
    private long _headToken;
    private long _sentToken;

    /// <summary>Under which it became the writer; 0 when it never did.</summary>
    public long Epoch => _head?.Epoch ?? 0;

    /// <summary>All that were opened, ended or not.</summary>
    public List<StoreSession> Sessions { get; } = [];

    public async ValueTask<JournalHead> AcquireAsync(CancellationToken cancellationToken)
    {
        if (_session is { } old)
        {
            await calls.CallAsync("end", () => RemoteCalls.Do(() => store.End(old)), cancellationToken);
            _session = null;
        }

        StoreSession session = new(process);
        _session = session;
        Sessions.Add(session);
        await calls.CallAsync("lock", () => RemoteCalls.Do(() => store.Lock(session)), cancellationToken);
        (long, long)? known = _head is null ? null : (_headToken, _sentToken);
        (_head, _headToken) = await calls.CallAsync("raise", () => store.RaiseEpoch(session, known), cancellationToken);
        _sentToken = _headToken;
        return _head;
    }

    public async ValueTask RecoverAsync(IRecoverySink sink, CancellationToken cancellationToken)
    {
        StoreSession session = _session!;
        long epoch = _head!.Epoch;
        Action<IRecoverySink> tell = await calls.CallAsync("recover", () => store.Snapshot(session, epoch), cancellationToken);
        tell(sink);
    }

    public async ValueTask AppendAsync(JournalBatch batch, CancellationToken cancellationToken)
    {
        JournalHead head = _head!;
        Invariant.Assert(batch.Number == head.Batch + 1);
        Invariant.Assert(batch.LastSequence == head.Sequence + batch.Transfers.Count);
        (StoreSession session, long before, long token) = (_session!, _headToken, store.NextToken());
        JournalBatch sent = Copy(batch);
        _sentToken = token;
        await calls.CallAsync($"append {batch.Number}", () => RemoteCalls.Do(() => store.Append(session, head, before, sent, token, transfersMax)), cancellationToken);
        _head = head with { Batch = batch.Number, Sequence = batch.LastSequence, Timestamp = batch.Timestamp };
        _headToken = token;
    }

    public ValueTask<IReadOnlyList<StoredTransaction>> ReadAsync(IReadOnlyCollection<TransactionPosition> positions, CancellationToken cancellationToken) =>
        calls.CallAsync("read", () => store.Read(positions), cancellationToken);

    public async ValueTask WriteCheckpointAsync(JournalCheckpoint checkpoint, CancellationToken cancellationToken) =>
        await calls.CallAsync($"checkpoint {checkpoint.Sequence}", () => RemoteCalls.Do(() => store.WriteCheckpoint(checkpoint)), cancellationToken);

    // What was sent is what the batch held then.
    private static JournalBatch Copy(JournalBatch batch)
    {
        JournalBatch copy = new() { Number = batch.Number, Timestamp = batch.Timestamp, LastSequence = batch.LastSequence };
        copy.Accounts.AddRange(batch.Accounts);
        copy.Transfers.AddRange(batch.Transfers);
        copy.Details.AddRange(batch.Details);
        copy.Standings.AddRange(batch.Standings);
        copy.Limits.AddRange(batch.Limits);
        copy.Periods.AddRange(batch.Periods);
        copy.Participants.AddRange(batch.Participants);
        return copy;
    }
}
