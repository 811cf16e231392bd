namespace Florin.Ledger.StateMachine;

/// <summary>
/// Remembers every transaction id for ever, and where it stands, in 16 bytes each: an open-addressing table of 64-bit fingerprints with the
/// sequence of the first transfer. A hit may be false (about one in 2^64 / count), a miss never is; a hit is settled by looking at the transaction.
/// </summary>
/// <remarks>
/// The ids are folded with fixed odd multipliers, so that sequential and random ids spread alike. Kept for ever, because idempotency is for
/// ever. Not thread-safe.
/// </remarks>
internal sealed class IdIndex
{
    private const int CapacityMin = 1 << 10;

    private Slot[] _slots = new Slot[CapacityMin];

    public int Count { get; private set; }

    /// <param name="sequence">Above zero: zero marks an empty slot.</param>
    public void Add(TransactionId id, long sequence)
    {
        // Two thirds full at the most: longer probe runs cost more than the memory saves.
        if ((long)(Count + 1) * 3 > (long)_slots.Length * 2)
        {
            Grow(_slots.Length * 2);
        }

        Insert(_slots, new Slot(Fingerprint(id), sequence));
        Count++;
    }

    /// <summary>Makes room at once, so that recovery does not grow the table step by step.</summary>
    public void Reserve(long count)
    {
        long capacity = _slots.Length;
        while (count * 3 > capacity * 2)
        {
            capacity *= 2;
        }

        if (capacity > _slots.Length)
        {
            Grow(checked((int)capacity));
        }
    }

    /// <summary>Where the transaction may stand, one after the other: nearly always none or one.</summary>
    public Candidates Find(TransactionId id) => new(_slots, Fingerprint(id));

    private static void Insert(Slot[] slots, Slot added)
    {
        int mask = slots.Length - 1;
        int slot = (int)(added.Fingerprint & (ulong)mask);
        while (slots[slot].Sequence != 0)
        {
            slot = (slot + 1) & mask;
        }

        slots[slot] = added;
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

    private void Grow(int capacity)
    {
        Slot[] larger = new Slot[capacity];
        foreach (Slot slot in _slots)
        {
            if (slot.Sequence != 0)
            {
                Insert(larger, slot);
            }
        }

        _slots = larger;
    }

    internal readonly record struct Slot(ulong Fingerprint, long Sequence);

    /// <summary>Walks the slots that may be of one id.</summary>
    internal struct Candidates
    {
        private readonly Slot[] _slots;
        private readonly ulong _fingerprint;
        private int _slot;

        internal Candidates(Slot[] slots, ulong fingerprint)
        {
            _slots = slots;
            _fingerprint = fingerprint;
            _slot = (int)(fingerprint & (ulong)(slots.Length - 1));
        }

        /// <param name="sequence">Of the first transfer of a transaction with such an id.</param>
        public bool Next(out long sequence)
        {
            int mask = _slots.Length - 1;
            while (_slots[_slot].Sequence != 0)
            {
                Slot slot = _slots[_slot];
                _slot = (_slot + 1) & mask;
                if (slot.Fingerprint == _fingerprint)
                {
                    sequence = slot.Sequence;
                    return true;
                }
            }

            sequence = 0;
            return false;
        }
    }
}
