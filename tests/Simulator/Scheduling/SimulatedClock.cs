namespace Florin.Simulator.Scheduling;

/// <summary>Time that passes only when the simulation says so: one monotonic time for all, and all timers that were set.</summary>
internal sealed class SimulatedClock
{
    private const int LooksMax = 100_000;

    private readonly List<SimulatedTimer> _timers = [];
    private int _looks;

    /// <summary>Since the simulation began.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>Somebody looked at the clock so often within one step that it would never give the thread back.</summary>
    public bool HasSpun => _looks > LooksMax;

    /// <summary>A step begins.</summary>
    public void Advance(TimeSpan by)
    {
        _looks = 0;
        Now += by;
    }

    /// <exception cref="InvalidOperationException">The process spins: nothing else could end it, as it runs on the simulation's thread.</exception>
    public TimeSpan Look()
    {
        _looks++;
        return HasSpun ? throw new InvalidOperationException("A process looks at the clock without end.") : Now;
    }

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

    public override DateTimeOffset GetUtcNow() => Start + clock.Look() + WallOffset;

    public override long GetTimestamp() => clock.Look().Ticks;

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
