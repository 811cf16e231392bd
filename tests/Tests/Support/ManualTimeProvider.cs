namespace Florin.Tests.Support;

/// <summary>A clock that moves only when told to, timers included. Timers fire in order of their due time, on the thread that advances the clock.</summary>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly DateTimeOffset _start;
    private TimeSpan _elapsed;
    private TaskCompletionSource _timersChanged = NewSignal();

    public ManualTimeProvider(DateTimeOffset? start = null) => _start = start ?? new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How many timers are set: a test moves the clock when those that it needs are there.</summary>
    public int ActiveTimers
    {
        get
        {
            lock (_lock)
            {
                return _timers.Count;
            }
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _start + _elapsed;
        }
    }

    public override long GetTimestamp()
    {
        lock (_lock)
        {
            return _elapsed.Ticks;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ManualTimer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock, firing on the way whatever becomes due, each at its own time.</summary>
    public void Advance(TimeSpan by)
    {
        TimeSpan target;
        lock (_lock)
        {
            target = _elapsed + by;
        }

        while (true)
        {
            ManualTimer? due;
            lock (_lock)
            {
                due = _timers.Where(timer => timer.DueAt <= target).MinBy(timer => timer.DueAt);
                if (due is null)
                {
                    _elapsed = target;
                    return;
                }

                _elapsed = due.DueAt > _elapsed ? due.DueAt : _elapsed;
                due.Rearm();
            }

            due.Fire();
        }
    }

    /// <summary>Waits until a timer is set that is due within <paramref name="within"/>, and says in how long.</summary>
    public async Task<TimeSpan> NextTimerAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                ManualTimer? next = _timers.Where(timer => timer.DueAt - _elapsed <= within).MinBy(timer => timer.DueAt);
                if (next is not null)
                {
                    return next.DueAt > _elapsed ? next.DueAt - _elapsed : TimeSpan.Zero;
                }

                changed = _timersChanged.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Plays time for an operation: fires each timer that it sets and that is due within <paramref name="within"/>, until it is done.</summary>
    public async Task<T> PlayAsync<T>(Task<T> operation, TimeSpan within, CancellationToken cancellationToken)
    {
        while (!operation.IsCompleted)
        {
            using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task<TimeSpan> next = NextTimerAsync(within, stop.Token);
            if (await Task.WhenAny(operation, next) == next)
            {
                Advance(await next);
            }

            await stop.CancelAsync();
        }

        return await operation;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Set(ManualTimer timer, TimeSpan? dueIn)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _timers.Remove(timer);
            if (dueIn is { } wait)
            {
                timer.DueAt = _elapsed + wait;
                _timers.Add(timer);
            }

            changed = _timersChanged;
            _timersChanged = NewSignal();
        }

        changed.SetResult();
    }

    private sealed class ManualTimer(ManualTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period = Timeout.InfiniteTimeSpan;

        public TimeSpan DueAt { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            bool isDue = dueTime == TimeSpan.Zero;
            TimeSpan? repeatIn = period > TimeSpan.Zero ? period : null;
            owner.Set(this, isDue ? repeatIn : dueTime == Timeout.InfiniteTimeSpan ? null : dueTime);
            if (isDue)
            {
                // What is due now needs no clock that moves.
                ThreadPool.QueueUserWorkItem(_ => Fire());
            }

            return true;
        }

        public void Rearm()
        {
            owner._timers.Remove(this);
            if (_period != Timeout.InfiniteTimeSpan && _period > TimeSpan.Zero)
            {
                DueAt += _period;
                owner._timers.Add(this);
            }
        }

        public void Fire() => callback(state);

        public void Dispose() => owner.Set(this, null);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
