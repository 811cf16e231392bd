using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using Florin.Ledger;

namespace Florin.Flows.Runner;

/// <summary>Takes up what is due: when woken, when the next flow is due, and every poll interval for what other processes left.</summary>
internal sealed class DueLoop(IFlowStore store, TurnPool pool, WakeSignal wake, Backoff backoff, FlowEngineParts parts)
{
    private readonly FlowOptions options = parts.Options;
    private readonly TimeProvider timeProvider = parts.TimeProvider;

    /// <summary>Returns when stopped and every turn has ended.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task claiming = ClaimUntilStoppedAsync(ending.Token);
        await Task.WhenAny(claiming, pool.Bug);
        await ending.CancelInOrderAsync();
        await pool.StopAsync();
        await claiming;
        if (pool.Bug.IsCompletedSuccessfully)
        {
            ExceptionDispatchInfo.Throw(await pool.Bug);
        }
    }

    private async Task ClaimUntilStoppedAsync(CancellationToken stop)
    {
        int failures = 0;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                TimeSpan pause = await ClaimAsync(stop) ? TimeSpan.Zero : await PauseAsync(stop);
                failures = 0;
                await wake.WaitAsync(pause, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (EnvironmentFailure.Is(exception))
            {
                failures++;
                parts.Observer.StoreFailed("looking for due flows", exception);
                await Pause.ForAsync(Shorter(backoff.After(failures), options.PollInterval), timeProvider, stop);
            }
        }
    }

    /// <returns>Whether there may be more.</returns>
    private async ValueTask<bool> ClaimAsync(CancellationToken stop)
    {
        await pool.EnterAsync(stop);
        int places = 1;
        while (places < options.ClaimMax && pool.TryEnter())
        {
            places++;
        }

        int started = 0;
        try
        {
            Guid lease = parts.IdSource.NextId();
            ImmutableArray<Flow> flows = await store.ClaimDueAsync(lease, timeProvider.Now(), options.LeaseTime, places, stop);
            Invariant.Assert(flows.Length <= places);
            foreach (Flow flow in flows)
            {
                pool.Start(flow, lease);
                started++;
            }

            return flows.Length == places;
        }
        finally
        {
            pool.Leave(places - started);
        }
    }

    private async ValueTask<TimeSpan> PauseAsync(CancellationToken stop)
    {
        DateTimeOffset? due = await store.NextDueAsync(stop);
        if (due is null)
        {
            return options.PollInterval;
        }

        return Shorter(due.Value - timeProvider.Now(), options.PollInterval);
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
