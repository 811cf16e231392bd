namespace Florin.Ledger.Cluster;

/// <summary>Who leads, and how to reach it, until <see cref="Ended"/>.</summary>
internal sealed record Route(long Term, LedgerRole Role, ILeaderLedger Ledger, CancellationToken Ended);

/// <summary>The present route, and a way to wait for another one. Set by the node's loop alone, read by all callers.</summary>
internal sealed class Routes : IDisposable
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource? _ending;
    private Route? _current;

    public Route? Current => Volatile.Read(ref _current);

    /// <summary>Ends the route before: whoever waits for an answer there stops waiting.</summary>
    public void Set(long term, LedgerRole role, ILeaderLedger ledger)
    {
        CancellationTokenSource ending = new();
        Replace(new Route(term, role, ledger, ending.Token), ending);
    }

    /// <summary>Nobody is known to lead.</summary>
    public void Clear() => Replace(null, null);

    /// <summary>The present route, once its term is later than <paramref name="after"/>.</summary>
    public async ValueTask<Route> WaitAsync(long after, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_current is { } route && route.Term > after)
                {
                    return route;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    public void Dispose() => Clear();

    private void Replace(Route? route, CancellationTokenSource? ending)
    {
        CancellationTokenSource? before;
        TaskCompletionSource changed;
        lock (_gate)
        {
            (before, _ending) = (_ending, ending);
            Volatile.Write(ref _current, route);
            (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.TrySetResult();

        // Not disposed: callers that took the route just now may still link to it. It has no timer, so nothing is kept.
        before?.Cancel();
    }
}
