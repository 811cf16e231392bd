namespace Florin.Ledger.StateMachine;

/// <summary>
/// Remembers every transaction id for ever in 8 bytes each: an open-addressing set of 64-bit fingerprints. A hit may be false (about one in
/// 2^64 / count), a miss never is; a hit is settled by reading the transaction.
/// </summary>
/// <remarks>The ids are folded with a fixed odd multiplier, so that sequential and random ids spread alike. Not thread-safe.</remarks>
internal sealed class IdIndex
{
    private const int CapacityMin = 1 << 10;

    private ulong[] _slots = new ulong[CapacityMin];
    private bool _holdsZero;

    public int Count { get; private set; }

    public void Add(TransactionId id)
    {
        ulong fingerprint = Fingerprint(id);
        if (fingerprint == 0)
        {
            Count += _holdsZero ? 0 : 1;
            _holdsZero = true;
            return;
        }

        // Two thirds full at the most: longer probe runs cost more than the memory saves.
        if ((long)(Count + 1) * 3 > (long)_slots.Length * 2)
        {
            Grow();
        }

        if (Insert(_slots, fingerprint))
        {
            Count++;
        }
    }

    public bool MayContain(TransactionId id)
    {
        ulong fingerprint = Fingerprint(id);
        if (fingerprint == 0)
        {
            return _holdsZero;
        }

        int mask = _slots.Length - 1;
        for (int slot = (int)(fingerprint & (ulong)mask); _slots[slot] != 0; slot = (slot + 1) & mask)
        {
            if (_slots[slot] == fingerprint)
            {
                return true;
            }
        }

        return false;
    }

    private static bool Insert(ulong[] slots, ulong fingerprint)
    {
        int mask = slots.Length - 1;
        int slot = (int)(fingerprint & (ulong)mask);
        while (slots[slot] != 0)
        {
            if (slots[slot] == fingerprint)
            {
                return false;
            }

            slot = (slot + 1) & mask;
        }

        slots[slot] = fingerprint;
        return true;
    }

    private static ulong Fingerprint(TransactionId id)
    {
        unchecked
        {
            ulong mixed = ((ulong)(id.Value >> 64) * 0x9E3779B97F4A7C15UL) ^ (ulong)id.Value;
            mixed ^= mixed >> 32;
            mixed *= 0xD6E8FEB86659FD93UL;
            return mixed ^ (mixed >> 29);
        }
    }

    private void Grow()
    {
        ulong[] larger = new ulong[_slots.Length * 2];
        foreach (ulong fingerprint in _slots)
        {
            if (fingerprint != 0)
            {
                Insert(larger, fingerprint);
            }
        }

        _slots = larger;
    }
}
