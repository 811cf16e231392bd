using System.Collections.Concurrent;

namespace Florin.Flows.Runner;

/// <summary>Callers who wait for a flow to come to a state that they can be told. Thread-safe.</summary>
internal sealed class StateWaiters
{
    private readonly ConcurrentDictionary<FlowId, ConcurrentDictionary<TaskCompletionSource<Flow>, bool>> waiting = new();

    /// <summary>Begins to listen: before the flow is started, so that nothing is missed.</summary>
    public Waiter Listen(FlowId id)
    {
        TaskCompletionSource<Flow> source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        while (true)
        {
            ConcurrentDictionary<TaskCompletionSource<Flow>, bool> sources = waiting.GetOrAdd(id, _ => new());
            sources[source] = true;

            // The last leaver removes the set; whoever joined a removed one joins again.
            if (waiting.TryGetValue(id, out ConcurrentDictionary<TaskCompletionSource<Flow>, bool>? current) && current == sources)
            {
                return new Waiter(this, id, source);
            }
        }
    }

    /// <summary>There is something to tell.</summary>
    public void Tell(Flow flow)
    {
        if (waiting.TryGetValue(flow.Id, out ConcurrentDictionary<TaskCompletionSource<Flow>, bool>? sources))
        {
            foreach (TaskCompletionSource<Flow> source in sources.Keys)
            {
                source.TrySetResult(flow);
            }
        }
    }

    /// <summary>The turn ended by a bug of ours: nobody waits for what cannot come.</summary>
    public void Fail(FlowId id, Exception exception)
    {
        if (waiting.TryGetValue(id, out ConcurrentDictionary<TaskCompletionSource<Flow>, bool>? sources))
        {
            foreach (TaskCompletionSource<Flow> source in sources.Keys)
            {
                source.TrySetException(exception);
            }
        }
    }

    private void Leave(FlowId id, TaskCompletionSource<Flow> source)
    {
        if (waiting.TryGetValue(id, out ConcurrentDictionary<TaskCompletionSource<Flow>, bool>? sources))
        {
            sources.TryRemove(source, out _);
            if (sources.IsEmpty)
            {
                waiting.TryRemove(new(id, sources));
            }
        }
    }

    /// <summary>One caller's wait.</summary>
    public readonly struct Waiter(StateWaiters waiters, FlowId id, TaskCompletionSource<Flow> source) : IDisposable
    {
        public Task<Flow> Told => source.Task;

        public void Dispose() => waiters.Leave(id, source);
    }
}
