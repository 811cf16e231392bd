using System.Numerics;

namespace Florin.Ledger.StateMachine;

/// <summary>
/// Remembers every transaction id for ever, and where it stands, in 16 bytes each: tables of 64-bit fingerprints with the sequence of the first
/// transfer. A hit may be false (about one in 2^64 / count), a miss never is; a hit is settled by looking at the transaction.
/// </summary>
/// <remarks>
/// Extendible hashing: the highest bits of a fingerprint name one of many small open-addressing tables, and a full table is split in two. So the
/// index grows by a fraction of a millisecond at a time; one great table that doubled held up the writer for two seconds at eleven million ids.
/// The ids are folded with fixed odd multipliers, so that sequential and random ids spread alike. Kept for ever, because idempotency is for
/// ever. Not thread-safe.
/// </remarks>
internal sealed class IdIndex
{
    private const int TableSlotsMin = 1 << 10;

    /// <summary>256 KiB: large enough for the collector never to move it, small enough to be split between two commits.</summary>
    private const int TableSlotsMax = 1 << 14;

    /// <summary>How many splits more than evenly spread ids need a table may have.</summary>
    private const int DepthSlack = 6;

    /// <summary>The tables by the highest <see cref="_depth"/> bits; one that was split less often than the deepest stands in several places.</summary>
    private Table[] _tables = [new Table(TableSlotsMin, depth: 0)];

    private int _depth;

    /// <summary>What was gathered and is not in a table yet.</summary>
    private GatheredIds? _gathered;

    public int Count { get; private set; }

    /// <summary>The length of the list of tables.</summary>
    public int TablesMax => _tables.Length;

    /// <param name="sequence">Above zero: zero marks an empty slot.</param>
    public void Add(TransactionId id, long sequence)
    {
        Insert(new Slot(Fingerprint(id), sequence));
        Count++;
    }

    /// <summary>The same for very many at once, before any is looked for: several times faster.</summary>
    public void Gather(TransactionId id, long sequence)
    {
        _gathered ??= new GatheredIds(slots =>
        {
            foreach (Slot slot in slots)
            {
                Insert(slot);
            }
        });
        _gathered.Add(new Slot(Fingerprint(id), sequence));
        Count++;
    }

    /// <summary>Makes room in an empty index at once, so that recovery does not split table by table.</summary>
    public void Reserve(long count)
    {
        if (Count > 0 || count * 3 <= TableSlotsMax * 2)
        {
            return;
        }

        _depth = BitOperations.Log2((ulong)((count * 3 / (TableSlotsMax * 2)) | 1)) + 1;
        _tables = new Table[1 << _depth];
        for (int index = 0; index < _tables.Length; index++)
        {
            _tables[index] = new Table(TableSlotsMax, _depth);
        }
    }

    /// <summary>Where the transaction may stand, one after the other: nearly always none or one.</summary>
    public Candidates Find(TransactionId id)
    {
        if (_gathered is not null)
        {
            _gathered.SettleAll();
            _gathered = null;
        }

        ulong fingerprint = Fingerprint(id);
        return new Candidates(TableOf(fingerprint).Slots, fingerprint);
    }

    private void Insert(Slot slot)
    {
        Table table = TableOf(slot.Fingerprint);
        while (table.IsFull)
        {
            MakeRoom(table, slot.Fingerprint);
            table = TableOf(slot.Fingerprint);
        }

        table.Insert(slot);
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

    // A shift by all 64 bits is none at all, so one bit goes first.
    private static int Place(ulong fingerprint, int depth) => (int)((fingerprint >> 1) >> (63 - depth));

    private Table TableOf(ulong fingerprint) => _tables[Place(fingerprint, _depth)];

    private void MakeRoom(Table full, ulong fingerprint)
    {
        // Ids that were made to have their highest bits in common share a table that grows: splitting it would only double the list of tables.
        int depthMax = BitOperations.Log2((uint)(Count / TableSlotsMax) | 1) + DepthSlack;
        if (full.Slots.Length < TableSlotsMax || full.Depth >= depthMax)
        {
            full.Double();
            return;
        }

        if (full.Depth == _depth)
        {
            Table[] twice = new Table[_tables.Length * 2];
            for (int index = 0; index < twice.Length; index++)
            {
                twice[index] = _tables[index / 2];
            }

            _tables = twice;
            _depth++;
        }

        int depth = full.Depth + 1;
        (Table low, Table high) = (new Table(full.Slots.Length, depth), new Table(full.Slots.Length, depth));
        foreach (Slot slot in full.Slots)
        {
            if (slot.Sequence != 0)
            {
                ((Place(slot.Fingerprint, depth) & 1) == 0 ? low : high).Insert(slot);
            }
        }

        int places = 1 << (_depth - full.Depth);
        int first = Place(fingerprint, full.Depth) * places;
        _tables.AsSpan(first, places / 2).Fill(low);
        _tables.AsSpan(first + (places / 2), places / 2).Fill(high);
    }

    internal readonly record struct Slot(ulong Fingerprint, long Sequence);

    /// <summary>Walks the slots that may be of one id. Until the next id is added.</summary>
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

    /// <param name="depth">How many of the highest bits all fingerprints in it have in common.</param>
    private sealed class Table(int slots, int depth)
    {
        private int _count;

        public Slot[] Slots { get; private set; } = new Slot[slots];

        public int Depth { get; } = depth;

        /// <summary>Two thirds: longer probe runs cost more than the memory saves.</summary>
        public bool IsFull => (_count + 1) * 3 > Slots.Length * 2;

        public void Insert(Slot added)
        {
            Insert(Slots, added);
            _count++;
        }

        public void Double()
        {
            Slot[] larger = new Slot[Slots.Length * 2];
            foreach (Slot slot in Slots)
            {
                if (slot.Sequence != 0)
                {
                    Insert(larger, slot);
                }
            }

            Slots = larger;
        }

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
    }
}
