namespace Florin.Ledger.StateMachine;

/// <summary>
/// Ids on their way into <see cref="IdIndex"/>, put together by where they go. Each of ten million ids that goes in alone waits for memory twice,
/// for its page and for its line; those of one small table, in one loop, wait together.
/// </summary>
internal sealed class GatheredIds(Action<ReadOnlySpan<IdIndex.Slot>> settle)
{
    private const int PlaceBits = 10;

    /// <summary>All of them together have 1 MiB, which stays in the processor's cache.</summary>
    private const int SlotsOfPlace = 64;

    private readonly IdIndex.Slot[] _slots = new IdIndex.Slot[SlotsOfPlace << PlaceBits];
    private readonly int[] _counts = new int[1 << PlaceBits];

    public void Add(IdIndex.Slot slot)
    {
        int place = (int)(slot.Fingerprint >> (64 - PlaceBits));
        _slots[(place * SlotsOfPlace) + _counts[place]++] = slot;
        if (_counts[place] == SlotsOfPlace)
        {
            Settle(place);
        }
    }

    public void SettleAll()
    {
        for (int place = 0; place < _counts.Length; place++)
        {
            Settle(place);
        }
    }

    private void Settle(int place)
    {
        settle(_slots.AsSpan(place * SlotsOfPlace, _counts[place]));
        _counts[place] = 0;
    }
}
