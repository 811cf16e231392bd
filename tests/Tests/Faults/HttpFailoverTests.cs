using System.Text.Json.Nodes;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>Payments with a second acquirer, whose first one's answer is lost (fault U-01): nothing goes to the second until it is known that nothing will come of the first.</summary>
public sealed class HttpFailoverTests(HttpPollingWorld world) : IClassFixture<HttpPollingWorld>
{
    private const string PayPal = "paypal:sandbox_ok";
    private const string Stripe = "pm_card_visa";

    /// <summary>The connector's own attempts, and those of two looks.</summary>
    private const int Attempts = 12;

    [Theory]
    [InlineData("malformed_body", "automatic")]
    [InlineData("connection_reset", "manual")]
    [InlineData("connection_reset_before_effect", "automatic")]
    [Fault("U-01")]
    public async Task An_answer_of_PayPal_that_is_lost_never_leads_to_Stripe(string fault, string capture)
    {
        HttpMerchant merchant = await PayPalCalm.MerchantAsync(world);
        await world.Sandbox.PayPalFaultAsync("orders.create", fault, count: 1_000);
        HttpAnswer answer = await PayAsync(merchant, "31.00", PayPal, Stripe, capture, "order-1");
        Assert.Equal((202, "outcome_unknown", "unknown"), (answer.Status, answer.Code, answer.MovementStatus));
        Assert.Equal((409, "obligation_taken"), Refusal(await merchant.PayAsync("31.00", source: Stripe, obligation: "order-1")));
        await Eventually.GetAsync(() => world.StruckAsync(fault), struck => struck >= Math.Min(Attempts, fault == "malformed_body" ? 2 : Attempts), "looks");
        Assert.Equal(("unknown", "paypal"), (await world.StateAsync(answer.Id), await ProviderAsync(answer.Id)));
        Assert.Empty(await merchant.PaymentsAsync());

        await world.Sandbox.ClearFaultsAsync();
        string end = capture == "manual" ? "authorized" : "captured";
        await merchant.StatusAsync(answer.Id, end);
        Assert.Equal($"created submitting unknown {end}", await world.PathAsync(answer.Id));
        Assert.Single(await PayPalBooks.OrdersAsync(world, answer.Id));
        if (capture == "manual")
        {
            // A void ends it; the second acquirer is not asked then either.
            Assert.Equal("voided", (await merchant.VoidAsync(answer.Id)).MovementStatus);
        }

        Assert.Empty(await merchant.PaymentsAsync());
        await PayPalBooks.JudgeAsync(world, merchant);
    }

    [Fact]
    public async Task A_decline_that_clears_up_a_lost_answer_ends_the_payment_and_leads_nowhere()
    {
        HttpMerchant merchant = await PayPalCalm.MerchantAsync(world);
        await world.Sandbox.PayPalFaultAsync("orders.create", "connection_reset_before_effect", count: 4);
        HttpAnswer answer = await PayAsync(merchant, "32.00", "paypal:sandbox_decline_INSTRUMENT_DECLINED", Stripe, "automatic", "order-2");
        await merchant.StatusAsync(answer.Id, "failed");
        Assert.Equal("created submitting unknown failed", await world.PathAsync(answer.Id));
        Assert.Empty(await merchant.PaymentsAsync());

        // Now that it is certain, the order can be paid otherwise.
        Assert.Equal("captured", (await merchant.PayAsync("32.00", source: Stripe, obligation: "order-2")).MovementStatus);
        await merchant.JudgeAsync();
    }

    [Theory]
    [InlineData("timeout_after_effect", 1)]
    [InlineData("timeout_before_effect", 0)]
    [Fault("U-01")]
    public async Task An_answer_of_Stripe_that_is_lost_never_leads_to_PayPal(string fault, int charges)
    {
        HttpMerchant merchant = await PayPalCalm.MerchantAsync(world);
        await world.HideAsync("payment_intents.list");
        await world.Sandbox.FaultAsync("payment_intents.create", fault, count: 100);
        HttpAnswer answer = await PayAsync(merchant, "33.00", Stripe, PayPal, "automatic", "order-3");
        Assert.Equal((202, "outcome_unknown", "unknown"), (answer.Status, answer.Code, answer.MovementStatus));
        await world.StaysAsync(answer.Id, "unknown", "not_found_for");
        Assert.Equal((409, "obligation_taken"), Refusal(await merchant.PayAsync("33.00", source: PayPal, obligation: "order-3")));
        Assert.Equal("stripe", await ProviderAsync(answer.Id));
        Assert.Empty(await PayPalBooks.OrdersAsync(world, answer.Id));
        Assert.Equal(1, await world.StruckAsync(fault));
        await world.Sandbox.ClearFaultsAsync();
        if (charges == 1)
        {
            await merchant.StatusAsync(answer.Id, "captured");
            await merchant.JudgeAsync();
        }

        Assert.Equal(charges, (await merchant.PaymentsAsync()).Count);
        Assert.Empty(await PayPalBooks.OrdersAsync(world, answer.Id));
    }

    [Fact]
    public async Task A_server_that_dies_while_PayPal_is_asked_asks_PayPal_again_and_nobody_else()
    {
        HttpMerchant merchant = await PayPalCalm.MerchantAsync(world);
        string key = world.NewKey();
        await world.Sandbox.PayPalFaultAsync("orders.create", "slow", more: new JsonObject { ["delay_ms"] = 2_000 });
        Task<HttpAnswer> cut = PayAsync(merchant, "34.00", PayPal, Stripe, "automatic", "order-4", key);
        await world.Sandbox.WhenFaultStruckAsync("slow");
        await world.Server.KillAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => cut);
        await world.Server.StartAgainAsync();

        // Until the dead server's lease is over, the first request counts as still running.
        HttpAnswer again = await Eventually.GetAsync(
            () => PayAsync(merchant, "34.00", PayPal, Stripe, "automatic", "order-4", key), answer => answer.Code != "idempotency_key_in_progress", "an answer");
        await merchant.StatusAsync(again.Id, "captured");
        Assert.Equal("paypal", await ProviderAsync(again.Id));
        Assert.Single(await PayPalBooks.CapturesAsync(world, again.Id));
        Assert.Empty(await merchant.PaymentsAsync());
        await PayPalBooks.JudgeAsync(world, merchant);
    }

    private static Task<HttpAnswer> PayAsync(
        HttpMerchant merchant, string amount, string source, string fallback, string capture, string obligation, string? key = null) =>
        merchant.SendAsync("/payments", new { amount, currency = "USD", payment_source = source, fallback_payment_source = fallback, capture, obligation }, key);

    private Task<string> ProviderAsync(string payment) => world.Database.QueryAsync<string>($"select data->>'provider' from flows.flow where id = '{payment}'");

    private static (int Status, string? Code) Refusal(HttpAnswer answer) => (answer.Status, answer.Code);
}
