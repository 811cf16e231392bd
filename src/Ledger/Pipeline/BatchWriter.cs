using System.Threading.Channels;
using Florin.Ledger.Journal;
using Florin.Ledger.StateMachine;

namespace Florin.Ledger.Pipeline;

/// <summary>The ledger's one writer: executes what waits into the open batch, commits it, and only then answers.</summary>
/// <remarks>
/// Failure policy: fail-stop, never fail-wrong. While a batch commits, what arrives is executed on top of it into the next one. When a commit
/// fails, memory is discarded and rebuilt from the journal under a new epoch, which fences the failed attempt; the head then tells for the batch
/// in flight whether it is durable (its callers are answered) or not (its items run again). A lost journal
/// (<see cref="JournalFencedException"/>) or a broken invariant ends the writer for good, and the host exits.
/// </remarks>
internal sealed class BatchWriter(
    ILedgerJournal journal, TimeProvider timeProvider, LedgerOptions options, ILedgerEvents events, ChannelReader<WorkItem> queue, CancellationToken stopping)
{
    /// <summary>How long an idle writer waits at most for a pending transaction to expire: the wall clock may jump meanwhile.</summary>
    private static readonly TimeSpan ExpiryLookInterval = TimeSpan.FromSeconds(1);

    /// <summary>So often a pause doubles, whatever its longest is.</summary>
    private const int DoublingsMax = 16;

    /// <summary>So many failures in a row are tried again at once.</summary>
    private const int FailuresAtOnceMax = 10;

    /// <summary>So many items are enough: more callers than this keep both the writer and the commit busy in two groups.</summary>
    private const int GatherItemsMax = 64;

    private const int GatherRoundsMax = 8;

    private readonly Queue<WorkItem> _again = new();
    private readonly CheckpointWriter _checkpoints = new(journal, events, options.CheckpointTransfers, stopping);
    private LedgerStateMachine _machine = new(new LedgerState(options));
    private JournalHead _head = new(0, 0, 0, default);
    private OpenBatch? _open;

    /// <summary>Taken from the queue and not executed yet; whatever ends the writer, they must hear of it.</summary>
    private List<WorkItem> _taken = [];
    private PendingCommit? _committing;

    /// <summary>Failures of the journal since it last took a batch.</summary>
    private int _failuresInARow;

    /// <summary>How many were answered by the last commit and may come again at once.</summary>
    private int _answered;

    /// <summary>Takes the journal, and works until the queue is completed and empty.</summary>
    /// <param name="ready">Completed when memory stands.</param>
    public async Task RunAsync(TaskCompletionSource ready)
    {
        await RecoverAsync();
        ready.TrySetResult();
        while (await StepAsync())
        {
        }

        await _checkpoints.FinishAsync(_machine.State, _head);
    }

    /// <summary>Tells everybody who still waits that there will be no answer. Only after <see cref="RunAsync"/> has ended.</summary>
    public void AbandonAll()
    {
        LedgerUnavailableException exception = new("The ledger stopped before this was answered; ask again by id.");
        foreach (WorkItem item in (_committing?.Items ?? []).Concat(_open?.Items ?? []).Concat(_taken).Concat(_again))
        {
            item.Fail(exception);
        }

        while (queue.TryRead(out WorkItem? item))
        {
            item.Fail(exception);
        }
    }

    /// <returns>False when all is done.</returns>
    private async ValueTask<bool> StepAsync()
    {
        await ExecuteWaitingAsync();
        if (_committing is { } committing)
        {
            await WaitBesideAsync(committing);
            return true;
        }

        if (_open is not null && _answered > 0)
        {
            await GatherAsync();
        }

        if (_open is { } open)
        {
            StartCommit(open);
            return true;
        }

        return await WaitForWorkAsync();
    }

    /// <summary>
    /// Lets those who were just answered come again before a small batch is committed. Without it, callers who wait for their answers fall apart
    /// into two groups of which each waits for the other's commit, and every commit carries half of what it could.
    /// </summary>
    private async ValueTask GatherAsync()
    {
        int enough = Math.Min(_answered, GatherItemsMax);
        _answered = 0;
        for (int round = 0; round < GatherRoundsMax && _open is { } open && open.Items.Count < enough; round++)
        {
            int before = open.Items.Count;
            await Task.Yield();
            await ExecuteWaitingAsync();
            if ((_open?.Items.Count ?? 0) <= before)
            {
                break;
            }
        }
    }

    /// <summary>Executes into the open batch what waits, as far as it goes in.</summary>
    private async ValueTask ExecuteWaitingAsync()
    {
        // An expiry is due although nobody asks for anything.
        if (_open is null && _machine.State.NextExpiry() is { } due && due <= Now())
        {
            _open = Open();
        }

        List<WorkItem> taken = _taken = Take();
        if (taken.Count == 0)
        {
            return;
        }

        try
        {
            await LoadNeedsAsync(taken);
        }
        catch (JournalException exception)
        {
            // The commit under way may have the same trouble: settle it first, then rebuild. What was executed runs again.
            Requeue(taken);
            await FinishCommitAsync();
            await RebuildAsync(exception);
            return;
        }

        _open ??= Open();
        for (int index = 0; index < taken.Count; index++)
        {
            // How many transfers an item brings is sure only afterwards, and memory covers no more than some full batches.
            if (_open.Batch.Transfers.Count >= options.BatchTransfersMax)
            {
                Requeue(taken[index..]);
                break;
            }

            taken[index].Execute(_machine, _open.Batch);
            ForgetLimits(_open.Batch);
            _open.Items.Add(taken[index]);
        }

        _open.Batch.LastSequence = _machine.State.Sequence;
    }

    private List<WorkItem> Take()
    {
        List<WorkItem> taken = [];
        int items = _open?.Items.Count ?? 0;
        int transfers = _open?.Batch.Transfers.Count ?? 0;
        while (items < options.BatchItemsMax && transfers < options.BatchTransfersMax
            && (_again.TryDequeue(out WorkItem? item) || queue.TryRead(out item)))
        {
            taken.Add(item);
            items++;
            transfers += Math.Max(1, item.Weight);
        }

        return taken;
    }

    private async ValueTask LoadNeedsAsync(List<WorkItem> items)
    {
        HashSet<TransactionPosition>? positions = null;
        foreach (WorkItem item in items)
        {
            item.AddNeeds(_machine.State, ref positions);
        }

        _machine.State.Asked(positions);
        if (positions is null)
        {
            return;
        }

        foreach (StoredTransaction stored in await journal.ReadAsync(positions, stopping))
        {
            _machine.State.Load(stored);
        }
    }

    private OpenBatch Open()
    {
        // Ledger time never goes back, whatever the clock does (fault T-04). A batch that writes nothing leaves no trace, its number and time neither.
        JournalBatch? before = _committing is { Batch.IsEmpty: false } committing ? committing.Batch : null;
        DateTimeOffset earliest = (before?.Timestamp ?? _head.Timestamp).AddMicroseconds(1);
        DateTimeOffset now = Now();
        JournalBatch batch = new()
        {
            Number = (before?.Number ?? _head.Batch) + 1,
            Timestamp = now > earliest ? now : earliest,
            LastSequence = _machine.State.Sequence,
        };
        _machine.PassTime(batch, options.BatchTransfersMax);
        ForgetLimits(batch);
        return new OpenBatch(batch, []);
    }

    // What is written keeps its time. A batch that writes nothing leaves none, and the next may be earlier.
    private void ForgetLimits(JournalBatch batch)
    {
        if (!batch.IsEmpty)
        {
            _machine.State.Limits.Forget(batch.Timestamp);
        }
    }

    private DateTimeOffset Now()
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        return new DateTimeOffset(now.Ticks - (now.Ticks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
    }

    private void StartCommit(OpenBatch open)
    {
        Invariant.Assert(_committing is null);
        _open = null;
        long started = timeProvider.GetTimestamp();
        Task task = open.Batch.IsEmpty ? Task.CompletedTask : journal.AppendAsync(open.Batch, stopping).AsTask();
        _committing = new PendingCommit(open.Batch, open.Items, _checkpoints.TakeWhenDue(_machine.State, open.Batch), task, started);
    }

    /// <summary>Waits until the commit under way ends, or until there is more to execute beside it.</summary>
    private async ValueTask WaitBesideAsync(PendingCommit committing)
    {
        bool isFull = _open is { } open && (open.Items.Count >= options.BatchItemsMax || open.Batch.Transfers.Count >= options.BatchTransfersMax);
        if (!isFull && !committing.Task.IsCompleted)
        {
            Task<bool> more = WaitForMoreAsync(stopping);
            await Task.WhenAny(more, committing.Task);
            if (!committing.Task.IsCompleted && await more)
            {
                return;
            }
        }

        await FinishCommitAsync();
    }

    /// <returns>False when the queue is completed and nothing is left.</returns>
    private async ValueTask<bool> WaitForWorkAsync()
    {
        if (_again.Count > 0)
        {
            return true;
        }

        if (_machine.State.NextExpiry() is not { } due)
        {
            return await queue.WaitToReadAsync(stopping);
        }

        TimeSpan until = due - Now();
        using CancellationTokenSource looked = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task<bool> more = WaitForMoreAsync(looked.Token);
        Task time = Task.Delay(TimeSpan.FromTicks(Math.Clamp(until.Ticks, 1, ExpiryLookInterval.Ticks)), timeProvider, looked.Token);
        await Task.WhenAny(more, time);
        bool isMore = !more.IsCompletedSuccessfully || await more;
        await Task.Factory.StartNew(looked.Cancel, CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Current);
        await Task.WhenAll(more, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        stopping.ThrowIfCancellationRequested();
        return isMore;
    }

    // Awaited and not only turned into a task, so that it goes on where the writer runs.
    private async Task<bool> WaitForMoreAsync(CancellationToken cancellationToken) => await queue.WaitToReadAsync(cancellationToken);

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
            events.Conflicted(conflict.Indexes.Count);
            HashSet<int> indexes = [.. conflict.Indexes];
            committing.Items.ForEach(item => item.AnswerConflict(indexes));
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
            _failuresInARow = 0;
            _head = _head with { Batch = batch.Number, Sequence = batch.LastSequence, Timestamp = batch.Timestamp };
            events.Committed(batch.Number, committing.Items.Count, batch.Transfers.Count, timeProvider.GetElapsedTime(committing.Started));
        }

        committing.Items.ForEach(item => item.Answer());
        _answered = committing.Items.Count;
        _machine.State.Trim(options.RecordsMax, _head.Sequence);
        if (committing.Checkpoint is { } checkpoint)
        {
            _checkpoints.Write(checkpoint);
        }
    }

    /// <summary>Rebuilds memory and settles the batch whose outcome was unknown: what is durable is answered, the rest runs again.</summary>
    private async ValueTask RebuildAsync(Exception? cause)
    {
        if (cause is not null)
        {
            events.Failed(cause);
            await PauseAfterFailureAsync();
        }

        await RecoverAsync();
        if (_committing is { } unknown)
        {
            // Nobody else has written since (it would have fenced us), so a head at or past this batch means that the batch itself is durable.
            _committing = null;
            if (unknown.Batch.IsEmpty || _head.Batch >= unknown.Batch.Number)
            {
                unknown.Items.ForEach(item => item.Answer());
            }
            else
            {
                Requeue(unknown.Items.Where(item => !item.IsAnswered));
            }
        }

        // It was executed on a state that is gone.
        if (_open is { } open)
        {
            _open = null;
            Requeue(open.Items);
        }
    }

    /// <summary>
    /// A journal that can be read and not written, as on a full disk, is tried again ever more slowly: to rebuild memory without a pause would be
    /// work without end (fault T-04). The first few failures in a row cost no pause: most pass at once.
    /// </summary>
    private async ValueTask PauseAfterFailureAsync()
    {
        _failuresInARow++;
        if (_failuresInARow <= FailuresAtOnceMax)
        {
            return;
        }

        TimeSpan pause = options.RecoveryPauseMin * (1 << Math.Min(_failuresInARow - FailuresAtOnceMax - 1, DoublingsMax));
        await Task.Delay(pause < options.RecoveryPauseMax ? pause : options.RecoveryPauseMax, timeProvider, stopping);
    }

    /// <summary>Their order among each other is free: none of their callers has an answer yet.</summary>
    private void Requeue(IEnumerable<WorkItem> items)
    {
        foreach (WorkItem item in items)
        {
            _again.Enqueue(item);
        }
    }

    private async ValueTask RecoverAsync()
    {
        TimeSpan pause = options.RecoveryPauseMin;
        while (true)
        {
            long started = timeProvider.GetTimestamp();
            try
            {
                await _checkpoints.QuiesceAsync();
                JournalHead head = await journal.AcquireAsync(stopping);
                LedgerState state = new(options);
                await journal.RecoverAsync(state, stopping);
                Invariant.Assert(state.Sequence == head.Sequence);
                _head = head;
                _machine = new LedgerStateMachine(state);
                _checkpoints.Recovered(state.CheckpointSequence);
                events.Recovered(head.Epoch, head.Sequence, state.Accounts.Count, timeProvider.GetElapsedTime(started));
                return;
            }
            catch (JournalException exception)
            {
                events.Failed(exception);
            }

            await Task.Delay(pause, timeProvider, stopping);
            pause = pause * 2 < options.RecoveryPauseMax ? pause * 2 : options.RecoveryPauseMax;
        }
    }

    /// <summary>What was executed since the last commit began.</summary>
    private sealed record OpenBatch(JournalBatch Batch, List<WorkItem> Items);

    private sealed record PendingCommit(JournalBatch Batch, List<WorkItem> Items, JournalCheckpoint? Checkpoint, Task Task, long Started);
}
