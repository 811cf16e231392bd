using Florin.Ledger.Journal;
using Florin.Simulator.Scheduling;

namespace Florin.Simulator.Store;

/// <summary>Calls of one process to somebody over the network: anything may happen to each on the way.</summary>
/// <param name="broken">Makes what the caller hears when the connection breaks.</param>
internal sealed class RemoteCalls(string process, Network network, FaultRates faults, Trace trace, Func<string, Exception> broken)
{
    /// <summary>For what has an effect and no answer.</summary>
    public static bool Do(Action effect)
    {
        effect();
        return true;
    }

    public async ValueTask<T> CallAsync<T>(string what, Func<T> effect, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        CallFault fault = faults.Draw(what.Split(' ')[0]);

        // Raising the epoch is the one effect that is not the same twice; a connection does not repeat what is sent on it.
        fault = fault == CallFault.Twice && what == "raise" ? CallFault.None : fault;
        trace.Note($"  {process}: {what}{(fault == CallFault.None ? "" : $" [{fault}]")}");

        // Without RunContinuationsAsynchronously: the continuation goes to its own scheduler, and never by way of the thread pool.
        TaskCompletionSource<T> answer = new();
        using CancellationTokenRegistration giveUp = cancellationToken.UnsafeRegister(_ => answer.TrySetCanceled(cancellationToken), null);
        Dispatch(what, fault, effect, answer);
        return await answer.Task;
    }

    private void Dispatch<T>(string what, CallFault fault, Func<T> effect, TaskCompletionSource<T> answer)
    {
        void Break() => answer.TrySetException(broken($"simulated: connection broken at {what} ({fault})"));
        switch (fault)
        {
            case CallFault.LostRequest:
            case CallFault.Torn:
                Send("broken", request: false, slow: false, Break);
                break;
            case CallFault.Late:
                Send("broken", request: false, slow: false, Break);
                Send(what, request: true, slow: true, () => Serve(what, effect, new TaskCompletionSource<T>(), isLost: true, isSlow: false));
                break;
            case CallFault.Twice:
                Send(what, request: true, slow: false, () => Serve(what, effect, answer, isLost: false, isSlow: false));
                Send(what, request: true, slow: true, () => Serve(what, effect, new TaskCompletionSource<T>(), isLost: false, isSlow: false));
                break;
            default:
                Send(what, request: true, slow: fault == CallFault.Slow, () =>
                    Serve(what, effect, answer, isLost: fault == CallFault.LostAnswer, isSlow: fault == CallFault.Slow));
                break;
        }
    }

    /// <summary>At the store.</summary>
    private void Serve<T>(string what, Func<T> effect, TaskCompletionSource<T> answer, bool isLost, bool isSlow)
    {
        Action reply;
        try
        {
            T result = effect();
            reply = isLost
                ? () => answer.TrySetException(broken($"simulated: the answer to {what} was lost"))
                : () => answer.TrySetResult(result);
        }
        catch (Exception refusal) when (refusal is JournalException or JournalFencedException or ParticipantConflictException or KeyNotFoundException)
        {
            reply = isLost
                ? () => answer.TrySetException(broken($"simulated: the answer to {what} was lost"))
                : () => answer.TrySetException(refusal);
        }

        Send($"answer to {what}", request: false, isSlow, reply);
    }

    private void Send(string what, bool request, bool slow, Action arrive) => network.Send(what, process, request, slow, arrive);
}
