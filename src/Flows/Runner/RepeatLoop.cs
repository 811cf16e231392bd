namespace Florin.Flows.Runner;

/// <summary>Does something again and again until it is stopped, whatever the environment does meanwhile.</summary>
internal static class RepeatLoop
{
    public static async Task RunAsync(
        Func<CancellationToken, ValueTask> work, TimeSpan interval, string what, TimeProvider timeProvider, IFlowObserver observer, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await work(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (EnvironmentFailure.Is(exception))
            {
                observer.StoreFailed(what, exception);
            }

            await Pause.ForAsync(interval, timeProvider, stop);
        }
    }
}
