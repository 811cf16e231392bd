using System.Text.Json;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>What never arrived at the provider: when that is believed, and what is done then.</summary>
public sealed class HttpSettlingTests(HttpSettlingWorld world) : IClassFixture<HttpSettlingWorld>
{
    private const int Operators = 10;

    [Theory]
    [InlineData("timeout_before_effect")]
    [InlineData("connection_reset_before_effect")]
    [Fault("U-03")]
    public async Task A_charge_that_never_arrived_fails_only_after_the_settle_window(string fault)
    {
        LoadUser user = await world.CreateUserAsync();
        await world.Sandbox.FaultAsync("payment_intents.create", fault, count: 100);
        HttpAnswer answer = await world.DepositAsync(user, "11.00");
        Assert.Equal((202, "outcome_unknown", "pending"), (answer.Status, answer.Code, answer.MovementStatus));
        await world.StateAsync(answer.Id, "failed");
        Assert.Equal("created submitting unknown failed", await world.PathAsync(answer.Id));
        Assert.True(await world.Database.QueryAsync<bool>(
            $"""
            select f.at - s.at >= interval '{HttpSettlingWorld.SettleSeconds} seconds'
            from flows.history f join flows.history s using (flow_id)
            where flow_id = '{answer.Id}' and f.to_state = 'failed' and s.to_state = 'submitting'
            """));
        Assert.Equal(1, await world.StruckAsync(fault));
        Assert.Empty(await world.PaymentsAsync(user));
        Assert.Equal(0, await world.PostingsAsync(user));
        await world.Sandbox.ClearFaultsAsync();
    }

    [Fact]
    [Fault("U-07")]
    [Fault("I-10")]
    public async Task Operators_who_retry_one_payout_at_once_pay_once()
    {
        LoadUser user = await world.CreateUserAsync("50.00");
        await world.Sandbox.FaultAsync("payouts.create", "timeout_before_effect");
        HttpAnswer answer = await world.WithdrawAsync(user, "40.00");
        Assert.Equal((202, "outcome_unknown"), (answer.Status, answer.Code));
        Assert.Equal(1_000, await world.BalanceAsync(user));

        HttpResponseMessage[] retries = await Task.WhenAll(Enumerable.Range(0, Operators).Select(number => world.Server.SendAsync(
            HttpMethod.Post, $"/flows/{answer.Id}/retry", new { reason = $"operator {number} presses pay" }, world.Server.AdminApiKey)));
        Assert.All(retries, retry => Assert.Equal(202, (int)retry.StatusCode));
        await world.StateAsync(answer.Id, "in_transit");
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.StateAsync(answer.Id, "succeeded");

        JsonElement payout = Assert.Single(await world.PayoutsAsync(user));
        Assert.Equal(("paid", 4_000), (payout.GetProperty("status").GetString(), payout.GetProperty("amount").GetInt64()));
        Assert.Equal(1_000, await world.BalanceAsync(user));
        Assert.Equal(2, await world.PostingsAsync(user));
    }
}
