using System.Text;
using System.Text.Json;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Server;

/// <summary>Many transactions in one request, on a real server; SQL on the tables judges.</summary>
[Collection(SharedServer.Collection)]
public sealed class LedgerBulkHttpTests(SharedServer shared)
{
    private const string Path = "/ledger/transactions/bulk";

    private ServerProcess Server => shared.Server;

    private string Key => Server.AdminApiKey;

    [Fact]
    public async Task Eight_thousand_are_applied_each_for_itself_and_a_repeat_applies_nothing_more()
    {
        await OpenAsync("bulk-a");
        object[] transactions = [.. Enumerable.Range(0, 8_000).Select(index => index == 4_000
            ? Posted(Move("bulk-a:alice", "bulk-a:bank", "9999999.00"))
            : Posted(Move("bulk-a:bank", "bulk-a:alice", "0.03")))];
        object body = new
        {
            transactions,
            control = new { count = 8_000, totals = new[] { new { currency = "USD", amount = "10000238.97", largest = "9999999.00" } } },
        };
        using HttpResponseMessage first = await SendAsync("bulk-a1", body);
        Assert.Equal(200, (int)first.StatusCode);
        JsonElement answer = await ReadAsync(first);
        Assert.Equal((7_999, 0, 1), Counts(answer));
        JsonElement[] results = [.. answer.GetProperty("data").EnumerateArray()];
        Assert.Equal("exceeds_credits", results[4_000].GetProperty("status").GetString());
        Assert.Equal(110, results[4_000].GetProperty("status_code").GetInt32());
        Assert.Equal(0, results[4_000].GetProperty("transfer_index").GetInt32());
        Assert.Empty(results[4_000].GetProperty("transfers").EnumerateArray());
        Assert.Equal("239.97", results[7_999].GetProperty("transfers")[0].GetProperty("credit_after").GetProperty("credits_posted").GetString());

        using HttpResponseMessage again = await SendAsync("bulk-a1", body);
        JsonElement repeated = await ReadAsync(again);
        Assert.Equal((0, 7_999, 1), Counts(repeated));
        Assert.Equal(results[17].GetProperty("sequence").GetUInt64(), repeated.GetProperty("data")[17].GetProperty("sequence").GetUInt64());
        Assert.Equal(7_999L, await TransfersAsync("bulk-a:alice"));
        JsonElement one = await Server.GetAsync($"/ledger/transactions/{results[17].GetProperty("id").GetString()}", Key);
        Assert.Equal("0.03", one.GetProperty("transfers")[0].GetProperty("amount").GetString());
    }

    [Fact]
    public async Task What_acts_on_another_transaction_is_taken_in_a_bulk_too()
    {
        await OpenAsync("bulk-b");
        JsonElement held = await Server.PostAsync("/ledger/transactions", new { kind = "pending", transfers = new[] { Move("bulk-b:bank", "bulk-b:alice", "5.00") } }, Key, "bulk-b0");
        string id = held.GetProperty("id").GetString()!;
        using HttpResponseMessage sent = await SendAsync("bulk-b1", new
        {
            transactions = new object[]
            {
                new { kind = "post", related_id = id },
                Posted(Move("bulk-b:alice", "bulk-b:bob", "2.00")),
                new { kind = "void", related_id = id },
            },
        });
        JsonElement answer = await ReadAsync(sent);
        Assert.Equal(["created", "created", "related_already_posted"], answer.GetProperty("data").EnumerateArray().Select(one => one.GetProperty("status").GetString()));
        using HttpResponseMessage again = await SendAsync("bulk-b2", new { transactions = new[] { Posted(Move("bulk-b:alice", "bulk-b:bob", "3.00")) } });
        using HttpResponseMessage replayed = await SendAsync("bulk-b2", new { transactions = new[] { Posted(Move("bulk-b:alice", "bulk-b:bob", "3.00")) } });
        Assert.False(again.Headers.Contains("Idempotent-Replayed"));
        Assert.Equal("true", Assert.Single(replayed.Headers.GetValues("Idempotent-Replayed")));
        using HttpResponseMessage other = await SendAsync("bulk-b2", new { transactions = new[] { Posted(Move("bulk-b:alice", "bulk-b:bob", "1.00")) } });
        Assert.Equal("exists_with_different_amount", (await ReadAsync(other)).GetProperty("data")[0].GetProperty("status").GetString());
    }

    [Fact]
    [Fault("L-09")]
    public async Task A_list_that_does_not_add_up_to_its_control_totals_changes_nothing()
    {
        await OpenAsync("bulk-c");
        object[] transactions = [Posted(Move("bulk-c:bank", "bulk-c:alice", "620.00")), Posted(Move("bulk-c:bank", "bulk-c:bob", "1.00"))];
        (object Control, string Field)[] wrong =
        [
            (new { count = 3, totals = Totals("621.00") }, "control.count"),
            (new { totals = Totals("621.00") }, "control.count"),
            (new { count = 2, totals = Totals("621.01") }, "control.totals[0].amount"),
            (new { count = 2, totals = new[] { new { currency = "USD", amount = "621.00", largest = "619.99" } } }, "control.totals[0].largest"),
            (new { count = 2, totals = new[] { new { currency = "EUR", amount = "621.00" } } }, "control.totals"),
            (new { count = 2 }, "control.totals"),
            (new { count = 2, totals = Totals("621.00", "621.00") }, "control.totals[1].currency"),
        ];
        foreach ((object control, string field) in wrong)
        {
            using HttpResponseMessage refused = await SendAsync("bulk-c1", new { transactions, control });
            JsonElement problem = await Problem.AssertAsync(refused, 422, "validation_failed");
            Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _), $"{field}: {problem}");
        }

        Assert.Equal(0L, await TransfersAsync("bulk-c:alice"));
        using HttpResponseMessage right = await SendAsync("bulk-c1", new { transactions, control = new { count = 2, totals = Totals("621.00") } });
        Assert.Equal((2, 0, 0), Counts(await ReadAsync(right)));
    }

    [Fact]
    public async Task What_is_too_much_or_not_allowed_is_refused_and_changes_nothing()
    {
        await OpenAsync("bulk-d");
        object one = Posted(Move("bulk-d:bank", "bulk-d:alice", "1.00"));
        using HttpResponseMessage tooMany = await SendAsync("bulk-d1", new { transactions = Enumerable.Repeat(one, 8_001) });
        await Problem.AssertAsync(tooMany, 422, "validation_failed");
        object related = new { kind = "void", related_id = Guid.AllBitsSet };
        using HttpResponseMessage tooHeavy = await SendAsync("bulk-d2", new { transactions = Enumerable.Repeat(related, 1_025) });
        await Problem.AssertAsync(tooHeavy, 422, "validation_failed");
        using HttpResponseMessage none = await SendAsync("bulk-d3", new { transactions = Array.Empty<object>() });
        await Problem.AssertAsync(none, 422, "validation_failed");
        using HttpResponseMessage tooLong = await SendAsync("bulk-d4", new { transactions = new[] { one }, padding = new string('x', 5 << 20) });
        await Problem.AssertAsync(tooLong, 413, "payload_too_large");
        using HttpResponseMessage card = await SendAsync("bulk-d5", new { transactions = new[] { new { kind = "posted", reference = "4242 4242 4242 4242", transfers = new[] { Move("bulk-d:bank", "bulk-d:alice", "1.00") } } } });
        await Problem.AssertAsync(card, 422, "card_number_refused");
        using HttpResponseMessage bad = await SendAsync("bulk-d6", new { transactions = new[] { one, new { kind = "nonsense" } } });
        JsonElement problem = await Problem.AssertAsync(bad, 422, "validation_failed");
        Assert.True(problem.GetProperty("errors").TryGetProperty("transactions[1].kind", out _));
        Assert.Equal(0L, await TransfersAsync("bulk-d:alice"));
    }

    private static object Posted(object move) => new { kind = "posted", transfers = new[] { move } };

    private static object Move(string debit, string credit, string amount) => new { debit, credit, amount, currency = "USD", code = 1 };

    private static object[] Totals(params string[] amounts) => [.. amounts.Select(amount => new { currency = "USD", amount })];

    private static (int Created, int Existing, int Refused) Counts(JsonElement answer) =>
        (answer.GetProperty("created").GetInt32(), answer.GetProperty("existing").GetInt32(), answer.GetProperty("refused").GetInt32());

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer)
    {
        string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, text);
        using JsonDocument document = JsonDocument.Parse(Encoding.UTF8.GetBytes(text));
        return document.RootElement.Clone();
    }

    private Task<long> TransfersAsync(string address) => shared.Database.QueryAsync<long>(
        $"select count(*) from ledger.transfers t join ledger.accounts a on a.number = t.credit_account where a.address = '{address}'");

    private async Task OpenAsync(string prefix)
    {
        await Server.PostAsync("/ledger/accounts", new { address = $"{prefix}:bank", asset = "USD", normal_side = "debit" }, Key);
        foreach (string name in (string[])["alice", "bob"])
        {
            await Server.PostAsync(
                "/ledger/accounts", new { address = $"{prefix}:{name}", asset = "USD", normal_side = "credit", flags = new[] { "debits_must_not_exceed_credits" } }, Key);
        }
    }

    private Task<HttpResponseMessage> SendAsync(string key, object body) => Server.SendAsync(HttpMethod.Post, Path, body, Key, key);
}
