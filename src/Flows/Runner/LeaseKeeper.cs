namespace Florin.Flows.Runner;

/// <summary>Prolongs the lease of a running turn.</summary>
internal static class LeaseKeeper
{
    /// <summary>
    /// Prolongs until <paramref name="turn"/> is cancelled; cancels it when the lease was lost, or when the store was silent for so long that it
    /// may have been.
    /// </summary>
    public static async Task KeepAsync(
        IFlowStore store, FlowId id, Guid lease, TimeSpan leaseTime, TimeProvider timeProvider, CancellationTokenSource turn)
    {
        DateTimeOffset certainUntil = timeProvider.Now() + leaseTime;
        try
        {
            while (true)
            {
                await Task.Delay(leaseTime / 3, timeProvider, turn.Token);
                DateTimeOffset now = timeProvider.Now();
                bool? isHeld = await TryProlongAsync(store, id, lease, now + leaseTime, turn.Token);
                if (isHeld == true)
                {
                    certainUntil = now + leaseTime;
                }
                else if (isHeld == false || now >= certainUntil)
                {
                    await turn.CancelInOrderAsync();
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (turn.IsCancellationRequested)
        {
            // The turn is over.
        }
    }

    /// <returns><see langword="null"/> when the store did not answer.</returns>
    private static async ValueTask<bool?> TryProlongAsync(
        IFlowStore store, FlowId id, Guid lease, DateTimeOffset until, CancellationToken cancellationToken)
    {
        try
        {
            return await store.ProlongAsync(id, lease, until, cancellationToken);
        }
        catch (Exception exception) when (EnvironmentFailure.Is(exception))
        {
            return null;
        }
    }
}
