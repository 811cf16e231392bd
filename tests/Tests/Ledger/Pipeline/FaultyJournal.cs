using System.Collections.Concurrent;
using Florin.Ledger.Journal;

namespace Florin.Tests.Ledger.Pipeline;

/// <summary>Puts scripted faults before a journal: each call takes the next step of its script, or goes through when none is left.</summary>
internal sealed class FaultyJournal(ILedgerJournal inner) : ILedgerJournal
{
    /// <summary>Gets the call; decides whether and when it goes through, and what its caller hears.</summary>
    public delegate Task Step<in TCall>(TCall call, Func<Task> goThrough, CancellationToken cancellationToken);

    public ConcurrentQueue<Step<object?>> Acquires { get; } = new();

    public ConcurrentQueue<Step<object?>> Recoveries { get; } = new();

    public ConcurrentQueue<Step<JournalBatch>> Appends { get; } = new();

    public ConcurrentQueue<Step<object?>> Reads { get; } = new();

    public ConcurrentQueue<Step<JournalCheckpoint>> Checkpoints { get; } = new();

    /// <summary>The connection broke before anything was sent.</summary>
    public static Task FailBefore<TCall>(TCall call, Func<Task> goThrough, CancellationToken cancellationToken) => throw new JournalException("scripted: failed before");

    /// <summary>It is durable, and the acknowledgement is lost.</summary>
    public static async Task FailAfter<TCall>(TCall call, Func<Task> goThrough, CancellationToken cancellationToken)
    {
        await goThrough();
        throw new JournalException("scripted: acknowledgement lost");
    }

    /// <summary>The participants at these positions find another state than they expected.</summary>
    public static Step<JournalBatch> Conflict(params int[] indexes) => (_, _, _) => throw new ParticipantConflictException(indexes);

    public async ValueTask<JournalHead> AcquireAsync(CancellationToken cancellationToken)
    {
        JournalHead? head = null;
        await RunAsync(Acquires, null, async () => head = await inner.AcquireAsync(cancellationToken), cancellationToken);
        return head!;
    }

    public async ValueTask RecoverAsync(IRecoverySink sink, CancellationToken cancellationToken) =>
        await RunAsync(Recoveries, null, () => inner.RecoverAsync(sink, cancellationToken).AsTask(), cancellationToken);

    public async ValueTask AppendAsync(JournalBatch batch, CancellationToken cancellationToken) =>
        await RunAsync(Appends, batch, () => inner.AppendAsync(batch, cancellationToken).AsTask(), cancellationToken);

    public async ValueTask<IReadOnlyList<StoredTransaction>> ReadAsync(
        IReadOnlyCollection<TransactionPosition> positions, CancellationToken cancellationToken)
    {
        IReadOnlyList<StoredTransaction> found = [];
        await RunAsync(Reads, null, async () => found = await inner.ReadAsync(positions, cancellationToken), cancellationToken);
        return found;
    }

    public async ValueTask WriteCheckpointAsync(JournalCheckpoint checkpoint, CancellationToken cancellationToken) =>
        await RunAsync(Checkpoints, checkpoint, () => inner.WriteCheckpointAsync(checkpoint, cancellationToken).AsTask(), cancellationToken);

    private static Task RunAsync<TCall>(ConcurrentQueue<Step<TCall>> script, TCall call, Func<Task> goThrough, CancellationToken cancellationToken) =>
        script.TryDequeue(out Step<TCall>? step) ? step(call, goThrough, cancellationToken) : goThrough();
}

/// <summary>Holds a call until the test lets it go on.</summary>
internal sealed class Gate
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the call has arrived.</summary>
    public Task Reached => _reached.Task;

    public void Open() => _opened.TrySetResult();

    public FaultyJournal.Step<TCall> Before<TCall>(FaultyJournal.Step<TCall>? then = null) => async (call, goThrough, cancellationToken) =>
    {
        _reached.TrySetResult();
        await _opened.Task.WaitAsync(cancellationToken);
        await (then is null ? goThrough() : then(call, goThrough, cancellationToken));
    };
}
