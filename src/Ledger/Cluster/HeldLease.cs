namespace Florin.Ledger.Cluster;

/// <summary>What the holder of a lease knows about it: until when nobody else can have taken it.</summary>
/// <remarks>
/// Counted from before a renewal was sent, on this machine's monotonic clock. The others count the same time from after they have seen the
/// renewal, so no clocks are compared; the margin is for clocks of different speed. The wall clock may only shorten it: a machine that was
/// suspended wakes up with a monotonic clock that stood still. Thread-safe.
/// </remarks>
internal sealed class HeldLease(TimeProvider timeProvider, TimeSpan certainFor)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = NewSignal();
    private long _sent;
    private DateTimeOffset _sentAt;
    private bool _isRenewed;
    private string? _lost;

    /// <summary>Why it is lost; <see langword="null"/> while it is not known to be.</summary>
    public string? Lost
    {
        get
        {
            lock (_gate)
            {
                return _lost;
            }
        }
    }

    /// <summary>Whether nobody else can have led up to now.</summary>
    public bool IsCertain
    {
        get
        {
            lock (_gate)
            {
                return _lost is null && _isRenewed && timeProvider.GetElapsedTime(_sent) < certainFor
                    && timeProvider.GetUtcNow() - _sentAt < certainFor;
            }
        }
    }

    /// <summary>The moment before a renewal is sent.</summary>
    public (long Sent, DateTimeOffset At) Now() => (timeProvider.GetTimestamp(), timeProvider.GetUtcNow());

    public void Renewed((long Sent, DateTimeOffset At) sent)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            (_sent, _sentAt, _isRenewed) = (sent.Sent, sent.At, true);
            (changed, _changed) = (_changed, NewSignal());
        }

        changed.TrySetResult();
    }

    /// <summary>Another node leads, or this one gives up. The first reason stands.</summary>
    public void Lose(string reason)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            _lost ??= reason;
            (changed, _changed) = (_changed, NewSignal());
        }

        changed.TrySetResult();
    }

    /// <summary>Waits until <see cref="IsCertain"/>: what was read from memory before is then known to have been current.</summary>
    /// <exception cref="LedgerUnavailableException">The lease is lost.</exception>
    public async ValueTask ConfirmAsync(CancellationToken cancellationToken)
    {
        while (!IsCertain)
        {
            Task changed;
            lock (_gate)
            {
                if (_lost is { } reason)
                {
                    throw new LedgerUnavailableException($"This node does not lead the ledger any more ({reason}).");
                }

                changed = _changed.Task;
            }

            // Asked again: a renewal between the question above and the lock is seen here.
            if (!IsCertain)
            {
                await changed.WaitAsync(cancellationToken);
            }
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
