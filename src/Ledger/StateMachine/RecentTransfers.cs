using Florin.Ledger.Journal;

namespace Florin.Ledger.StateMachine;

/// <summary>
/// The newest transfers as rows, in a ring: a repeat or a reference to one of them needs no read. Plain memory without an object for each,
/// because millions of small objects that live for a while are what a garbage collector is slowest with.
/// </summary>
/// <remarks>Chunks are made at first use, so that a small ledger stays small. Not thread-safe.</remarks>
internal sealed class RecentTransfers
{
    private const int ChunkRows = 1_024;

    private readonly (TransferRow Row, long Ticks)[]?[] _chunks;
    private readonly int _capacity;
    private long _from = 1;
    private long _highest;

    /// <param name="capacity">Rounded up to whole chunks.</param>
    public RecentTransfers(int capacity)
    {
        int chunks = Math.Max(1, (capacity + ChunkRows - 1) / ChunkRows);
        _chunks = new (TransferRow, long)[chunks][];
        _capacity = chunks * ChunkRows;
    }

    /// <summary>The oldest sequence that is still there. What was written and rolled back has pushed out older ones all the same.</summary>
    public long First => Math.Max(_from, _highest - _capacity + 1);

    /// <summary>Rows follow each other from here on.</summary>
    public void StartAfter(long sequence)
    {
        _from = sequence + 1;
        _highest = sequence;
    }

    public void Add(in TransferRow row, DateTimeOffset timestamp)
    {
        int slot = (int)(row.Sequence % _capacity);
        (TransferRow, long)[] chunk = _chunks[slot / ChunkRows] ??= new (TransferRow, long)[ChunkRows];
        chunk[slot % ChunkRows] = (row, timestamp.UtcTicks);
        _highest = Math.Max(_highest, row.Sequence);
    }

    /// <param name="sequence">Between <see cref="First"/> and the last that was added.</param>
    public ref readonly TransferRow At(long sequence)
    {
        Invariant.Assert(sequence >= First && sequence <= _highest);
        return ref Slot(sequence).Row;
    }

    public DateTimeOffset TimestampAt(long sequence) => new(Slot(sequence).Ticks, TimeSpan.Zero);

    private ref (TransferRow Row, long Ticks) Slot(long sequence)
    {
        int slot = (int)(sequence % _capacity);
        return ref _chunks[slot / ChunkRows]![slot % ChunkRows];
    }
}
