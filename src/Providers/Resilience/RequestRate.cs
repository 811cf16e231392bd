namespace Florin.Providers.Resilience;

/// <summary>A leaky bucket on the given clock: so many requests a second, with a burst of one second's worth. Thread-safe.</summary>
/// <remarks>The generic cell rate algorithm: one number, the time at which the bucket will be empty again, is the whole state.</remarks>
internal sealed class RequestRate
{
    private static readonly TimeSpan Burst = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _waitMax;
    private readonly TimeSpan _interval;
    private readonly long _origin;
    private TimeSpan _emptyAt;

    public RequestRate(int perSecond, TimeSpan waitMax, TimeProvider timeProvider)
    {
        _interval = Burst / perSecond;
        _waitMax = waitMax;
        _timeProvider = timeProvider;
        _origin = timeProvider.GetTimestamp();
    }

    /// <summary>Takes a place in time.</summary>
    /// <param name="wait">How long to wait before sending; when refused, how long it would have been.</param>
    /// <returns><see langword="false"/> when the wait would be too long; no place is taken.</returns>
    public bool TryReserve(out TimeSpan wait)
    {
        lock (_lock)
        {
            TimeSpan now = _timeProvider.GetElapsedTime(_origin);
            TimeSpan emptyAt = _emptyAt > now ? _emptyAt : now;
            TimeSpan over = emptyAt + _interval - now - Burst;
            wait = over > TimeSpan.Zero ? over : TimeSpan.Zero;
            if (wait > _waitMax)
            {
                return false;
            }

            _emptyAt = emptyAt + _interval;
            return true;
        }
    }
}
