namespace Florin.Flows.Runner;

/// <summary>Waiting that a stop ends quietly.</summary>
internal static class Pause
{
    /// <summary>Returns when the time is over or <paramref name="stop"/> is cancelled; the caller's loop looks which.</summary>
    public static async ValueTask ForAsync(TimeSpan time, TimeProvider timeProvider, CancellationToken stop)
    {
        try
        {
            await Task.Delay(time, timeProvider, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The loop sees it.
        }
    }
}
