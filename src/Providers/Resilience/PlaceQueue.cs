namespace Florin.Providers.Resilience;

/// <summary>
/// The places of requests under way, and the queue before them. What moves money goes before everything else, so that no flood of reads keeps a payment
/// waiting; among equals, who came first goes first. Thread-safe.
/// </summary>
/// <param name="placesMax">Requests under way at once.</param>
/// <param name="waitingMax">Requests that wait. When all wait, one that moves money takes the turn of the youngest that does not, and others are refused.</param>
/// <param name="waitMax">How long one waits before it is refused.</param>
internal sealed class PlaceQueue(int placesMax, int waitingMax, TimeSpan waitMax, TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource<bool>> _money = [];
    private readonly LinkedList<TaskCompletionSource<bool>> _others = [];
    private int _taken;

    /// <summary>Takes a place, which is given back with <see cref="Leave"/>, or waits for one.</summary>
    /// <returns><see langword="false"/> when there is none within the limits; nothing is to be given back then.</returns>
    /// <exception cref="OperationCanceledException">The caller gave up while it waited.</exception>
    public async ValueTask<bool> TryEnterAsync(bool movesMoney, CancellationToken cancellationToken)
    {
        LinkedList<TaskCompletionSource<bool>> line = movesMoney ? _money : _others;
        TaskCompletionSource<bool> turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        LinkedListNode<TaskCompletionSource<bool>> waiting;
        lock (_lock)
        {
            // A place is free only while nobody waits.
            if (_taken < placesMax)
            {
                _taken++;
                return true;
            }

            if (_money.Count + _others.Count >= waitingMax && !(movesMoney && TryTurnAwayYoungest()))
            {
                return false;
            }

            waiting = line.AddLast(turn);
        }

        using CancellationTokenSource patience = new(waitMax, timeProvider);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        await using CancellationTokenRegistration end = linked.Token.Register(() => GiveUp(line, waiting));
        bool isIn = await turn.Task;
        if (!isIn)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        return isIn;
    }

    /// <summary>Gives a place back: whoever is next has it.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            LinkedList<TaskCompletionSource<bool>> line = _money.Count > 0 ? _money : _others;
            if (line.First is not { } next)
            {
                _taken--;
                return;
            }

            line.RemoveFirst();
            next.Value.SetResult(true);
        }
    }

    private bool TryTurnAwayYoungest()
    {
        if (_others.Last is not { } youngest)
        {
            return false;
        }

        _others.RemoveLast();
        youngest.Value.SetResult(false);
        return true;
    }

    private void GiveUp(LinkedList<TaskCompletionSource<bool>> line, LinkedListNode<TaskCompletionSource<bool>> waiting)
    {
        lock (_lock)
        {
            // One that is not in line any more has its answer.
            if (waiting.List == line)
            {
                line.Remove(waiting);
                waiting.Value.SetResult(false);
            }
        }
    }
}
