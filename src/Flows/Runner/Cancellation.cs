namespace Florin.Flows.Runner;

internal static class Cancellation
{
    /// <summary>
    /// Cancels as <see cref="CancellationTokenSource.CancelAsync"/> does, not in place, but on the scheduler of whoever cancels: that is the thread
    /// pool in a server, and in the simulator the one that decides what happens when.
    /// </summary>
    public static Task CancelInOrderAsync(this CancellationTokenSource source) =>
        Task.Factory.StartNew(source.Cancel, CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Current);
}
