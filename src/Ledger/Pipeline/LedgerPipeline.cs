using System.Collections.Immutable;
using System.Threading.Channels;
using Florin.Ledger.Journal;
using Florin.Ledger.StateMachine;

namespace Florin.Ledger.Pipeline;

/// <summary>The ledger's one writer: collects a batch, executes it in memory, commits it, and only then answers.</summary>
/// <remarks>
/// Failure policy: fail-stop, never fail-wrong. While a batch commits, the next is collected and executed on top of it. When a commit fails,
/// memory is discarded and rebuilt from the journal under a new epoch, which fences the failed attempt; the head then tells for each batch in
/// flight whether it is durable (its callers are answered) or not (its items run again). A lost journal (<see cref="JournalFencedException"/>)
/// or a broken invariant ends the writer for good, and <see cref="Completion"/> tells the host to exit.
/// </remarks>
internal sealed class LedgerPipeline : ILedgerHost
{
    private readonly ILedgerJournal _journal;
    private readonly TimeProvider _timeProvider;
    private readonly LedgerOptions _options;
    private readonly ILedgerEvents _events;
    private readonly Channel<WorkItem> _queue;
    private readonly Queue<WorkItem> _again = new();
    private readonly CancellationTokenSource _stopping;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CheckpointWriter _checkpoints;
    private LedgerStateMachine _machine = new(new LedgerState());
    private JournalHead _head = new(0, 0, 0, default);
    private PendingCommit? _committing;
    private Task? _completion;

    public LedgerPipeline(ILedgerJournal journal, TimeProvider timeProvider, LedgerOptions options, ILedgerEvents events)
    {
        options.Check();
        _journal = journal;
        _timeProvider = timeProvider;
        _options = options;
        _events = events;
        _stopping = new CancellationTokenSource(Timeout.InfiniteTimeSpan, timeProvider);
        _checkpoints = new CheckpointWriter(journal, events, options.CheckpointTransfers, _stopping.Token);
        _queue = Channel.CreateBounded<WorkItem>(new BoundedChannelOptions(options.QueueMax)
        {
            FullMode = BoundedChannelFullMode.Wait,
            SingleReader = true,
        });
    }

    /// <inheritdoc/>
    public Task Completion => _completion ?? throw new InvalidOperationException("The ledger was not started.");

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Invariant.Assert(_completion is null);

        // On the scheduler of whoever starts it, which is the thread pool in a server and the seed's in the simulator.
        _completion = Task.Factory.StartNew(RunAsync, CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Current).Unwrap();
        Task first = await Task.WhenAny(ReadyAsync(), _completion).WaitAsync(cancellationToken);
        await first;
    }

    private async Task ReadyAsync() => await _ready.Task;

    public async ValueTask<SubmissionResult> SubmitAsync(Submission submission, CancellationToken cancellationToken)
    {
        SubmissionShape.Check(submission);
        SubmitItem item = new(submission);
        await EnqueueAsync(item, cancellationToken);
        return await item.Task.WaitAsync(cancellationToken);
    }

    public ValueTask<AccountBalance?> GetBalanceAsync(AccountId account, CancellationToken cancellationToken) =>
        ReadAsync<AccountBalance?>(
            state => state.TryGetAccount(account, out AccountState? found) ? found.ToBalance(state.Sequence) : null, cancellationToken);

    public ValueTask<ImmutableArray<AccountBalance>> GetBalancesAsync(string addressPrefix, CancellationToken cancellationToken) =>
        ReadAsync<ImmutableArray<AccountBalance>>(
            state =>
            [
                .. state.Accounts
                    .Where(account => account.Row.Id.Address.Value.StartsWith(addressPrefix, StringComparison.Ordinal))
                    .OrderBy(account => account.Row.Id.Address.Value, StringComparer.Ordinal)
                    .ThenBy(account => account.Row.Id.Asset.Code, StringComparer.Ordinal)
                    .Select(account => account.ToBalance(state.Sequence)),
            ],
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<byte[]> GetStateHashAsync(CancellationToken cancellationToken) => ReadAsync(state => state.Hash(), cancellationToken);

    /// <summary>Stops taking work, finishes what is queued, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        if (_completion is { IsCompleted: false })
        {
            // A writer that cannot reach its journal would wait for ever.
            _stopping.CancelAfter(_options.StopPatience);
            await Task.WhenAny(_completion);
        }

        _stopping.Dispose();
    }

    private async ValueTask<T> ReadAsync<T>(Func<LedgerState, T> read, CancellationToken cancellationToken)
    {
        ReadItem<T> item = new(read);
        await EnqueueAsync(item, cancellationToken);
        return await item.Task.WaitAsync(cancellationToken);
    }

    private async ValueTask EnqueueAsync(WorkItem item, CancellationToken cancellationToken)
    {
        try
        {
            await _queue.Writer.WriteAsync(item, cancellationToken);
        }
        catch (ChannelClosedException exception)
        {
            throw new LedgerUnavailableException("The ledger is stopping.", exception);
        }
    }

    private async Task RunAsync()
    {
        List<WorkItem> executed = [];
        try
        {
            await RecoverAsync();
            _ready.TrySetResult();
            while (await CollectAsync(executed))
            {
                await ExecuteAndCommitAsync(executed);
                executed = [];
            }

            while (_committing is not null || _again.Count > 0)
            {
                await FinishCommitAsync();
                if (_again.Count > 0)
                {
                    Drain(executed);
                    await ExecuteAndCommitAsync(executed);
                    executed = [];
                }
            }

            await _checkpoints.FinishAsync(_machine.State, _head);
        }
        finally
        {
            AbandonAll(executed);
        }
    }

    /// <summary>Waits for work and gathers what is there: one batch, at most. While a commit is under way it keeps gathering, because the batch could not be sent before.</summary>
    private async ValueTask<bool> CollectAsync(List<WorkItem> batch)
    {
        while (true)
        {
            Drain(batch);
            if (batch.Count >= _options.BatchItemsMax)
            {
                return true;
            }

            if (_committing is not { } committing)
            {
                if (batch.Count > 0)
                {
                    return true;
                }

                if (!await _queue.Reader.WaitToReadAsync(_stopping.Token))
                {
                    return false;
                }

                continue;
            }

            Task<bool> more = WaitForMoreAsync();
            await Task.WhenAny(more, committing.Task);
            if (committing.Task.IsCompleted)
            {
                await FinishCommitAsync();
                continue;
            }

            if (!await more)
            {
                if (batch.Count > 0)
                {
                    return true;
                }

                await FinishCommitAsync();
                return _again.Count > 0;
            }
        }
    }

    // Awaited and not only turned into a task, so that it goes on where the writer runs.
    private async Task<bool> WaitForMoreAsync() => await _queue.Reader.WaitToReadAsync(_stopping.Token);

    private void Drain(List<WorkItem> batch)
    {
        while (batch.Count < _options.BatchItemsMax && _again.TryDequeue(out WorkItem? again))
        {
            batch.Add(again);
        }

        while (batch.Count < _options.BatchItemsMax && _queue.Reader.TryRead(out WorkItem? item))
        {
            batch.Add(item);
        }
    }

    private async ValueTask ExecuteAndCommitAsync(List<WorkItem> items)
    {
        int start = 0;
        while (start < items.Count)
        {
            LedgerStateMachine machine = _machine;
            JournalBatch batch;
            int end;
            try
            {
                await LoadNeedsAsync(items, start);
                (batch, end) = Execute(items, start);
            }
            catch (JournalException exception)
            {
                // Nothing of this batch was executed. The commit under way may have the same trouble: settle it first, then rebuild.
                await FinishCommitAsync();
                await RebuildAsync(exception);
                Requeue(items[start..]);
                return;
            }

            await FinishCommitAsync();
            if (!ReferenceEquals(machine, _machine))
            {
                // Memory was rebuilt: this batch was executed on a state that is gone. It runs again.
                Requeue(items[start..]);
                return;
            }

            StartCommit(batch, items[start..end]);
            start = end;
        }
    }

    /// <summary>Their order among each other is free: none of their callers has an answer yet.</summary>
    private void Requeue(IEnumerable<WorkItem> items)
    {
        foreach (WorkItem item in items)
        {
            _again.Enqueue(item);
        }
    }

    private async ValueTask LoadNeedsAsync(List<WorkItem> items, int start)
    {
        LedgerState state = _machine.State;
        HashSet<TransactionId>? missing = null;
        for (int index = start; index < items.Count; index++)
        {
            foreach (TransactionId id in items[index].Needs)
            {
                if (state.MustLoad(id))
                {
                    (missing ??= []).Add(id);
                }
            }
        }

        if (missing is null)
        {
            return;
        }

        foreach (StoredTransaction stored in await _journal.ReadAsync(missing, _stopping.Token))
        {
            state.Load(stored);
        }
    }

    private (JournalBatch Batch, int End) Execute(List<WorkItem> items, int start)
    {
        DateTimeOffset now = _timeProvider.GetUtcNow();
        now = new DateTimeOffset(now.Ticks - (now.Ticks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

        // Ledger time never goes back, whatever the clock does (fault T-04). A batch that writes nothing leaves no trace, its number and time neither.
        JournalBatch? before = _committing is { Batch.IsEmpty: false } committing ? committing.Batch : null;
        DateTimeOffset earliest = (before?.Timestamp ?? _head.Timestamp).AddMicroseconds(1);
        JournalBatch batch = new()
        {
            Number = (before?.Number ?? _head.Batch) + 1,
            Timestamp = now > earliest ? now : earliest,
            LastSequence = _machine.State.Sequence,
        };
        int index = start;
        while (index < items.Count && batch.Transfers.Count < _options.BatchTransfersMax)
        {
            items[index++].Execute(_machine, batch);
        }

        batch.LastSequence = _machine.State.Sequence;
        return (batch, index);
    }

    private void StartCommit(JournalBatch batch, List<WorkItem> items)
    {
        Invariant.Assert(_committing is null);
        long started = _timeProvider.GetTimestamp();
        Task task = batch.IsEmpty ? Task.CompletedTask : _journal.AppendAsync(batch, _stopping.Token).AsTask();
        _committing = new PendingCommit(batch, items, _checkpoints.TakeWhenDue(_machine.State, batch), task, started);
    }

    /// <summary>Waits for the commit under way and answers it; after a failure memory is rebuilt and what was not durable is queued again.</summary>
    private async ValueTask FinishCommitAsync()
    {
        if (_committing is not { } committing)
        {
            return;
        }

        try
        {
            await committing.Task;
        }
        catch (ParticipantConflictException conflict)
        {
            _events.Conflicted(conflict.Indexes.Count);
            AnswerConflicts(committing.Items, conflict.Indexes);
            await RebuildAsync(cause: null);
            return;
        }
        catch (JournalException exception)
        {
            await RebuildAsync(exception);
            return;
        }

        _committing = null;
        if (!committing.Batch.IsEmpty)
        {
            JournalBatch batch = committing.Batch;
            _head = _head with { Batch = batch.Number, Sequence = batch.LastSequence, Timestamp = batch.Timestamp };
            _events.Committed(batch.Number, committing.Items.Count, batch.Transfers.Count, _timeProvider.GetElapsedTime(committing.Started));
        }

        Answer(committing.Items);
        _machine.State.Trim(_options.RecordsMax, _head.Sequence);
        if (committing.Checkpoint is { } checkpoint)
        {
            _checkpoints.Write(checkpoint);
        }
    }

    private static void Answer(List<WorkItem> items)
    {
        foreach (WorkItem item in items)
        {
            item.Answer();
        }
    }

    private static void AnswerConflicts(List<WorkItem> items, IReadOnlyList<int> conflicts)
    {
        HashSet<int> indexes = [.. conflicts];
        foreach (SubmitItem submit in items.OfType<SubmitItem>().Where(item => indexes.Contains(item.ParticipantIndex)))
        {
            submit.AnswerConflict();
        }
    }

    /// <summary>Rebuilds memory and settles the batch whose outcome was unknown: what is durable is answered, the rest runs again.</summary>
    private async ValueTask RebuildAsync(Exception? cause)
    {
        if (cause is not null)
        {
            _events.Failed(cause);
        }

        await RecoverAsync();
        if (_committing is not { } unknown)
        {
            return;
        }

        // Nobody else has written since (it would have fenced us), so a head at or past this batch means that the batch itself is durable.
        _committing = null;
        if (unknown.Batch.IsEmpty || _head.Batch >= unknown.Batch.Number)
        {
            Answer(unknown.Items);
        }
        else
        {
            Requeue(unknown.Items.Where(item => !item.IsAnswered));
        }
    }

    private async ValueTask RecoverAsync()
    {
        TimeSpan pause = _options.RecoveryPauseMin;
        while (true)
        {
            long started = _timeProvider.GetTimestamp();
            try
            {
                await _checkpoints.QuiesceAsync();
                JournalHead head = await _journal.AcquireAsync(_stopping.Token);
                LedgerState state = new();
                await _journal.RecoverAsync(state, _stopping.Token);
                Invariant.Assert(state.Sequence == head.Sequence);
                _head = head;
                _machine = new LedgerStateMachine(state);
                _checkpoints.Recovered(state.CheckpointSequence);
                _events.Recovered(head.Epoch, head.Sequence, state.Accounts.Count, _timeProvider.GetElapsedTime(started));
                return;
            }
            catch (JournalException exception)
            {
                _events.Failed(exception);
            }

            await Task.Delay(pause, _timeProvider, _stopping.Token);
            pause = pause * 2 < _options.RecoveryPauseMax ? pause * 2 : _options.RecoveryPauseMax;
        }
    }

    private void AbandonAll(List<WorkItem> executed)
    {
        _queue.Writer.TryComplete();
        LedgerUnavailableException exception = new("The ledger stopped before this was answered; ask again by id.");
        IEnumerable<WorkItem> waiting = executed.Concat(_committing?.Items ?? []).Concat(_again);
        foreach (WorkItem item in waiting)
        {
            item.Fail(exception);
        }

        while (_queue.Reader.TryRead(out WorkItem? item))
        {
            item.Fail(exception);
        }
    }

    private sealed record PendingCommit(JournalBatch Batch, List<WorkItem> Items, JournalCheckpoint? Checkpoint, Task Task, long Started);
}
