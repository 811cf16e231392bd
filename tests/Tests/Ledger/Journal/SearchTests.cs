using System.Collections.Immutable;
using System.Text.Json;
using Florin.Ledger;
using Florin.Storage.Ledger;
using Florin.Tests.Support;
using Xunit;
using static Florin.Tests.Ledger.Journal.PostgresLedger;

namespace Florin.Tests.Ledger.Journal;

/// <summary>A search finds all that is there, or says that it cannot.</summary>
public sealed class SearchTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Fault("L-10")]
    public async Task A_search_by_reference_and_metadata_is_right_or_an_error()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using PostgresLedger ledger = await StartAsync(database.DataSource);
        await ledger.OpenAsync("alice");
        string wide = JsonSerializer.Serialize(Enumerable.Range(0, 500).ToDictionary(index => $"k{index}", index => index));
        string value = new('v', 250);
        string[] metadata =
        [
            """{"colour":"red","paid":true,"n":1.50}""", """{"colour":"blue","paid":false,"n":1.5}""", """{"colour":"red","none":null,"list":["x"]}""",
            """{"a=b":"c"}""", """{"a":"b=c"}""", """{"a\\":"b"}""", """{"half":"\ud800","colour":"green"}""", """{"\udc00":"x"}""",
            """{"nul":"\u0000","colour":"green"}""", """[1,2]""", "no JSON", wide, $$"""{"long":"{{value}}"}""", $$"""{"long":"{{value}}{{value}}"}""", """{"empty":""}""", """{"Case":"Mixed"}""",
        ];
        for (int index = 0; index < metadata.Length; index++)
        {
            await ledger.SubmitAsync(Move($"m{index}", Bank, Account("alice"), 1) with { Metadata = metadata[index], Reference = index % 2 == 0 ? "even" : "odd" });
        }

        PostgresLedgerHistory history = new(database, ledger.Ledger);
        Assert.Equal([3, 1], await FindAsync(history, null, "colour", "red"));
        Assert.Equal([9, 7], await FindAsync(history, null, "colour", "green"));
        Assert.Equal([1], await FindAsync(history, null, "paid", "true"));
        Assert.Equal([2], await FindAsync(history, null, "paid", "false"));
        Assert.Equal([1], await FindAsync(history, null, "n", "1.50"));
        Assert.Equal([4], await FindAsync(history, null, "a=b", "c"));
        Assert.Equal([5], await FindAsync(history, null, "a", "b=c"));
        Assert.Equal([6], await FindAsync(history, null, "a\\", "b"));
        Assert.Equal([12], await FindAsync(history, null, "k499", "499"));
        Assert.Equal([13], await FindAsync(history, null, "long", value));
        Assert.Equal([15], await FindAsync(history, null, "empty", ""));
        Assert.Equal([16], await FindAsync(history, null, "Case", "Mixed"));
        Assert.Empty(await FindAsync(history, null, "case", "mixed"));
        Assert.Empty(await FindAsync(history, null, "colour", "re"));
        Assert.Equal([15, 13, 11, 9, 7, 5, 3, 1], await FindAsync(history, "even"));
        Assert.Equal([9, 7], (await FindAsync(history, "even", "colour", "green")));
        Assert.Empty(await FindAsync(history, "odd", "colour", "green"));
        Assert.Equal([9, 7, 5], await FindAsync(history, "even", before: 11, limit: 3));
        await Assert.ThrowsAsync<ArgumentException>(() => FindAsync(history, null, "long", value + value));
        await Assert.ThrowsAsync<ArgumentException>(() => FindAsync(history, null, "nul", "\0"));
        await Assert.ThrowsAsync<ArgumentException>(() => FindAsync(history, null, "colour"));
        await Assert.ThrowsAsync<ArgumentException>(() => FindAsync(history, "even", null, "red"));
        await Assert.ThrowsAsync<ArgumentException>(() => FindAsync(history, null));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => FindAsync(history, "even", limit: 1_001));
    }

    [Fact]
    [Fault("L-10")]
    public async Task A_balance_in_the_past_is_right_with_and_without_metadata()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using PostgresLedger ledger = await StartAsync(database.DataSource);
        PostgresLedgerHistory history = new(database, ledger.Ledger);
        Assert.Null(await history.GetBalanceAtAsync(Account("alice"), 1, Token));
        await ledger.OpenAsync("alice", "bob");
        await ledger.SubmitAsync(Move("plain", Bank, Account("alice"), 5));
        await ledger.SubmitAsync(Move("told", Bank, Account("alice"), 7) with { Metadata = """{"colour":"red"}""", Reference = "r" });
        await ledger.SubmitAsync(Move("other", Bank, Account("bob"), 11));
        foreach ((ulong sequence, UInt128 alice, UInt128 bob) in new (ulong, UInt128, UInt128)[] { (0, 0, 0), (1, 5, 0), (2, 12, 0), (3, 12, 11), (99, 12, 11) })
        {
            Assert.Equal(alice, (await history.GetBalanceAtAsync(Account("alice"), sequence, Token))!.Value.Available);
            AccountBalance bank = (await history.GetBalancesAtAsync("", sequence, Token)).Single(balance => balance.Id == Bank);
            Assert.Equal(alice + bob, bank.DebitsPosted);
            Assert.Equal([alice, bob], (await history.GetBalancesAtAsync("", sequence, Token)).Where(balance => balance.Id != Bank).Select(balance => balance.Available));
        }
    }

    private static async Task<IEnumerable<int>> FindAsync(
        PostgresLedgerHistory history, string? reference, string? key = null, string? value = null, ulong before = ulong.MaxValue, int limit = 100)
    {
        ImmutableArray<JournalEntry> found = await history.FindAsync(new TransactionSearch(reference, key, value, before, limit), Token);
        return found.Select(entry => (int)entry.Sequence);
    }
}
