using System.Text.Json;
using Florin.Sandbox.Stripe;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Sandbox;

/// <summary>Every answer and every event has the shape that Stripe's own document gives.</summary>
public sealed class StripeShapes(SandboxFixture fixture) : IClassFixture<SandboxFixture>
{
    private readonly StripeCaller stripe = new(fixture.Sandbox);

    /// <summary>Parameters that Stripe has added since the document was made, for requests of every version.</summary>
    private static readonly string[] Newer = ["final_capture"];

    private SandboxProcess Sandbox => fixture.Sandbox;

    [Fact]
    public void Every_operation_and_parameter_is_one_that_Stripe_has()
    {
        List<string> problems = [];
        foreach (var route in StripeRoutes.All)
        {
            if (StripeSpecification.Instance.ParametersOf(route.Method, route.Template) is not { } known)
            {
                problems.Add($"{route.Method} {route.Template}");
                continue;
            }

            problems.AddRange(route.Parameters.Select(name => name.Split('.')[0]).Distinct().Where(name => !known.Contains(name) && !Newer.Contains(name))
                .Select(name => $"{route.Operation}: {name}"));
        }

        Assert.Empty(problems);
    }

    [Fact]
    public async Task Answers_of_every_operation_have_the_documented_shape()
    {
        var (customer, card) = await stripe.CustomerWithAsync("pm_card_visa");
        AssertShape("customer", await stripe.GetAsync($"/v1/customers/{customer}"));
        AssertShape("customer", await stripe.PostAsync($"/v1/customers/{customer}", ("name", "A"), ("metadata[k]", "v")));
        AssertShape("payment_method", await stripe.GetAsync($"/v1/payment_methods/{card}"));
        AssertShape("payment_method", await stripe.PostAsync("/v1/payment_methods", ("type", "us_bank_account"),
            ("us_bank_account[account_number]", "000123456789"), ("us_bank_account[routing_number]", "110000000")));
        AssertShape("bank_account", await stripe.PostAsync("/v1/accounts/acct_1/external_accounts", ("external_account", "btok_000123456789")));
        AssertShape("bank_account", await stripe.PostAsync($"/v1/customers/{customer}/sources", ("source", "btok_000111111116")));
        AssertShape("balance", await stripe.GetAsync("/v1/balance"));
        AssertShape("webhook_endpoint", await stripe.PostAsync("/v1/webhook_endpoints", ("url", "http://127.0.0.1:9/"), ("enabled_events[]", "customer.created")));
        AssertShape("setup_intent", await stripe.PostAsync("/v1/setup_intents", ("customer", customer), ("payment_method", card), ("confirm", "true")));
        AssertShape("deleted_customer", await stripe.DeleteAsync($"/v1/customers/{(await stripe.PostAsync("/v1/customers")).Id}"));
    }

    [Fact]
    public async Task Payments_refunds_and_payouts_have_the_documented_shape_at_every_stage()
    {
        var held = await stripe.ChargeAsync("pm_card_visa", 5000, null, ("capture_method", "manual"));
        AssertShape("payment_intent", held);
        AssertShape("payment_intent", await stripe.PostAsync($"/v1/payment_intents/{held.Id}/capture", ("amount_to_capture", "4000")));
        AssertShape("refund", await stripe.PostAsync("/v1/refunds", ("payment_intent", held.Id), ("amount", "100")));
        AssertShape("error", await stripe.ChargeAsync("pm_card_chargeCustomerFail"));
        AssertShape("payment_intent", await stripe.ChargeAsync("pm_card_threeDSecure2Required", 5000, null, ("return_url", "https://example.com/")));
        AssertShape("payment_intent", await stripe.ChargeAsync("pm_usBankAccount_failMicrodeposits"));
        AssertShape("payment_intent", await stripe.ChargeAsync("pm_usBankAccount_dispute"));
        AssertShape("payment_intent", await stripe.ChargeAsync("pm_card_createDispute"));
        AssertShape("payment_intent", await stripe.ChargeAsync("pm_usBankAccount_noAccount"));
        AssertShape("payout", await stripe.PayOutAsync("ba_000111111116"));
        var canceled = await stripe.PayOutAsync("ba_000123456789");
        AssertShape("payout", await stripe.PostAsync($"/v1/payouts/{canceled.Id}/cancel"));
        await Sandbox.AdvanceAsync(TimeSpan.FromDays(3));

        foreach (var type in (string[])
            ["payment_intent", "charge", "refund", "payout", "balance_transaction", "dispute", "event", "payment_method", "customer", "webhook_endpoint"])
        {
            foreach (var stored in await Sandbox.ObjectsAsync(type))
            {
                AssertShape(stored.TryGetProperty("deleted", out _) ? "deleted_customer" : type, stored);
            }
        }
    }

    [Fact]
    public async Task Events_carry_a_snapshot_that_has_the_shape_of_its_object()
    {
        await stripe.ChargeAsync("pm_card_visa");
        var declined = await stripe.ChargeAsync("pm_card_chargeCustomerFail");
        Assert.Equal(402, (int)declined.Status);
        var events = (await stripe.GetAsync("/v1/events?limit=100")).Body.GetProperty("data");
        Assert.NotEqual(0, events.GetArrayLength());
        foreach (var told in events.EnumerateArray())
        {
            AssertShape("event", told);
            var about = told.GetProperty("data").GetProperty("object");
            AssertShape(about.GetProperty("object").GetString()!, about);
        }
    }

    [Theory]
    [InlineData("/v1/customers/cus_none")]
    [InlineData("/v1/payment_intents/pi_none")]
    [InlineData("/v1/payouts/po_none")]
    [InlineData("/v1/nothing/here")]
    [InlineData("/v1/customers?limit=1000")]
    [InlineData("/v1/customers?wrong=1")]
    [InlineData("/v1/customers?created[gte]=soon")]
    public async Task Errors_have_the_documented_shape(string path)
    {
        var reply = await stripe.GetAsync(path);
        Assert.InRange((int)reply.Status, 400, 404);
        AssertShape("error", reply);
    }

    private static void AssertShape(string component, StripeReply reply) => AssertShape(component, reply.Body);

    private static void AssertShape(string component, JsonElement value) =>
        Assert.True(StripeSpecification.Instance.Check(component, value) is { Count: 0 } problems, Describe(component, value));

    private static string Describe(string component, JsonElement value) =>
        string.Join("; ", StripeSpecification.Instance.Check(component, value)) + " in " + value.GetRawText();
}
