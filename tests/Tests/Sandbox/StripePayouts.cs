using System.Net;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Sandbox;

/// <summary>Payouts by destination, and the balance that they come from.</summary>
public sealed class StripePayouts(SandboxFixture fixture) : IClassFixture<SandboxFixture>
{
    private readonly StripeCaller stripe = new(fixture.Sandbox);

    private SandboxProcess Sandbox => fixture.Sandbox;

    [Theory]
    [InlineData("000123456789", "paid", null)]
    [InlineData("000111111116", "failed", "no_account")]
    [InlineData("000111111113", "failed", "account_closed")]
    [InlineData("000222222227", "failed", "insufficient_funds")]
    [InlineData("000333333335", "failed", "debit_not_authorized")]
    [InlineData("000444444440", "failed", "invalid_currency")]
    [InlineData("000888888883", "paid", null)]
    [InlineData("000999999991", "failed", "account_closed")]
    [InlineData("000999999992", "pending", null)]
    [InlineData("000999999993", "in_transit", null)]
    public async Task Payouts_end_as_the_account_says(string number, string status, string? code)
    {
        var customer = (await stripe.PostAsync("/v1/customers")).Id;
        var made = await stripe.PostAsync(
            "/v1/payment_methods", ("type", "us_bank_account"), ("us_bank_account[account_number]", number),
            ("us_bank_account[routing_number]", "110000000"), ("us_bank_account[account_holder_type]", "individual"));
        await stripe.PostAsync($"/v1/payment_methods/{made.Id}/attach", ("customer", customer));
        var source = await stripe.PostAsync($"/v1/customers/{customer}/sources", ("source", $"btok_{number}"));
        foreach (var destination in (string[])[made.Id, source.Id, $"ba_{number}"])
        {
            var payout = await stripe.PayOutAsync(destination);
            Assert.Equal("pending", payout.Member("status"));
            await Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
            var ended = await stripe.GetAsync($"/v1/payouts/{payout.Id}");
            Assert.Equal(status, ended.Member("status"));
            Assert.Equal(code, ended.Member("failure_code"));
        }
    }

    [Fact]
    public async Task A_payout_passes_through_every_state_in_order_and_may_come_back_after_it_was_paid()
    {
        var payout = await stripe.PayOutAsync("ba_000999999991");
        List<string?> states = [payout.Member("status")];
        for (var step = 0; step < 4; step++)
        {
            await Sandbox.AdvanceAsync(TimeSpan.FromSeconds(2));
            states.Add((await stripe.GetAsync($"/v1/payouts/{payout.Id}")).Member("status"));
        }

        Assert.Equal(["pending", "in_transit", "paid", "paid", "failed"], states);
        var types = (await stripe.GetAsync("/v1/events?limit=100&type=payout.*")).Body.GetProperty("data").EnumerateArray()
            .Where(told => told.GetProperty("data").GetProperty("object").GetProperty("id").GetString() == payout.Id)
            .Select(told => told.GetProperty("type").GetString());
        Assert.Equal(["payout.failed", "payout.paid", "payout.updated", "payout.created"], types);
    }

    [Fact]
    public async Task A_failed_payout_is_in_the_balance_again()
    {
        var before = await AvailableAsync();
        await stripe.PayOutAsync("ba_000111111116", 12_345);
        Assert.Equal(before - 12_345, await AvailableAsync());
        await Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(before, await AvailableAsync());
    }

    [Fact]
    public async Task A_charge_is_available_after_two_days_less_its_fee()
    {
        var before = await AvailableAsync();
        await stripe.ChargeAsync("pm_card_visa", 10_000);
        Assert.Equal(before, await AvailableAsync());
        await Sandbox.AdvanceAsync(TimeSpan.FromDays(3));
        Assert.Equal(before + 10_000 - 320, await AvailableAsync());
        await stripe.ChargeAsync("pm_card_bypassPending", 10_000);
        Assert.Equal(before + 20_000 - 640, await AvailableAsync());
    }

    [Fact]
    public async Task Only_a_pending_payout_can_be_canceled()
    {
        var payout = await stripe.PayOutAsync("ba_000123456789");
        Assert.Equal("canceled", (await stripe.PostAsync($"/v1/payouts/{payout.Id}/cancel")).Member("status"));
        await Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal("canceled", (await stripe.GetAsync($"/v1/payouts/{payout.Id}")).Member("status"));
        var paid = await stripe.PayOutAsync("ba_000123456789");
        await Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.BadRequest, (await stripe.PostAsync($"/v1/payouts/{paid.Id}/cancel")).Status);
    }

    [Fact]
    public async Task A_payout_over_the_available_balance_is_refused()
    {
        await using var poor = await SandboxProcess.StartAsync("--opening-balance", "500");
        var reply = await new StripeCaller(poor).PayOutAsync("ba_000123456789", 501);
        Assert.Equal("balance_insufficient", reply.Error("code"));
        Assert.Equal(HttpStatusCode.OK, (await new StripeCaller(poor).PayOutAsync("ba_000123456789", 500)).Status);
    }

    [Fact]
    public async Task A_payment_method_that_is_attached_to_nobody_cannot_be_paid()
    {
        var made = await stripe.PostAsync(
            "/v1/payment_methods", ("type", "us_bank_account"), ("us_bank_account[account_number]", "000123456789"),
            ("us_bank_account[routing_number]", "110000000"));
        Assert.Equal(HttpStatusCode.BadRequest, (await stripe.PayOutAsync(made.Id)).Status);
        Assert.Equal("resource_missing", (await stripe.PayOutAsync("ba_nobody")).Error("code"));
    }

    private async Task<long> AvailableAsync() =>
        (await stripe.GetAsync("/v1/balance")).Body.GetProperty("available").EnumerateArray()
            .Single(amount => amount.GetProperty("currency").GetString() == "usd").GetProperty("amount").GetInt64();
}
