
namespace Florin.Ledger.Cluster;

/// <summary>Whether a call may be made again when nobody knows what became of it.</summary>
internal enum Repeat
{
    /// <summary>Executing it twice would be wrong: the caller is told that nothing is known.</summary>
    Never,

    /// <summary>
    /// Executing it twice does no harm, but a copy that arrives late could act after its sender was answered. Only a later term, in which
    /// copies of an earlier one are refused, gives an answer that stands.
    /// </summary>
    InLaterTerm,

    /// <summary>It changes nothing.</summary>
    Always,
}

/// <summary>Makes a call where the leader is, for as long as the patience lasts.</summary>
internal sealed class LedgerCalls(Routes routes, LedgerNodeOptions options, TimeProvider timeProvider)
{
    /// <exception cref="LedgerUnavailableException">No leader took it in time, or its outcome is unknown and it must not be made again.</exception>
    public async ValueTask<T> CallAsync<TRequest, T>(
        TRequest request, Repeat repeat, Func<ILeaderLedger, TRequest, CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        using CancellationTokenSource patience = new(options.CallPatience, timeProvider);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        long unknownIn = -1;
        LedgerUnavailableException? unknown = null;
        try
        {
            while (true)
            {
                Route route = await routes.WaitAsync(unknownIn, limit.Token);
                try
                {
                    return await TryAsync(route, request, call, limit.Token);
                }
                catch (NotLeaderException)
                {
                    // Nothing was executed.
                }
                catch (LedgerUnavailableException exception) when (repeat != Repeat.Never)
                {
                    unknown = exception;
                    unknownIn = repeat == Repeat.InLaterTerm ? route.Term : unknownIn;
                }

                await Task.Delay(options.RetryPause, timeProvider, limit.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw unknown ?? new LedgerUnavailableException("No node took the call in time.");
        }
    }

    private static async ValueTask<T> TryAsync<TRequest, T>(
        Route route, TRequest request, Func<ILeaderLedger, TRequest, CancellationToken, ValueTask<T>> call, CancellationToken limit)
    {
        using CancellationTokenSource attempt = CancellationTokenSource.CreateLinkedTokenSource(limit, route.Ended);
        try
        {
            return await call(route.Ledger, request, attempt.Token);
        }
        catch (OperationCanceledException exception) when (route.Ended.IsCancellationRequested && !limit.IsCancellationRequested)
        {
            throw new LedgerUnavailableException("The leader changed before it answered; ask again by id.", exception);
        }
        catch (OperationCanceledException exception) when (limit.IsCancellationRequested)
        {
            throw new OperationCanceledException("No answer in time.", exception, limit);
        }
    }
}
