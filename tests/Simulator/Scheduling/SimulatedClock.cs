namespace Florin.Simulator.Scheduling;

/// <summary>Time that passes only when the simulation says so: one monotonic time for all, and all timers that were set.</summary>
internal sealed class SimulatedClock
{
    private readonly List<SimulatedTimer> _timers = [];

    /// <summary>Since the simulation began.</summary>
    public TimeSpan Now { get; private set; }

    public void Advance(TimeSpan by) => Now += by;

    public void AdvanceTo(TimeSpan time) => Now = time > Now ? time : Now;

    public void Set(SimulatedTimer timer) => _timers.Add(timer);

    public void Unset(SimulatedTimer timer) => _timers.Remove(timer);

    public void Forget(SimulatedTime of) => _timers.RemoveAll(timer => timer.Owner == of);

    /// <summary>The timer that is due first among those that may fire; of equals, the one that was set first.</summary>
    public SimulatedTimer? Next(Func<SimulatedTime, bool> mayFire)
    {
        SimulatedTimer? next = null;
        foreach (SimulatedTimer timer in _timers)
        {
            if ((next is null || timer.DueAt < next.DueAt) && mayFire(timer.Owner))
            {
                next = timer;
            }
        }

        return next;
    }
}

/// <summary>The clock as one process sees it: timers by monotonic time, and a wall clock of its own that is set forwards and backwards.</summary>
internal sealed class SimulatedTime(SimulatedClock clock, ProcessScheduler scheduler, TimeSpan wallOffset) : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public TimeSpan WallOffset { get; set; } = wallOffset;

    public SimulatedClock Clock => clock;

    public ProcessScheduler Scheduler => scheduler;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Start + clock.Now + WallOffset;

    public override long GetTimestamp() => clock.Now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        SimulatedTimer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }
}

internal sealed class SimulatedTimer(SimulatedTime owner, TimerCallback callback, object? state) : ITimer
{
    private TimeSpan _period = Timeout.InfiniteTimeSpan;

    public SimulatedTime Owner => owner;

    public TimeSpan DueAt { get; private set; }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        owner.Clock.Unset(this);
        _period = period;
        if (dueTime != Timeout.InfiniteTimeSpan)
        {
            DueAt = owner.Clock.Now + dueTime;
            owner.Clock.Set(this);
        }

        return true;
    }

    /// <summary>Queues the callback to its process.</summary>
    public void Fire()
    {
        owner.Clock.Unset(this);
        if (_period > TimeSpan.Zero)
        {
            DueAt += _period;
            owner.Clock.Set(this);
        }

        owner.Scheduler.Start(() => callback(state));
    }

    public void Dispose() => owner.Clock.Unset(this);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
