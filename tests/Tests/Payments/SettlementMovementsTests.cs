using System.Globalization;
using Florin.Payments.Settlement;
using Florin.Providers;
using Florin.Tests.Support;
using Npgsql;
using Xunit;

namespace Florin.Tests.Payments;

/// <summary>First in, first out on a real PostgreSQL, against a naive model: whatever is told late, again, in another order, or corrected.</summary>
public sealed class SettlementMovementsTests
{
    private const string Provider = "paypal";
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(1_767_100_000);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Each_movement_leaves_once_the_oldest_first_and_lines_make_their_transfer(int seed)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        SettlementMovements movements = new(database);
        SettlementStore store = new(database);
        Random random = new(seed);
        List<SettlementLine> waiting = [];
        List<SettlementLine> gone = [];
        Int128 carried = 0;
        for (int round = 0; round < 30; round++)
        {
            // New ones, some of them older than what has left; old ones again, some corrected. What has left stays as it was.
            SettlementLine[] told = [.. Enumerable.Range(0, random.Next(6)).Select(index => Movement(random, $"T{round:00}-{index}"))];
            SettlementLine[] corrected = [.. waiting.Where(_ => random.Next(5) == 0).Select(line => line with { Gross = line.Gross + random.Next(-500, 500) })];
            waiting = [.. waiting.Where(line => corrected.All(other => other.Id != line.Id)), .. corrected, .. told];
            SettlementLine[] again = [.. gone.Where(_ => random.Next(4) == 0).Select(line => line with { Gross = line.Gross + 1 }), .. waiting, .. told];
            await movements.KeepAsync(Provider, [.. again.Where(line => !corrected.Contains(line)).OrderBy(_ => random.Next()), .. corrected], Token);
            string batch = $"B{round:00}";
            Int128 net = random.Next(1, 30_000);
            await store.OpenAsync(Provider, batch, new Guid(round + 1, 0, 0, new byte[8]), Start, Token);
            await movements.TakeAsync(Provider, batch, "USD", net, Token);
            await movements.TakeAsync(Provider, batch, "USD", net, Token);

            waiting = [.. waiting.OrderBy(line => line.At).ThenBy(line => line.Id, StringComparer.Ordinal)];
            int count = Enumerable.Range(0, waiting.Count + 1).Last(length => waiting.Take(length).Aggregate((Int128)0, (sum, line) => sum + line.Net) <= net + carried);
            string[] expected = [.. waiting.Take(count).Select(line => $"{line.Id} {line.Gross} {line.Fee}")];
            Int128 taken = waiting.Take(count).Aggregate((Int128)0, (sum, line) => sum + line.Net);
            string[] lines = await LinesAsync(database, batch);
            Assert.Equal(net == taken ? expected : [.. expected, $"carried:{batch} {net - taken} 0"], lines);
            carried += net - taken;
            Assert.True(carried >= 0);
            gone.AddRange(waiting.Take(count));
            waiting = waiting[count..];
        }

        Assert.Equal(
            gone.Count,
            await database.QueryAsync<long>("select count(*) from payments.settlement_movement where batch_id is not null"));
    }

    [Fact]
    public async Task Transfers_that_are_itemised_at_once_do_not_take_the_same()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        SettlementMovements movements = new(database);
        SettlementStore store = new(database);
        Random random = new(7);
        await movements.KeepAsync(Provider, [.. Enumerable.Range(0, 200).Select(index => Movement(random, $"T{index:000}") with { Gross = 100, Fee = 0 })], Token);
        string[] batches = [.. Enumerable.Range(0, 10).Select(index => $"B{index}")];
        foreach (string batch in batches)
        {
            await store.OpenAsync(Provider, batch, new Guid(batch[1], 0, 0, new byte[8]), Start, Token);
        }

        await Task.WhenAll(batches.Select(async batch => await movements.TakeAsync(Provider, batch, "USD", 1_950, Token)));
        Assert.Equal(195L, await database.QueryAsync<long>("select count(*) from payments.settlement_line where raw_kind <> 'carried'"));
        Assert.Equal(10L, await database.QueryAsync<long>(
            "select count(*) from (select batch_id from payments.settlement_line group by batch_id having sum(gross - fee) = 1950) as whole"));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static SettlementLine Movement(Random random, string id)
    {
        long gross = random.Next(4) == 0 ? -random.Next(1, 9_000) : random.Next(1, 9_000);
        return new SettlementLine(id, SettlementLineKind.Payment, id, null, null, gross, gross > 0 ? gross / 30 : 0, "USD", "T0006")
        {
            At = Start.AddSeconds(random.Next(0, 1_000)),
        };
    }

    private static async Task<string[]> LinesAsync(TestDatabase database, string batch)
    {
        await using NpgsqlCommand command = database.Owner.CreateCommand(
            $"select line_id, gross::text, fee::text from payments.settlement_line where batch_id = '{batch}' order by number");
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(Token);
        List<string> lines = [];
        while (await reader.ReadAsync(Token))
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{reader.GetString(0)} {reader.GetString(1)} {reader.GetString(2)}"));
        }

        return [.. lines];
    }
}
