using System.Text.Json;
using System.Text.Json.Nodes;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>Answers of the provider that are lost, late or cannot be read: over HTTP, with the provider's record and SQL as judges.</summary>
public sealed class HttpUnknownOutcomeTests(HttpPollingWorld world) : IClassFixture<HttpPollingWorld>
{
    [Theory]
    [InlineData("timeout_after_effect", 1)]
    [InlineData("timeout_before_effect", 0)]
    [Fault("U-01")]
    public async Task A_charge_that_times_out_is_unknown_and_is_attempted_once(string fault, int charges)
    {
        LoadUser user = await world.CreateUserAsync();
        await world.HideAsync("payment_intents.list");
        await world.Sandbox.FaultAsync("payment_intents.create", fault, count: 100);
        HttpAnswer answer = await world.DepositAsync(user, "11.00");
        Assert.Equal((202, "outcome_unknown", "pending"), (answer.Status, answer.Code, answer.MovementStatus));
        Assert.True(answer.Movement.GetProperty("outcome_unknown").GetBoolean());

        // Looks that find nothing are no reason for another attempt.
        await world.StaysAsync(answer.Id, "unknown", "not_found_for");
        Assert.Equal(1, await world.StruckAsync(fault));
        Assert.Equal(charges, (await world.PaymentsAsync(user)).Count);
        Assert.Equal(0, await world.PostingsAsync(user));
        await world.Sandbox.ClearFaultsAsync();
    }

    [Theory]
    [InlineData("timeout_after_effect")]
    [InlineData("connection_reset")]
    [InlineData("error_500_after_effect")]
    [Fault("U-02")]
    [Fault("U-03")]
    public async Task A_lost_charge_that_succeeded_is_credited_once_when_it_is_found(string fault)
    {
        LoadUser user = await world.CreateUserAsync();
        await world.HideAsync("payment_intents.list");
        await world.Sandbox.FaultAsync("payment_intents.create", fault);
        HttpAnswer answer = await world.DepositAsync(user, "13.00");
        Assert.Equal((202, "pending"), (answer.Status, answer.MovementStatus));

        // The provider's list lags: "no such payment" is not believed.
        await world.StaysAsync(answer.Id, "unknown", "not_found_for");
        await world.Sandbox.ClearFaultsAsync();

        await world.StateAsync(answer.Id, "succeeded");
        JsonElement deposit = await world.Server.GetAsync($"/wallets/deposits/{answer.Id}", user.Token);
        Assert.Equal(("success", false), (deposit.GetProperty("status").GetString(), deposit.GetProperty("outcome_unknown").GetBoolean()));
        Assert.Equal("created submitting unknown succeeded", await world.PathAsync(answer.Id));
        Assert.Equal(1_300, await world.BalanceAsync(user));
        Assert.Equal(1, await world.PostingsAsync(user));
        Assert.Single(await world.PaymentsAsync(user));
    }

    [Fact]
    [Fault("U-07")]
    public async Task A_payout_that_times_out_keeps_the_money_debited_until_it_is_found()
    {
        LoadUser user = await world.CreateUserAsync("50.00");
        await world.HideAsync("payouts.list");
        await world.Sandbox.FaultAsync("payouts.create", "timeout_after_effect");
        string key = world.NewKey();
        HttpAnswer answer = await world.WithdrawAsync(user, "40.00", key);
        Assert.Equal((202, "outcome_unknown", "pending"), (answer.Status, answer.Code, answer.MovementStatus));
        await world.StaysAsync(answer.Id, "unknown", "not_found_for");
        Assert.Equal(1_000, await world.BalanceAsync(user));
        Assert.Equal((409, "insufficient_funds"), await RefusalAsync(world.WithdrawAsync(user, "10.01")));
        Assert.Equal((202, true), await ReplayAsync(world.WithdrawAsync(user, "40.00", key)));

        await world.Sandbox.ClearFaultsAsync();
        await world.StateAsync(answer.Id, "in_transit");
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.StateAsync(answer.Id, "succeeded");
        Assert.Equal(1_000, await world.BalanceAsync(user));
        Assert.Equal("paid", Assert.Single(await world.PayoutsAsync(user)).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("error_500")]
    [InlineData("connection_reset")]
    [InlineData("malformed_body")]
    [Fault("U-08")]
    public async Task A_payout_whose_status_cannot_be_read_stays_in_flight(string fault)
    {
        LoadUser user = await world.CreateUserAsync("50.00");
        HttpAnswer answer = await world.WithdrawAsync(user, "20.00");
        Assert.Equal((201, "in_transit"), (answer.Status, answer.MovementStatus));
        await world.Sandbox.FaultAsync("payouts.get", fault, count: 1_000);
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.StaysAsync(answer.Id, "in_transit", fault);
        JsonElement seen = await world.Server.GetAsync($"/wallets/withdrawals/{answer.Id}", user.Token);
        Assert.Equal("in_transit", seen.GetProperty("status").GetString());
        Assert.Equal(3_000, await world.BalanceAsync(user));
        await world.Sandbox.ClearFaultsAsync();

        await world.StateAsync(answer.Id, "succeeded");
        Assert.Equal("debited submitting in_transit succeeded", await world.PathAsync(answer.Id));
        Assert.Equal(3_000, await world.BalanceAsync(user));
        Assert.Single(await world.PayoutsAsync(user));
    }

    [Theory]
    [InlineData("1000000.00", "USD")]
    [InlineData("99999999999999.99", "USD")]
    [InlineData("100000000", "JPY")]
    [InlineData("1.234", "KWD")]
    [Fault("U-12")]
    public async Task What_the_provider_cannot_take_fails_at_once_without_a_request(string amount, string currency)
    {
        LoadUser user = await world.CreateUserAsync();
        JsonElement before = await world.Sandbox.TotalsAsync();
        await world.Sandbox.FaultAsync("payment_intents.create", "error_500", count: 100);
        string key = world.NewKey();
        HttpAnswer answer = await world.DepositAsync(user, amount, key, currency: currency);
        Assert.Equal((201, "failed", amount), (answer.Status, answer.MovementStatus, answer.Movement.GetProperty("amount").GetString()));
        Assert.StartsWith("local:", answer.Movement.GetProperty("failure").GetProperty("code").GetString(), StringComparison.Ordinal);
        Assert.Equal("failed", await world.StateAsync(answer.Id));
        Assert.Equal((201, true), await ReplayAsync(world.DepositAsync(user, amount, key, currency: currency)));

        Assert.Equal(0, await world.StruckAsync("error_500"));
        await world.Sandbox.ClearFaultsAsync();
        Assert.Equal(
            before.GetProperty("created").GetProperty("payment_intent").GetInt64(),
            (await world.Sandbox.TotalsAsync()).GetProperty("created").GetProperty("payment_intent").GetInt64());
        Assert.Equal(0, await world.PostingsAsync(user));
    }

    [Theory]
    [InlineData("malformed_body")]
    [InlineData("empty_body")]
    [Fault("U-14")]
    public async Task An_answer_that_cannot_be_read_is_unknown_and_its_body_is_kept(string fault)
    {
        LoadUser user = await world.CreateUserAsync();
        await world.HideAsync("payment_intents.list");
        await world.Sandbox.FaultAsync("payment_intents.create", fault);
        HttpAnswer answer = await world.DepositAsync(user, "17.00");
        Assert.Equal((202, "outcome_unknown"), (answer.Status, answer.Code));
        string evidence = await world.Database.QueryAsync<string>(
            $"select evidence::text from flows.history where flow_id = '{answer.Id}' and to_state = 'unknown'");
        Assert.Equal(fault == "malformed_body", evidence.Contains("payment_intent", StringComparison.Ordinal));

        await world.Sandbox.ClearFaultsAsync();
        await world.StateAsync(answer.Id, "succeeded");
        Assert.Equal(1_700, await world.BalanceAsync(user));
        Assert.Single(await world.PaymentsAsync(user));
    }

    [Fact]
    [Fault("W-11")]
    public async Task Another_amount_than_was_ordered_goes_to_suspense_and_never_to_the_user()
    {
        LoadUser user = await world.CreateUserAsync();
        decimal suspended = await SuspenseAsync();
        await world.Sandbox.FaultAsync("payment_intents.create", "amount_mismatch", more: new JsonObject { ["amount_delta"] = 5_000 });
        HttpAnswer answer = await world.DepositAsync(user, "10.00");
        Assert.Equal("pending", answer.MovementStatus);
        Assert.True(answer.Movement.GetProperty("under_review").GetBoolean());
        Assert.Equal("mismatch", await world.StateAsync(answer.Id));
        Assert.Equal(0, await world.BalanceAsync(user));
        Assert.Equal(suspended + 6_000, await SuspenseAsync());
        Assert.Equal(6_000, Assert.Single(await world.PaymentsAsync(user)).GetProperty("amount_received").GetInt64());
        Assert.Equal((409, "insufficient_funds"), await RefusalAsync(world.WithdrawAsync(user, "0.01")));
    }

    private static async Task<(int Status, string? Code)> RefusalAsync(Task<HttpAnswer> answering)
    {
        HttpAnswer answer = await answering;
        return (answer.Status, answer.Code);
    }

    private static async Task<(int Status, bool IsReplayed)> ReplayAsync(Task<HttpAnswer> answering)
    {
        HttpAnswer answer = await answering;
        return (answer.Status, answer.IsReplayed);
    }

    private Task<decimal> SuspenseAsync() => world.Database.QueryAsync<decimal>(
        "select coalesce(sum(credits_posted - debits_posted), 0) from ledger.balances where address = 'suspense:stripe' and asset = 'USD'");
}
