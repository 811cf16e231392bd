using Florin.Ledger;
using Florin.Ledger.StateMachine;
using Xunit;

namespace Florin.Tests.Ledger.StateMachine;

public sealed class IdIndexTests
{
    private const int Ids = 200_000;

    /// <summary>Kinds of ids: as they come, at random, and with all but some bits in common, low ones and high ones.</summary>
    public static TheoryData<string> Kinds => ["sequential", "random", "high bits", "low bits"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_id_is_found_where_it_stands_and_no_other_is(string kind)
    {
        IdIndex index = new();
        for (int number = 1; number <= Ids; number++)
        {
            index.Add(Id(kind, number), number);
        }

        Judge(index, kind);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Room_that_was_made_before_changes_nothing(string kind)
    {
        IdIndex index = new();
        index.Reserve(Ids);
        for (int number = 1; number <= Ids; number++)
        {
            index.Add(Id(kind, number), number);
        }

        Judge(index, kind);
    }

    /// <summary>As recovery does it, and more after it has been asked.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Ids_that_were_gathered_are_found_as_others_are(string kind)
    {
        IdIndex index = new();
        index.Reserve(Ids);
        for (int number = 1; number <= Ids; number++)
        {
            index.Gather(Id(kind, number), number);
            if (number == Ids / 2)
            {
                Assert.Equal([number], Places(index, Id(kind, number)));
            }
        }

        Judge(index, kind);
    }

    [Fact]
    public void An_id_that_stands_twice_is_found_at_both_places()
    {
        IdIndex index = new();
        TransactionId id = new(7);
        index.Add(id, 3);
        index.Add(id, 9);
        for (int number = 1; number <= Ids; number++)
        {
            index.Add(Id("random", number), number + 10);
        }

        Assert.Equal([3, 9], Places(index, id).Order());
    }

    /// <summary>What is unlucky or made to be: ids whose fingerprints agree in all the bits that choose a table.</summary>
    [Fact]
    public void Ids_that_agree_in_the_bits_that_choose_their_table_do_not_multiply_the_tables()
    {
        IdIndex index = new();
        TransactionId[] ids = [.. Enumerable.Range(1, 30_000).Select(low => new TransactionId(Preimage((0xABCDUL << 48) | (uint)low)))];
        for (int number = 0; number < ids.Length; number++)
        {
            index.Add(ids[number], number + 1);
        }

        Assert.All(ids.Index(), id => Assert.Equal([id.Index + 1], Places(index, id.Item)));
        Assert.InRange(index.TablesMax, 1, 1 << 10);
    }

    private static void Judge(IdIndex index, string kind)
    {
        Assert.Equal(Ids, index.Count);
        for (int number = 1; number <= Ids; number++)
        {
            List<long> places = Places(index, Id(kind, number));
            Assert.True(places is [var place] && place == number, $"{kind} {number}: {string.Join(' ', places)}");
        }

        for (int number = Ids + 1; number <= 2 * Ids; number++)
        {
            Assert.Empty(Places(index, Id(kind, number)));
        }
    }

    private static List<long> Places(IdIndex index, TransactionId id)
    {
        List<long> places = [];
        IdIndex.Candidates candidates = index.Find(id);
        while (candidates.Next(out long place))
        {
            places.Add(place);
        }

        return places;
    }

    private static TransactionId Id(string kind, int number) => new(kind switch
    {
        "sequential" => (UInt128)number,
        "random" => new UInt128(Mixed((ulong)number), Mixed((ulong)number * 31)),
        "high bits" => (UInt128)number << 100,
        _ => (UInt128)number << 40,
    });

    private static ulong Mixed(ulong number)
    {
        ulong mixed = unchecked((number + 0x9E3779B97F4A7C15UL) * 0xBF58476D1CE4E5B9UL);
        return unchecked((mixed ^ (mixed >> 31)) * 0x94D049BB133111EBUL);
    }

    /// <summary>An id with this fingerprint: the way of the index backwards, step by step.</summary>
    private static UInt128 Preimage(ulong fingerprint)
    {
        ulong mixed = fingerprint ^ (fingerprint >> 29) ^ (fingerprint >> 58);
        ulong inverse = 1;
        for (int step = 0; step < 6; step++)
        {
            inverse = unchecked(inverse * (2 - (0xD6E8FEB86659FD93UL * inverse)));
        }

        mixed = unchecked(mixed * inverse);
        return mixed ^ (mixed >> 32);
    }
}
