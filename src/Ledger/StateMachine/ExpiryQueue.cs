namespace Florin.Ledger.StateMachine;

/// <summary>When pending transactions expire, the earliest first; of several at one moment the older first.</summary>
/// <remarks>An entry may be stale: what has ended or was extended is dropped when it comes up. Not thread-safe.</remarks>
internal sealed class ExpiryQueue
{
    private readonly PriorityQueue<TransactionId, (DateTimeOffset At, long Sequence)> _queue = new();

    public void Add(TransactionId id, DateTimeOffset at, long sequence) => _queue.Enqueue(id, (at, sequence));

    public bool TryPeek(out TransactionId id, out DateTimeOffset at)
    {
        bool found = _queue.TryPeek(out id, out (DateTimeOffset At, long Sequence) key);
        at = key.At;
        return found;
    }

    public void Drop() => _queue.Dequeue();
}
