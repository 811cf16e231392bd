using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>Payments that are voided while their payer is asked for something (3-D Secure), and cancellations that Stripe does not confirm.</summary>
public sealed class HttpChallengeVoidTests(HttpChallengeWorld world) : IClassFixture<HttpChallengeWorld>
{
    private const string Card = "pm_card_authenticationRequired";
    private const string Back = "https://shop.example/back";

    [Theory]
    [InlineData("automatic")]
    [InlineData("manual")]
    public async Task A_challenge_that_is_voided_is_cancelled_and_cannot_be_completed_any_more(string capture)
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer asked = await PayAsync(merchant, "70.00", capture, obligation: $"order-{capture}");
        string key = world.NewKey();
        HttpAnswer voided = await merchant.VoidAsync(asked.Id, key);
        Assert.Equal((200, "voided"), (voided.Status, voided.MovementStatus));
        Assert.Equal("created submitting requires_action canceling voided", await world.PathAsync(asked.Id));
        HttpAnswer again = await merchant.VoidAsync(asked.Id, key);
        Assert.Equal((200, "voided", true), (again.Status, again.MovementStatus, again.IsReplayed));
        JsonElement intent = await IntentAsync(asked.Id);
        Assert.Equal("canceled", intent.GetProperty("status").GetString());
        Assert.Equal(404, await TryActAsync(intent));
        Assert.Equal("captured", (await merchant.PayAsync("70.00", obligation: $"order-{capture}")).MovementStatus);
        await merchant.JudgeAsync();
    }

    [Theory]
    [InlineData("automatic", "captured", 409)]
    [InlineData("manual", "voided", 200)]
    public async Task A_payer_who_acts_while_the_void_is_under_way_has_paid_or_is_released(string capture, string end, int status)
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer asked = await PayAsync(merchant, "71.00", capture);
        await world.Sandbox.FaultAsync("payment_intents.cancel", "slow", more: new JsonObject { ["delay_ms"] = 1_500 });
        Task<HttpAnswer> voiding = merchant.VoidAsync(asked.Id);
        await world.Sandbox.WhenFaultStruckAsync("slow");
        Assert.Equal(200, await TryActAsync(await IntentAsync(asked.Id)));
        HttpAnswer voided = await voiding;
        Assert.Equal(status, voided.Status);
        Assert.Equal(end, await merchant.StatusAsync(asked.Id));
        JsonElement intent = await IntentAsync(asked.Id);
        Assert.Equal(end == "captured" ? ("succeeded", 71_00L) : ("canceled", 0L), (intent.GetProperty("status").GetString(), intent.GetProperty("amount_received").GetInt64()));
        Assert.Equal(end == "captured" ? 71_00 - 206 - 30 : 0, await merchant.AvailableAsync());
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task A_void_that_Stripe_does_not_take_is_asked_for_again_and_listed_when_it_is_overdue()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer asked = await PayAsync(merchant, "72.00");
        await world.Sandbox.FaultAsync("payment_intents.cancel", "error_503", count: 1_000);
        Task<HttpAnswer> voiding = merchant.VoidAsync(asked.Id);
        await world.StateAsync(asked.Id, "canceling");
        JsonElement entry = await OverdueAsync(asked.Id);
        Assert.InRange(entry.GetProperty("age_seconds").GetInt64(), HttpWorld.UnknownMaxSeconds, HttpWorld.Never);
        HttpAnswer voided = await voiding;
        Assert.Equal((202, "requires_action"), (voided.Status, voided.MovementStatus));
        await world.Sandbox.ClearFaultsAsync();
        await merchant.StatusAsync(asked.Id, "voided");
        Assert.Equal(JsonValueKind.Undefined, (await EntryAsync(asked.Id)).ValueKind);
        Assert.Equal("canceled", (await IntentAsync(asked.Id)).GetProperty("status").GetString());
        await merchant.JudgeAsync();
    }

    [Fact]
    [Fault("U-04")]
    public async Task An_expiry_that_Stripe_does_not_confirm_stands_in_the_queue_with_its_age_until_it_is_known()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        await world.Sandbox.FaultAsync("payment_intents.cancel", "error_503", count: 1_000);
        HttpAnswer asked = await PayAsync(merchant, "73.00");
        await world.StateAsync(asked.Id, "expiring");
        JsonElement entry = await OverdueAsync(asked.Id);
        Assert.Equal(("payment", merchant.Id, true), (
            entry.GetProperty("kind").GetString(), entry.GetProperty("owner_id").GetString(), entry.GetProperty("is_overdue").GetBoolean()));
        Assert.True(await world.Database.QueryAsync<bool>(
            $"select min(at) = '{entry.GetProperty("unknown_since").GetDateTimeOffset():O}' and count(*) > 1 from flows.history where flow_id = '{asked.Id}' and to_state = 'expiring'"));
        Assert.Equal(200, await TryActAsync(await IntentAsync(asked.Id)));
        await merchant.StatusAsync(asked.Id, "captured");
        Assert.Equal(JsonValueKind.Undefined, (await EntryAsync(asked.Id)).ValueKind);
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task A_void_whose_answer_is_lost_is_read_at_Stripe()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer asked = await PayAsync(merchant, "74.00");
        await world.Sandbox.FaultAsync("payment_intents.cancel", "malformed_body");
        HttpAnswer voided = await merchant.VoidAsync(asked.Id);
        Assert.Equal((200, "voided"), (voided.Status, voided.MovementStatus));
        Assert.Equal("created submitting requires_action canceling voided", await world.PathAsync(asked.Id));
        Assert.Equal("canceled", (await IntentAsync(asked.Id)).GetProperty("status").GetString());
        await merchant.JudgeAsync();
    }

    /// <summary>A payment whose payer is asked for something; a provider that a test before had in trouble may take a moment.</summary>
    private static async Task<HttpAnswer> PayAsync(HttpMerchant merchant, string amount, string capture = "automatic", string? obligation = null)
    {
        HttpAnswer asked = await merchant.SendAsync("/payments", new { amount, currency = "USD", payment_source = Card, capture, obligation, return_url = Back });
        await merchant.StatusAsync(asked.Id, "requires_action");
        return asked;
    }

    /// <summary>Its place in the queue, once it has one: only what is overdue has.</summary>
    private async Task<JsonElement> OverdueAsync(string payment)
    {
        Assert.Equal(JsonValueKind.Undefined, (await EntryAsync(payment)).ValueKind);
        JsonElement entry = await Eventually.GetAsync(
            () => EntryAsync(payment), found => found.ValueKind != JsonValueKind.Undefined, "an overdue entry", TimeSpan.FromSeconds(60));
        Assert.True(entry.GetProperty("is_overdue").GetBoolean());
        return entry;
    }

    private async Task<JsonElement> EntryAsync(string flow) => (await world.Server.GetAsync("/flows/unknown?limit=200&kind=payment", world.Server.AdminApiKey))
        .GetProperty("data").EnumerateArray().FirstOrDefault(entry => entry.GetProperty("id").GetString() == flow);

    private async Task<JsonElement> IntentAsync(string payment) => (await world.Sandbox.ObjectsAsync("payment_intent")).Single(
        intent => intent.GetProperty("metadata").TryGetProperty("florin_reference", out JsonElement of) && of.GetString() == payment);

    /// <summary>The payer does what the bank asks.</summary>
    private async Task<int> TryActAsync(JsonElement intent)
    {
        Uri path = new($"/_sandbox/stripe/payment_intents/{intent.GetProperty("id").GetString()}/authenticate", UriKind.Relative);
        using StringContent body = new(new JsonObject { ["outcome"] = "succeed" }.ToJsonString(), System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await world.Sandbox.Http.PostAsync(path, body);
        return (int)answer.StatusCode;
    }
}
