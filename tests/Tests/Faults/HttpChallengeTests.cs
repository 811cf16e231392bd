using System.Text.Json;
using System.Text.Json.Nodes;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>A payer has a few seconds to act, and what the provider does not know after a few seconds it never got.</summary>
public sealed class HttpChallengeWorld() : HttpWorld(settleSeconds: 6, pollSeconds: 1, pullSeconds: Never, sendsWebhooks: true)
{
    protected override IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string> { ["FLORIN__PAYMENTS__ACTION_SECONDS"] = "6" };
}

/// <summary>Payments that the payer has to act for at the bank (3-D Secure), over HTTP, with the provider's own record and SQL as judges.</summary>
public sealed class HttpChallengeTests(HttpChallengeWorld world) : IClassFixture<HttpChallengeWorld>
{
    private const string Card = "pm_card_authenticationRequired";
    private const string Back = "https://shop.example/back";

    [Theory]
    [InlineData("automatic", "captured")]
    [InlineData("manual", "authorized")]
    public async Task A_payer_who_acts_in_time_has_paid(string capture, string status)
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        string key = world.NewKey();
        HttpAnswer asked = await PayAsync(merchant, "40.00", key, capture);
        Assert.Equal((201, "requires_action", false), (asked.Status, asked.MovementStatus, asked.Movement.GetProperty("outcome_unknown").GetBoolean()));
        JsonElement action = asked.Movement.GetProperty("next_action");
        JsonElement intent = await IntentAsync(asked.Id);
        Assert.Equal(intent.GetProperty("next_action").GetProperty("redirect_to_url").GetProperty("url").GetString(), action.GetProperty("url").GetString());
        Assert.True(action.GetProperty("expires_at").GetDateTimeOffset() > asked.Movement.GetProperty("created_at").GetDateTimeOffset());
        Assert.Equal(0, await merchant.AvailableAsync());

        HttpAnswer again = await PayAsync(merchant, "40.00", key, capture);
        Assert.Equal((asked.Id, true), (again.Id, again.IsReplayed));
        await ActAsync(intent, "succeed");
        await merchant.StatusAsync(asked.Id, status);
        Assert.Equal($"created submitting requires_action {status}", await world.PathAsync(asked.Id));
        Assert.False((await merchant.GetAsync($"/payments/{asked.Id}")).TryGetProperty("next_action", out _));
        Assert.Single(await merchant.PaymentsAsync());
        if (capture == "manual")
        {
            Assert.Equal("captured", (await merchant.CaptureAsync(asked.Id)).MovementStatus);
        }

        Assert.Equal(40_00 - 116 - 30, await merchant.AvailableAsync());
        await merchant.JudgeAsync();
    }

    [Theory]
    [InlineData(Card, "fail", "payment_intent_authentication_failure")]
    [InlineData("pm_card_threeDSecureRequiredChargeDeclined", "succeed", "generic_decline")]
    public async Task A_payer_who_fails_or_is_declined_all_the_same_has_paid_nothing(string card, string outcome, string code)
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer asked = await PayAsync(merchant, "41.00", source: card, obligation: "order-1");
        await ActAsync(await IntentAsync(asked.Id), outcome);
        await merchant.StatusAsync(asked.Id, "failed");
        Assert.Equal(code, (await merchant.GetAsync($"/payments/{asked.Id}")).GetProperty("failure_code").GetString());
        Assert.Equal(0, await merchant.AvailableAsync());
        Assert.Equal("captured", (await merchant.PayAsync("41.00", obligation: "order-1")).MovementStatus);
        await merchant.JudgeAsync();
    }

    [Fact]
    [Fault("U-13")]
    public async Task A_challenge_that_is_abandoned_expires_at_its_time_and_cannot_be_completed_any_more()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer asked = await PayAsync(merchant, "42.00", obligation: "order-2");
        Assert.Equal((409, "obligation_taken"), Refusal(await merchant.PayAsync("42.00", obligation: "order-2")));
        DateTimeOffset until = asked.Movement.GetProperty("next_action").GetProperty("expires_at").GetDateTimeOffset();
        await merchant.StatusAsync(asked.Id, "failed");
        Assert.Equal("action_expired", (await merchant.GetAsync($"/payments/{asked.Id}")).GetProperty("failure_code").GetString());
        Assert.Equal("created submitting requires_action expiring failed", await world.PathAsync(asked.Id));
        Assert.True(await world.Database.QueryAsync<bool>(
            $"select at >= '{until:O}' from flows.history where flow_id = '{asked.Id}' and to_state = 'expiring'"));

        // The provider has cancelled it: a payer who comes now is told that there is nothing to do.
        JsonElement intent = await IntentAsync(asked.Id);
        Assert.Equal("canceled", intent.GetProperty("status").GetString());
        Assert.Equal(404, await TryActAsync(intent, "succeed"));
        Assert.Equal("captured", (await merchant.PayAsync("42.00", obligation: "order-2")).MovementStatus);
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task A_payer_who_acts_after_the_time_and_before_the_cancellation_has_paid()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        await world.Sandbox.FaultAsync("payment_intents.cancel", "error_503", count: 1_000);
        HttpAnswer asked = await PayAsync(merchant, "43.00");
        await world.StateAsync(asked.Id, "expiring");
        JsonElement read = await merchant.GetAsync($"/payments/{asked.Id}");
        Assert.Equal(("requires_action", false, true), (
            read.GetProperty("status").GetString(), read.TryGetProperty("next_action", out _), read.GetProperty("outcome_unknown").GetBoolean()));

        // It is asked again and again, and it never fails because time has passed.
        await Eventually.GetAsync(() => world.StruckAsync("error_503"), struck => struck >= 3, "requests to cancel");
        Assert.Equal("expiring", await world.StateAsync(asked.Id));
        await ActAsync(await IntentAsync(asked.Id), "succeed");
        await merchant.StatusAsync(asked.Id, "captured");
        Assert.Equal(43_00 - 125 - 30, await merchant.AvailableAsync());
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task A_cancellation_whose_answer_is_lost_is_read_at_the_provider()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        await world.Sandbox.FaultAsync("payment_intents.cancel", "malformed_body");
        HttpAnswer asked = await PayAsync(merchant, "44.00");
        await merchant.StatusAsync(asked.Id, "failed");
        Assert.Equal("created submitting requires_action expiring failed", await world.PathAsync(asked.Id));
        Assert.Equal("action_expired", (await merchant.GetAsync($"/payments/{asked.Id}")).GetProperty("failure_code").GetString());
        Assert.Equal("canceled", (await IntentAsync(asked.Id)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_success_after_we_said_failed_is_honoured()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer lost = await LostAsync(merchant, "45.00", obligation: null);
        await ActAsync(await IntentAsync(lost.Id), "succeed");
        await merchant.StatusAsync(lost.Id, "captured");
        Assert.Equal("created submitting unknown failed captured", await world.PathAsync(lost.Id));
        Assert.Equal(45_00 - 130 - 30, await merchant.AvailableAsync());
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task A_success_after_we_said_failed_is_returned_when_the_order_was_paid_otherwise()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer lost = await LostAsync(merchant, "46.00", obligation: "order-3");
        Assert.Equal("captured", (await merchant.PayAsync("46.00", obligation: "order-3")).MovementStatus);
        await ActAsync(await IntentAsync(lost.Id), "succeed");
        await world.StateAsync(lost.Id, "returned");
        Assert.Equal("refunded", await merchant.StatusAsync(lost.Id));
        JsonElement refund = Assert.Single(
            await world.Sandbox.ObjectsAsync("refund"), one => one.GetProperty("metadata").TryGetProperty("florin_reference", out JsonElement of) && of.GetString() == lost.Id);
        Assert.Equal(46_00, refund.GetProperty("amount").GetInt64());
        Assert.Equal(46_00 - 133 - 30, await merchant.AvailableAsync());
    }

    [Fact]
    public async Task Nobody_who_can_act_is_a_decline_and_a_bad_address_is_refused()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer declined = await merchant.PayAsync("47.00", source: Card);
        Assert.Equal((201, "failed", "authentication_required"), (
            declined.Status, declined.MovementStatus, declined.Movement.GetProperty("failure_code").GetString()));
        foreach (string address in (string[])["http://shop.example/back", "/back", "javascript:alert(1)", "https://user:secret@shop.example/", "ftp://shop.example/"])
        {
            HttpAnswer refused = await PayAsync(merchant, "47.00", returnUrl: address);
            Assert.Equal((422, "validation_failed"), Refusal(refused));
            Assert.True(refused.Body.GetProperty("errors").TryGetProperty("return_url", out _));
        }

        string key = world.NewKey();
        HttpAnswer asked = await PayAsync(merchant, "47.00", key);
        Assert.Equal((422, "idempotency_key_mismatch"), Refusal(await PayAsync(merchant, "47.00", key, returnUrl: Back + "/2")));
        Assert.Equal((409, "invalid_transition"), Refusal(await merchant.CaptureAsync(asked.Id)));

        // A card that needs nobody pays at once, with and without an address.
        HttpAnswer paid = await PayAsync(merchant, "48.00", source: "pm_card_visa");
        Assert.Equal((201, "captured"), (paid.Status, paid.MovementStatus));
    }

    /// <summary>A payment whose answer was lost and that the provider's list did not show in time: we said failed, and the payer can act still.</summary>
    private async Task<HttpAnswer> LostAsync(HttpMerchant merchant, string amount, string? obligation)
    {
        await world.HideAsync("payment_intents.list");
        await world.Sandbox.FaultAsync("webhook", "drop_webhook", count: 1_000);
        await world.Sandbox.FaultAsync("payment_intents.create", "malformed_body");
        HttpAnswer lost = await PayAsync(merchant, amount, obligation: obligation);
        Assert.Equal((202, "outcome_unknown"), Refusal(lost));
        await merchant.StatusAsync(lost.Id, "failed");
        await world.Sandbox.ClearFaultsAsync();
        return lost;
    }

    private Task<HttpAnswer> PayAsync(
        HttpMerchant merchant, string amount, string? key = null, string capture = "automatic", string source = Card, string? obligation = null, string returnUrl = Back) =>
        merchant.SendAsync("/payments", new { amount, currency = "USD", payment_source = source, capture, obligation, return_url = returnUrl }, key);

    private async Task<JsonElement> IntentAsync(string payment) => (await world.Sandbox.ObjectsAsync("payment_intent")).Single(
        intent => intent.GetProperty("metadata").TryGetProperty("florin_reference", out JsonElement of) && of.GetString() == payment);

    /// <summary>The payer does what the bank asks.</summary>
    private Task ActAsync(JsonElement intent, string outcome) => world.Sandbox.ChangeAsync(
        $"payment_intents/{intent.GetProperty("id").GetString()}/authenticate", new JsonObject { ["outcome"] = outcome });

    private async Task<int> TryActAsync(JsonElement intent, string outcome)
    {
        Uri path = new($"/_sandbox/stripe/payment_intents/{intent.GetProperty("id").GetString()}/authenticate", UriKind.Relative);
        using StringContent body = new(new JsonObject { ["outcome"] = outcome }.ToJsonString(), System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await world.Sandbox.Http.PostAsync(path, body);
        return (int)answer.StatusCode;
    }

    private static (int Status, string? Code) Refusal(HttpAnswer answer) => (answer.Status, answer.Code);
}
