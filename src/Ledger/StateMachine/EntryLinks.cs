using System.Collections.Immutable;

namespace Florin.Ledger.StateMachine;

/// <summary>
/// Which of the newest transfers touch an account: each transfer links to the one before it of its debited and of its credited account. So the
/// journal's store needs no account index on the part that is being written; it builds one when that part is closed.
/// </summary>
/// <remarks>Two links of 8 bytes for a transfer, in chunks made at first use. A link's lowest bit tells the side that the account had there. Not thread-safe.</remarks>
internal sealed class EntryLinks
{
    private const int ChunkEntries = 4_096;

    private readonly long[]?[] _chunks;
    private readonly int _capacity;
    private long _from = 1;
    private long _highest;

    public EntryLinks(int capacity)
    {
        int chunks = Math.Max(1, (capacity + ChunkEntries - 1) / ChunkEntries);
        _chunks = new long[chunks][];
        _capacity = chunks * ChunkEntries;
    }

    /// <summary>The oldest sequence that is covered.</summary>
    public long First => Math.Max(_from, _highest - _capacity + 1);

    public void StartAt(long sequence)
    {
        _from = sequence;
        _highest = sequence - 1;
    }

    /// <summary>Sequences follow each other, but for those that were rolled back and come again.</summary>
    public void Add(long sequence, AccountState debit, AccountState credit)
    {
        int slot = (int)(sequence % _capacity);
        long[] chunk = _chunks[slot / ChunkEntries] ??= new long[2 * ChunkEntries];
        int at = 2 * (slot % ChunkEntries);
        chunk[at] = debit.LastEntry;
        chunk[at + 1] = credit.LastEntry;
        debit.LastEntry = sequence << 1;
        credit.LastEntry = (sequence << 1) | 1;
        _highest = Math.Max(_highest, sequence);
    }

    /// <summary>Newest first, all of them at or after <see cref="First"/>.</summary>
    public ImmutableArray<ulong> Of(AccountState account, long before, int limit)
    {
        ImmutableArray<ulong>.Builder found = ImmutableArray.CreateBuilder<ulong>();
        long first = First;
        for (long link = account.LastEntry; (link >> 1) >= first && found.Count < limit;)
        {
            long sequence = link >> 1;
            if (sequence < before)
            {
                found.Add((ulong)sequence);
            }

            int slot = (int)(sequence % _capacity);
            link = _chunks[slot / ChunkEntries]![(2 * (slot % ChunkEntries)) + (int)(link & 1)];
        }

        return found.ToImmutable();
    }
}
