using System.Text.Json;
using Florin.Tests.Faults;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Payouts;

/// <summary>Two servers with one scheduler each.</summary>
public sealed class ServerPairBatchTests
{
    private int _keys;

    [Fact]
    public async Task Two_servers_that_run_one_batch_pay_it_once_and_tell_of_the_second_run()
    {
        await using ServerPair pair = await ServerPair.StartAsync("--auto-advance", "true", "--async-delay", "1");
        ServerProcess leader = await pair.LeaderAsync();
        (string id, _, string token) = await leader.CreateUserAsync("Shop", "business");
        JsonElement bank = await leader.PostAsync("/wallets/funding-sources", new { payment_method_id = "pm_usBankAccount_success" }, token);
        await PayAsync(leader, token);
        object terms = new { currency = "USD", minimum_amount = "10.00", destination_id = bank.GetProperty("id").GetString() };
        using HttpResponseMessage set = await leader.SendAsync(
            HttpMethod.Put, "/merchants/me/payout-schedule", new { interval = "daily", delay_days = 5, currencies = new[] { terms } }, token);
        Assert.Equal(200, (int)set.StatusCode);

        // Both schedulers find the day due.
        await DueAsync(pair, id);
        JsonElement batch = await Eventually.GetAsync(
            async () => (await leader.GetAsync("/merchants/me/payout-batches", token)).GetProperty("data").EnumerateArray().FirstOrDefault(),
            found => found.ValueKind == JsonValueKind.Object,
            "the batch");
        await PayAsync(leader, token);
        string path = $"/merchants/{id}/payout-batches/{batch.GetProperty("id").GetString()}";
        HttpResponseMessage[] answers = await Task.WhenAll(pair.Servers.SelectMany(server => new[]
        {
            server.SendAsync(HttpMethod.Post, $"{path}/run", new { }, leader.AdminApiKey, $"key-{++_keys}"),
            server.SendAsync(HttpMethod.Post, $"{path}/lines/USD/pay", new { }, leader.AdminApiKey, $"key-{++_keys}"),
        }));
        Assert.All(answers, answer => Assert.Contains((int)answer.StatusCode, (int[])[201, 202, 409]));
        await EndsAsync();
        JsonElement payout = Assert.Single(await pair.Sandbox.ObjectsAsync("payout"));
        Assert.Equal(96_80, payout.GetProperty("amount").GetInt64());

        // Both schedulers come to the same day once more, with money there to be paid.
        await DueAsync(pair, id);
        await Eventually.GetAsync(
            () => pair.QueryAsync<long>(
                "select count(*) from flows.signal s join flows.flow f on f.id = s.flow_id "
                + "where f.kind = 'merchant.payout_batch' and f.state = 'repeated' and s.source = 'schedule' and s.id <= f.considered_signal_id"),
            count => count == 1,
            "the run of the scheduler that was refused");
        await Eventually.GetAsync(
            () => pair.QueryAsync<long>("select count(*) from flows.event where type = 'payout_batch.repeated'"), told => told > 0, "the event of it");
        Assert.Single(await pair.Sandbox.ObjectsAsync("payout"));
        Assert.Equal(96.80m, await pair.QueryAsync<decimal>(
            $"select (credits_posted - debits_posted - debits_pending) / 100 from ledger.balances where address = 'merchant:{id}:available'"));
        MoneyJudge judge = new(pair.Owner, pair.Sandbox);
        await judge.JudgeLedgerAsync();

        // Two runs that are asked for before the first has begun are one; else the second is told of.
        Task EndsAsync() => Eventually.GetAsync(
            () => pair.QueryAsync<string>("select state from flows.flow where kind = 'merchant.payout_batch'"),
            state => state is "completed" or "repeated",
            "the batch at its end");
    }

    private async Task PayAsync(ServerProcess server, string token) => await server.PostAsync(
        "/payments", new { amount = "100.00", currency = "USD", payment_source = "pm_card_bypassPending", capture = "automatic" }, token, $"key-{++_keys}");

    /// <summary>Has the schedule believe that it has to run today.</summary>
    private static async Task DueAsync(ServerPair pair, string merchant)
    {
        await using Npgsql.NpgsqlCommand command = pair.Owner.CreateCommand(
            "update flows.flow set data = jsonb_set(data::jsonb, '{next_run}', to_jsonb(to_char(now() at time zone 'UTC', 'YYYY-MM-DD')))::json, "
            + $"version = version + 1, due_at = now() where kind = 'merchant.payout_schedule' and owner_id = '{merchant}'");
        await command.ExecuteNonQueryAsync();
    }
}
