namespace Florin.Identity.Sessions;

/// <summary>The failed logins of one e-mail. Pure: time is an argument.</summary>
/// <param name="Failures">Within the window that began at <paramref name="WindowStartedAt"/>.</param>
/// <param name="LockOuts">Locks since the last success or forgetting; each doubles the next.</param>
internal readonly record struct ThrottleState(
    int Failures, DateTimeOffset WindowStartedAt, int LockOuts, DateTimeOffset? LockedUntil, DateTimeOffset LastFailureAt)
{
    /// <summary>More doublings than any span of time has.</summary>
    private const int DoublingsMax = 30;

    /// <summary>No failure known at <paramref name="now"/>.</summary>
    public static ThrottleState Clean(DateTimeOffset now) => new(0, now, 0, null, now);

    public bool IsLocked(DateTimeOffset now) => LockedUntil > now;

    /// <summary>The state after one more failure at an instant at which it is not locked.</summary>
    public ThrottleState AfterFailure(DateTimeOffset now, IdentityOptions options)
    {
        ThrottleState state = now - LastFailureAt >= options.LoginFailureMemory ? Clean(now) : this;
        bool windowIsOver = now - state.WindowStartedAt >= options.LoginFailureWindow;
        int failures = windowIsOver ? 1 : state.Failures + 1;
        DateTimeOffset windowStartedAt = windowIsOver ? now : state.WindowStartedAt;

        // Once locked, an e-mail has no more free tries: each failure locks it again, for twice as long.
        bool locks = state.LockOuts > 0 || failures >= options.LoginFailuresMax;
        return locks
            ? new ThrottleState(0, now, state.LockOuts + 1, now + LockOut(state.LockOuts, options), now)
            : new ThrottleState(failures, windowStartedAt, 0, null, now);
    }

    private static TimeSpan LockOut(int before, IdentityOptions options)
    {
        TimeSpan span = options.LockOutFirst;
        for (int doubling = 0; doubling < Math.Min(before, DoublingsMax) && span < options.LockOutMax; doubling++)
        {
            span += span;
        }

        return span < options.LockOutMax ? span : options.LockOutMax;
    }
}
