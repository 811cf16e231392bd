using System.Text.Json.Nodes;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Sandbox;

/// <summary>Webhooks: signed, retried, and spoiled in every scripted way.</summary>
public sealed class StripeWebhooks : IAsyncLifetime
{
    private const string Secret = "whsec_first";

    private readonly WebhookReceiver receiver = new();
    private SandboxProcess? sandbox;

    private SandboxProcess Sandbox => sandbox!;

    private StripeCaller Stripe => new(Sandbox);

    public async ValueTask InitializeAsync() => sandbox = await SandboxProcess.StartAsync(
        "--webhook-url", $"stripe={receiver.Url}", "--webhook-secret", $"stripe={Secret}");

    public async ValueTask DisposeAsync()
    {
        await Sandbox.DisposeAsync();
        await receiver.DisposeAsync();
    }

    [Fact]
    public async Task Every_event_is_sent_once_signed_and_listed()
    {
        await Stripe.ChargeAsync("pm_usBankAccount");
        await Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        string[] expected =
        [
            "customer.created", "payment_method.attached", "payment_intent.created", "charge.pending", "payment_intent.processing", "charge.succeeded",
            "payment_intent.succeeded",
        ];
        Assert.Equal(expected.Order(), receiver.Received.Select(webhook => webhook.Type).Order());
        Assert.All(receiver.Received, webhook => Assert.True(webhook.IsSignedBy(Secret)));
        var listed = (await Stripe.GetAsync("/v1/events?limit=100")).Body.GetProperty("data").EnumerateArray().ToArray();
        Assert.Equal(expected.Reverse(), listed.Select(told => told.GetProperty("type").GetString()!));
        Assert.Equal(listed.Select(told => told.GetProperty("id").GetString()).Order(), receiver.Received.Select(webhook => webhook.Id).Order());
        Assert.All(listed, told => Assert.Equal(0, told.GetProperty("pending_webhooks").GetInt64()));
    }

    [Fact]
    public async Task A_failed_attempt_is_repeated_on_the_sandbox_clock()
    {
        receiver.FailNext(2);
        await Stripe.PostAsync("/v1/customers");
        await Sandbox.WhenWebhooksAttemptedAsync();
        Assert.Single(receiver.Received);
        await Sandbox.AdvanceAsync(TimeSpan.FromSeconds(6));
        Assert.Equal(2, receiver.Received.Count);
        await Sandbox.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Equal(3, receiver.Received.Count);
        Assert.Single(receiver.Received.Select(webhook => webhook.Id).Distinct());
    }

    [Fact]
    public async Task Two_secrets_both_sign_while_one_is_replaced()
    {
        await Sandbox.SetWebhookAsync(receiver.Url, "whsec_second", Secret);
        await Stripe.PostAsync("/v1/customers");
        await Sandbox.WhenWebhooksAttemptedAsync();
        var webhook = Assert.Single(receiver.Received);
        Assert.True(webhook.IsSignedBy(Secret));
        Assert.True(webhook.IsSignedBy("whsec_second"));
    }

    [Fact]
    public async Task An_endpoint_made_by_the_API_gets_only_the_events_that_it_wants()
    {
        await using var other = new WebhookReceiver();
        var endpoint = await Stripe.PostAsync("/v1/webhook_endpoints", ("url", other.Url), ("enabled_events[]", "payout.created"));
        await Stripe.PostAsync("/v1/customers");
        await Stripe.PayOutAsync("ba_000123456789");
        await Sandbox.WhenWebhooksAttemptedAsync();
        var webhook = Assert.Single(other.Received);
        Assert.Equal("payout.created", webhook.Type);
        Assert.True(webhook.IsSignedBy(endpoint.Member("secret")!));
        Assert.DoesNotContain("secret", (await Stripe.GetAsync($"/v1/webhook_endpoints/{endpoint.Id}")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_duplicate_is_the_same_event_twice()
    {
        await Sandbox.FaultAsync("webhook", "duplicate_webhook");
        await Stripe.PostAsync("/v1/customers");
        await Sandbox.WhenWebhooksAttemptedAsync();
        Assert.Equal(2, receiver.Received.Count);
        Assert.Single(receiver.Received.Select(webhook => webhook.Id).Distinct());
    }

    [Fact]
    public async Task A_late_webhook_comes_when_the_clock_says()
    {
        await Sandbox.FaultAsync("webhook", "late_webhook", 1, new JsonObject { ["seconds"] = 300 });
        await Stripe.PostAsync("/v1/customers");
        await Sandbox.AdvanceAsync(TimeSpan.FromSeconds(290));
        Assert.Empty(receiver.Received);
        await Sandbox.AdvanceAsync(TimeSpan.FromSeconds(20));
        Assert.Single(receiver.Received);
    }

    [Fact]
    public async Task A_webhook_out_of_order_is_overtaken_by_the_next()
    {
        await Sandbox.FaultAsync("webhook", "out_of_order", 1, new JsonObject { ["event_type"] = "payout.created" });
        var payout = await Stripe.PayOutAsync("ba_000123456789");
        await Sandbox.WhenWebhooksAttemptedAsync();
        Assert.Empty(receiver.Received);
        await Stripe.PostAsync($"/v1/payouts/{payout.Id}/cancel");
        await Sandbox.WhenWebhooksAttemptedAsync();
        Assert.Equal(["payout.canceled", "payout.created"], receiver.Received.Select(webhook => webhook.Type));
    }

    [Fact]
    public async Task A_dropped_webhook_never_comes_but_is_listed_and_can_be_resent()
    {
        await Sandbox.FaultAsync("webhook", "drop_webhook");
        await Stripe.PostAsync("/v1/customers");
        await Sandbox.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Empty(receiver.Received);
        var told = (await Stripe.GetAsync("/v1/events")).Body.GetProperty("data").EnumerateArray().Single();
        await Sandbox.ResendEventAsync(told.GetProperty("id").GetString()!);
        Assert.Equal(told.GetProperty("id").GetString(), Assert.Single(receiver.Received).Id);
    }

    [Fact]
    public async Task A_bad_signature_and_an_old_time_stamp_are_sent_when_asked_for()
    {
        await Sandbox.FaultAsync("webhook", "bad_signature_webhook");
        await Sandbox.FaultAsync("webhook", "old_timestamp_webhook");
        await Stripe.PostAsync("/v1/customers");
        await Sandbox.WhenWebhooksAttemptedAsync();
        await Stripe.PostAsync("/v1/customers");
        await Sandbox.WhenWebhooksAttemptedAsync();
        Assert.False(receiver.Received[0].IsSignedBy(Secret));
        Assert.True(receiver.Received[1].IsSignedBy(Secret));
        Assert.Equal(6 * 60 * 60, receiver.Received[0].SignedAt - receiver.Received[1].SignedAt, 60.0);
    }

    [Fact]
    public async Task A_webhook_can_tell_of_another_amount_than_the_provider_believes()
    {
        await Sandbox.FaultAsync(
            "webhook", "amount_mismatch", 1, new JsonObject { ["event_type"] = "payment_intent.succeeded", ["amount_delta"] = -4900, ["currency"] = "eur" });
        var paid = await Stripe.ChargeAsync("pm_card_visa");
        await Sandbox.WhenWebhooksAttemptedAsync();
        var webhook = receiver.Received.Single(received => received.Type == "payment_intent.succeeded");
        Assert.True(webhook.IsSignedBy(Secret));
        Assert.Equal(100, webhook.Subject.GetProperty("amount_received").GetInt64());
        Assert.Equal("eur", webhook.Subject.GetProperty("currency").GetString());
        Assert.Equal(5000, (await Stripe.GetAsync($"/v1/payment_intents/{paid.Id}")).Number("amount_received"));
    }

    [Fact]
    public async Task Time_stamps_of_signatures_are_real_time_although_the_clock_was_moved()
    {
        await Sandbox.AdvanceAsync(TimeSpan.FromDays(30));
        await Stripe.PostAsync("/v1/customers");
        await Sandbox.WhenWebhooksAttemptedAsync();
        var webhook = Assert.Single(receiver.Received);
        Assert.InRange(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - webhook.SignedAt, 0, 300);
        Assert.InRange(webhook.Event.GetProperty("created").GetInt64() - webhook.SignedAt, 29 * 86400, 31 * 86400);
    }
}
