
namespace Florin.Flows.Runner;

/// <summary>Runs a bounded number of turns at once and knows them all, so that a stop waits for each. Thread-safe.</summary>
internal sealed class TurnPool(FlowTurn turn, StateWaiters waiters, WakeSignal wake, int turnsMax) : IDisposable
{
    private readonly SemaphoreSlim places = new(turnsMax, turnsMax);
    private readonly CancellationTokenSource stopping = new();
    private readonly Lock gate = new();
    private readonly Dictionary<long, Task> running = [];
    private readonly TaskCompletionSource<Exception> bug = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long lastKey;

    /// <summary>Cancelled when the runner stops.</summary>
    public CancellationToken Stopping => stopping.Token;

    /// <summary>Completes with the first exception that no turn should throw.</summary>
    public Task<Exception> Bug => bug.Task;

    /// <summary>Takes a place for a turn when one is free.</summary>
    public bool TryEnter() => !stopping.IsCancellationRequested && places.Wait(0, CancellationToken.None);

    public async ValueTask EnterAsync(CancellationToken cancellationToken) => await places.WaitAsync(cancellationToken);

    /// <summary>Gives back places that no turn was started for.</summary>
    public void Leave(int count = 1)
    {
        if (count > 0)
        {
            places.Release(count);
        }
    }

    /// <summary>Begins a turn on a place that was taken before; the place becomes free when the turn ends.</summary>
    public void Start(Flow flow, Guid lease)
    {
        lock (gate)
        {
            long key = ++lastKey;
            running.Add(
                key,
                Task.Factory.StartNew(() => RunAsync(key, flow, lease), CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Current).Unwrap());
        }
    }

    /// <summary>Cancels all turns and waits until each has let go.</summary>
    public async Task StopAsync()
    {
        await stopping.CancelInOrderAsync();
        while (true)
        {
            Task[] left;
            lock (gate)
            {
                left = [.. running.Values];
            }

            if (left.Length == 0)
            {
                return;
            }

            await Task.WhenAll(left);
        }
    }

    public void Dispose()
    {
        places.Dispose();
        stopping.Dispose();
    }

    private async Task RunAsync(long key, Flow flow, Guid lease)
    {
        Task work = turn.RunAsync(flow, lease, stopping.Token);

        // Nothing is swallowed: what a turn should not throw goes to the callers who wait for it and, by way of the loop, to the host.
        await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (work.Exception?.InnerException is { } exception)
        {
            bug.TrySetResult(exception);
            waiters.Fail(flow.Id, exception);
        }

        lock (gate)
        {
            running.Remove(key);
        }

        places.Release();
        wake.Set();
    }
}
