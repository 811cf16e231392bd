namespace Florin.Ledger.StateMachine;

/// <summary>What of each limit is used, until its window is over.</summary>
internal sealed class LimitCounters
{
    private readonly Dictionary<string, (UInt128 Used, DateTimeOffset ForgetAfter)> _counters = new(StringComparer.Ordinal);
    private readonly PriorityQueue<string, DateTimeOffset> _byEnd = new();

    /// <summary>By key, for the state hash.</summary>
    public IEnumerable<(string Key, UInt128 Used)> All =>
        _counters.OrderBy(counter => counter.Key, StringComparer.Ordinal).Select(counter => (counter.Key, counter.Value.Used));

    /// <summary>Zero when its window is over at <paramref name="now"/>, forgotten or not.</summary>
    public UInt128 UsedOf(string key, DateTimeOffset now) =>
        _counters.TryGetValue(key, out (UInt128 Used, DateTimeOffset ForgetAfter) counter) && counter.ForgetAfter > now ? counter.Used : UInt128.Zero;

    public void Set(string key, UInt128 used, DateTimeOffset forgetAfter)
    {
        DateTimeOffset end = _counters.TryGetValue(key, out (UInt128 Used, DateTimeOffset ForgetAfter) before) && before.ForgetAfter > forgetAfter
            ? before.ForgetAfter
            : forgetAfter;
        _counters[key] = (used, end);
        _byEnd.Enqueue(key, end);
    }

    /// <summary>
    /// Forgets counters whose window is over at the time of a batch that writes something. Not of any other: it leaves no trace of its time, and
    /// the next may be earlier when the clock goes back.
    /// </summary>
    public void Forget(DateTimeOffset now)
    {
        while (_byEnd.TryPeek(out string? key, out DateTimeOffset end) && end <= now)
        {
            _byEnd.Dequeue();
            if (_counters.TryGetValue(key, out (UInt128 Used, DateTimeOffset ForgetAfter) counter) && counter.ForgetAfter <= now)
            {
                _counters.Remove(key);
            }
        }
    }
}
