using System.Text.Json;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Server;

/// <summary>The ledger through its HTTP API, on a real server.</summary>
[Collection(SharedServer.Collection)]
public sealed class LedgerHttpTests(SharedServer shared)
{
    private ServerProcess Server => shared.Server;

    private string Key => Server.AdminApiKey;

    [Fact]
    public async Task A_reservation_is_made_posted_in_parts_and_reversed_with_balances_in_each_answer()
    {
        await OpenAsync("http-a");
        JsonElement funded = await PostAsync("a1", new { kind = "posted", transfers = new[] { Move("http-a:bank", "http-a:alice", "100.00") }, reference = "http-a-1", metadata = new { order = "http-7" } });
        Assert.Equal("100.00", funded.GetProperty("transfers")[0].GetProperty("credit_after").GetProperty("credits_posted").GetString());
        JsonElement held = await PostAsync("a2", new { kind = "pending", transfers = new[] { Move("http-a:alice", "http-a:bob", "60.00") }, timeout_seconds = 3600 });
        string id = held.GetProperty("id").GetString()!;
        await PostAsync("a3", new { kind = "increase", related_id = id, amounts = new[] { "5.00" }, currency = "USD" });
        JsonElement part = await PostAsync("a4", new { kind = "post_part", related_id = id, amounts = new[] { "20.00" }, currency = "USD" });
        Assert.Equal("45.00", part.GetProperty("transfers")[0].GetProperty("debit_after").GetProperty("debits_pending").GetString());
        JsonElement post = await PostAsync("a5", new { kind = "post", related_id = id });
        await PostAsync("a6", new { kind = "reverse", related_id = post.GetProperty("id").GetString(), amounts = new[] { "1.00" }, currency = "USD" });
        JsonElement alice = await Server.GetAsync("/ledger/accounts/http-a:alice/USD", Key);
        Assert.Equal("36.00", alice.GetProperty("balance").GetString());
        JsonElement then = await Server.GetAsync($"/ledger/accounts/http-a:alice/USD?at={funded.GetProperty("sequence").GetUInt64()}", Key);
        Assert.Equal("100.00", then.GetProperty("balance").GetString());
        JsonElement entries = await Server.GetAsync("/ledger/accounts/http-a:alice/USD/entries?limit=2", Key);
        Assert.Equal("reverse", entries.GetProperty("data")[0].GetProperty("kind").GetString());
        Assert.Equal("65.00", entries.GetProperty("data")[0].GetProperty("debits_posted_after").GetString());
        Assert.NotNull(entries.GetProperty("next_cursor").GetString());
        foreach (string query in (string[])["reference=http-a-1", "metadata.order=http-7", "reference=http-a-1&metadata.order=http-7"])
        {
            JsonElement found = await Server.GetAsync($"/ledger/transactions?{query}", Key);
            Assert.Equal(funded.GetProperty("id").GetString(), Assert.Single(found.GetProperty("data").EnumerateArray()).GetProperty("id").GetString());
        }

        JsonElement matching = await Server.GetAsync("/ledger/accounts?pattern=http-a:*", Key);
        Assert.Equal(3, matching.GetProperty("data").GetArrayLength());
        JsonElement trial = await Server.GetAsync("/ledger/trial-balance?at=2001-01-01T00:00:00Z", Key);
        Assert.All(trial.GetProperty("lines").EnumerateArray(), line => Assert.Equal("0", line.GetProperty("debit").GetString()!.Trim('0', '.').PadLeft(1, '0')));
    }

    [Fact]
    public async Task A_repeated_key_answers_the_same_and_another_body_is_refused()
    {
        await OpenAsync("http-b");
        object body = new { kind = "posted", transfers = new[] { Move("http-b:bank", "http-b:alice", "1.00") } };
        JsonElement first = await PostAsync("b1", body);
        using HttpResponseMessage again = await Server.SendAsync(HttpMethod.Post, "/ledger/transactions", body, Key, "b1");
        Assert.Equal("true", Assert.Single(again.Headers.GetValues("Idempotent-Replayed")));
        Assert.Equal(first.GetRawText(), await again.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        using HttpResponseMessage other = await SendAsync("b1", new { kind = "posted", transfers = new[] { Move("http-b:bank", "http-b:alice", "2.00") } });
        await Problem.AssertAsync(other, 422, "idempotency_key_mismatch");
    }

    [Fact]
    public async Task What_the_ledger_refuses_is_a_problem_with_its_reason()
    {
        await OpenAsync("http-c");
        using HttpResponseMessage poor = await SendAsync("c1", new { kind = "posted", transfers = new[] { Move("http-c:alice", "http-c:bob", "1.00") } });
        await Problem.AssertAsync(poor, 409, "insufficient_funds");
        using HttpResponseMessage late = await SendAsync("c2", new { kind = "posted", transfers = new[] { Move("http-c:bank", "http-c:bob", "1.00") }, deadline = "2001-01-01T00:00:00Z" });
        await Problem.AssertAsync(late, 409, "ledger_refused");
        using HttpResponseMessage nothing = await SendAsync("c3", new { kind = "posted" });
        await Problem.AssertAsync(nothing, 422, "validation_failed");
        using HttpResponseMessage unknown = await SendAsync("c4", new { kind = "posted", transfers = new[] { new { debit = "A B", surprise = 1 } } });
        await Problem.AssertAsync(unknown, 422);
        await Server.PostAsync("/ledger/accounts/http-c:bob/USD/standing", new { standing = "frozen" }, Key);
        using HttpResponseMessage frozen = await SendAsync("c5", new { kind = "posted", transfers = new[] { Move("http-c:bank", "http-c:bob", "1.00") } });
        await Problem.AssertAsync(frozen, 409, "ledger_refused");
        await Server.PostAsync("/ledger/periods/close", new { through = "2001-01-31" }, Key);
        using HttpResponseMessage closed = await SendAsync("c6", new { kind = "posted", transfers = new[] { Move("http-c:bank", "http-c:alice", "1.00") }, effective_date = "2001-01-31" });
        await Problem.AssertAsync(closed, 409, "ledger_refused");
        await PostAsync("c7", new { kind = "posted", transfers = new[] { Move("http-c:bank", "http-c:alice", "1.00") }, effective_date = "2001-01-31", closed_period = "adjust" });
    }

    [Fact]
    [Fault("L-09")]
    public async Task A_credit_that_nothing_backs_is_refused_whoever_asks_for_it()
    {
        foreach ((string name, string side, string[] flags) in ((string, string, string[])[])
            [("promo", "debit", []), ("bank", "debit", ["safeguarding"]), ("alice", "credit", ["safeguarding", "debits_must_not_exceed_credits"])])
        {
            await Server.PostAsync("/ledger/accounts", new { address = $"http-d:{name}", asset = "CHF", normal_side = side, flags }, Key);
        }

        object Credit(string from, string amount) => new { kind = "posted", transfers = new[] { new { debit = $"http-d:{from}", credit = "http-d:alice", amount, currency = "CHF", code = 1 } } };
        await PostAsync("d1", Credit("bank", "46.00"));
        using HttpResponseMessage refused = await SendAsync("d2", Credit("promo", "620.00"));
        JsonElement problem = await Problem.AssertAsync(refused, 409, "ledger_refused");
        Assert.Equal("exceeds_safeguarded", problem.GetProperty("ledger_status").GetString());
        Assert.Equal("46.00", (await Server.GetAsync("/ledger/accounts/http-d:alice/CHF", Key)).GetProperty("balance").GetString());
    }

    private static object Move(string debit, string credit, string amount) => new { debit, credit, amount, currency = "USD", code = 1 };

    private async Task OpenAsync(string prefix)
    {
        await Server.PostAsync("/ledger/accounts", new { address = $"{prefix}:bank", asset = "USD", normal_side = "debit" }, Key);
        foreach (string name in (string[])["alice", "bob"])
        {
            await Server.PostAsync(
                "/ledger/accounts", new { address = $"{prefix}:{name}", asset = "USD", normal_side = "credit", flags = new[] { "debits_must_not_exceed_credits" } }, Key);
        }
    }

    private Task<JsonElement> PostAsync(string key, object body) => Server.PostAsync("/ledger/transactions", body, Key, key);

    private Task<HttpResponseMessage> SendAsync(string key, object body) => Server.SendAsync(HttpMethod.Post, "/ledger/transactions", body, Key, key);
}
