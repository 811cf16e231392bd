using Florin.Ledger;
using Florin.Ledger.Journal;
using Florin.Simulator.Scheduling;

namespace Florin.Simulator.Store;

/// <summary>The journal as one process has it: each call goes over the network to the store, and anything may happen to it on the way.</summary>
internal sealed class SimulatedJournal(string process, SimulatedStore store, Network network, FaultRates faults, Trace trace) : ILedgerJournal
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
            await CallAsync("end", () => Do(() => store.End(old)), cancellationToken);
            _session = null;
        }

        StoreSession session = new(process);
        _session = session;
        Sessions.Add(session);
        await CallAsync("lock", () => Do(() => store.Lock(session)), cancellationToken);
        (long, long)? known = _head is null ? null : (_headToken, _sentToken);
        (_head, _headToken) = await CallAsync("raise", () => store.RaiseEpoch(session, known), cancellationToken);
        _sentToken = _headToken;
        return _head;
    }

    public async ValueTask RecoverAsync(IRecoverySink sink, CancellationToken cancellationToken)
    {
        StoreSession session = _session!;
        long epoch = _head!.Epoch;
        Action<IRecoverySink> tell = await CallAsync("recover", () => store.Snapshot(session, epoch), cancellationToken);
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
        await CallAsync($"append {batch.Number}", () => Do(() => store.Append(session, head, before, sent, token)), cancellationToken);
        _head = head with { Batch = batch.Number, Sequence = batch.LastSequence, Timestamp = batch.Timestamp };
        _headToken = token;
    }

    public ValueTask<IReadOnlyList<StoredTransaction>> ReadAsync(IReadOnlyCollection<TransactionId> ids, CancellationToken cancellationToken) =>
        CallAsync("read", () => store.Read(ids), cancellationToken);

    public async ValueTask WriteCheckpointAsync(JournalCheckpoint checkpoint, CancellationToken cancellationToken) =>
        await CallAsync($"checkpoint {checkpoint.Sequence}", () => Do(() => store.WriteCheckpoint(checkpoint)), cancellationToken);

    private static bool Do(Action effect)
    {
        effect();
        return true;
    }

    private async ValueTask<T> CallAsync<T>(string what, Func<T> effect, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        CallFault fault = faults.Draw(what.Split(' ')[0]);

        // Raising the epoch is the one effect that is not the same twice; a connection does not repeat what is sent on it.
        fault = fault == CallFault.Twice && what == "raise" ? CallFault.None : fault;
        trace.Note($"  {process}: {what}{(fault == CallFault.None ? "" : $" [{fault}]")}");

        // Without RunContinuationsAsynchronously: the continuation goes to its own scheduler, and never by way of the thread pool.
        TaskCompletionSource<T> answer = new();
        using CancellationTokenRegistration giveUp = cancellationToken.UnsafeRegister(_ => answer.TrySetCanceled(cancellationToken), null);
        Dispatch(what, fault, effect, answer);
        return await answer.Task;
    }

    private void Dispatch<T>(string what, CallFault fault, Func<T> effect, TaskCompletionSource<T> answer)
    {
        void Break() => answer.TrySetException(new JournalException($"simulated: connection broken at {what} ({fault})"));
        switch (fault)
        {
            case CallFault.LostRequest:
            case CallFault.Torn:
                Send("broken", request: false, slow: false, Break);
                break;
            case CallFault.Late:
                Send("broken", request: false, slow: false, Break);
                Send(what, request: true, slow: true, () => Serve(what, effect, new TaskCompletionSource<T>(), isLost: true, isSlow: false));
                break;
            case CallFault.Twice:
                Send(what, request: true, slow: false, () => Serve(what, effect, answer, isLost: false, isSlow: false));
                Send(what, request: true, slow: true, () => Serve(what, effect, new TaskCompletionSource<T>(), isLost: false, isSlow: false));
                break;
            default:
                Send(what, request: true, slow: fault == CallFault.Slow, () =>
                    Serve(what, effect, answer, isLost: fault == CallFault.LostAnswer, isSlow: fault == CallFault.Slow));
                break;
        }
    }

    /// <summary>At the store.</summary>
    private void Serve<T>(string what, Func<T> effect, TaskCompletionSource<T> answer, bool isLost, bool isSlow)
    {
        Action reply;
        try
        {
            T result = effect();
            reply = isLost
                ? () => answer.TrySetException(new JournalException($"simulated: the answer to {what} was lost"))
                : () => answer.TrySetResult(result);
        }
        catch (Exception refusal) when (refusal is JournalException or JournalFencedException or ParticipantConflictException)
        {
            reply = isLost
                ? () => answer.TrySetException(new JournalException($"simulated: the answer to {what} was lost"))
                : () => answer.TrySetException(refusal);
        }

        Send($"answer to {what}", request: false, isSlow, reply);
    }

    private void Send(string what, bool request, bool slow, Action arrive) => network.Send(what, process, request, slow, arrive);

    // What was sent is what the batch held then.
    private static JournalBatch Copy(JournalBatch batch)
    {
        JournalBatch copy = new() { Number = batch.Number, Timestamp = batch.Timestamp, LastSequence = batch.LastSequence };
        copy.Accounts.AddRange(batch.Accounts);
        copy.Transfers.AddRange(batch.Transfers);
        copy.Details.AddRange(batch.Details);
        copy.Participants.AddRange(batch.Participants);
        return copy;
    }
}
