using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>Two servers, and one that stands still at the worst moment.</summary>
public sealed class ServerPairPayoutTests
{
    private const string Flow = "select coalesce((select state from flows.flow where kind = 'wallet.withdrawal'), 'absent')";

    [Fact]
    [Fault("T-02")]
    public async Task A_server_that_stands_still_while_it_pays_out_wakes_up_to_one_payout()
    {
        await using ServerPair pair = await ServerPair.StartAsync("--auto-advance", "true", "--async-delay", "1");
        ServerProcess leader = await pair.LeaderAsync();
        LoadUser user = await pair.CreateUserAsync();
        await leader.PostAsync("/wallets/deposit", new { amount = "100.00", currency = "USD", source_id = user.CardId }, user.Token, "deposit");
        await pair.Sandbox.FaultAsync("payouts.create", "slow", more: new JsonObject { ["delay_ms"] = 1_500 });

        object body = new { amount = "40.00", currency = "USD", destination_id = user.BankId };
        Task<HttpResponseMessage> asked = leader.SendAsync(HttpMethod.Post, "/wallets/withdraw", body, user.Token, "payout");
        await pair.Sandbox.WhenFaultStruckAsync("slow");
        leader.Pause();

        // The other one takes the ledger, takes the flow up when its lease has run out, and brings it to its end by the provider's record.
        await Eventually.GetAsync(() => pair.QueryAsync<string>(Flow), state => state == "succeeded", "the withdrawal at its end");
        leader.Resume();
        (await asked).Dispose();
        Assert.NotSame(leader, await pair.LeaderAsync());

        using HttpResponseMessage again = await leader.SendAsync(HttpMethod.Post, "/wallets/withdraw", body, user.Token, "payout");
        JsonElement answer = JsonSerializer.Deserialize<JsonElement>(await again.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("success", answer.GetProperty("status").GetString());
        JsonElement payout = Assert.Single(await pair.Sandbox.ObjectsAsync("payout"));
        Assert.Equal(4_000, payout.GetProperty("amount").GetInt64());
        Assert.Equal(60.00m, await pair.QueryAsync<decimal>(
            $"select (credits_posted - debits_posted - debits_pending) / 100 from ledger.balances where address = 'user:{user.Id}:available'"));
        MoneyJudge judge = new(pair.Owner, pair.Sandbox);
        await judge.JudgeLedgerAsync();
    }

    [Fact]
    public async Task Every_server_answers_and_tells_its_role_and_nobody_else_gets_in_between_them()
    {
        await using ServerPair pair = await ServerPair.StartAsync("--auto-advance", "true", "--async-delay", "1");
        ServerProcess leader = await pair.LeaderAsync();
        ServerProcess follower = pair.Other(leader);
        LoadUser user = await pair.CreateUserAsync();
        await follower.PostAsync("/wallets/deposit", new { amount = "25.00", currency = "USD", source_id = user.CardId }, user.Token, "deposit");
        foreach (ServerProcess server in pair.Servers)
        {
            JsonElement account = await server.GetAsync($"/ledger/accounts/user:{user.Id}:available/USD", server.AdminApiKey);
            Assert.Equal("25.00", account.GetProperty("available").GetString());
        }

        Assert.Contains("florin_ledger_leader 1", await leader.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("florin_ledger_leader 0", await follower.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken), StringComparison.Ordinal);

        // The token of the term is what lets a server in, and it is in no log.
        string token = await pair.QueryAsync<string>("select token from ledger.lease");
        Assert.Equal(HttpStatusCode.MisdirectedRequest, await CallAsync(leader, "Florin-Term", ""));
        Assert.Equal(HttpStatusCode.MisdirectedRequest, await CallAsync(leader, "Bearer", token));
        Assert.Equal(HttpStatusCode.MisdirectedRequest, await CallAsync(follower, "Florin-Term", token));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(leader, "Florin-Term", token));
        Assert.DoesNotContain(token, leader.Output + follower.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("/internal", await leader.Http.GetStringAsync("/openapi.json", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> CallAsync(ServerProcess server, string scheme, string token)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/internal/ledger/balances") { Content = new StringContent("\"user:\"") };
        request.Headers.TryAddWithoutValidation("Authorization", $"{scheme} {token}");
        using HttpResponseMessage response = await server.Http.SendAsync(request);
        return response.StatusCode;
    }
}
