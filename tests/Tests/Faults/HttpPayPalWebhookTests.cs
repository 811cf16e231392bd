using System.Text.Json;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>PayPal's webhooks that come twice, early, late, out of order or forged. Nothing else moves what is open in this world.</summary>
public sealed class HttpPayPalWebhookTests(HttpWebhookWorld world) : IClassFixture<HttpWebhookWorld>
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task An_event_before_our_own_answer_is_neither_lost_nor_doubled()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        await world.Sandbox.PayPalFaultAsync("orders.create", "malformed_body");
        HttpAnswer answer = await merchant.PayAsync("21.00", source: "paypal:sandbox_ok");
        await merchant.StatusAsync(answer.Id, "captured");
        Assert.Equal("created submitting unknown captured", await world.PathAsync(answer.Id));
        Assert.Single(await PayPalBooks.CapturesAsync(world, answer.Id));
        await PayPalBooks.JudgeAsync(world, merchant);
    }

    [Fact]
    public async Task An_event_that_comes_twice_at_once_has_one_effect()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        await world.Sandbox.PayPalFaultAsync("webhook", "duplicate_webhook", count: 100);
        HttpAnswer answer = await PendingAsync(merchant, "sandbox_capture_pending");
        await world.Sandbox.AdvanceAsync(Minute);
        await merchant.StatusAsync(answer.Id, "captured");
        await world.Sandbox.ClearFaultsAsync();
        Assert.Equal("created submitting processing captured", await world.PathAsync(answer.Id));
        string[] events = await EventsAsync(answer.Id);
        Assert.NotEmpty(events);
        Assert.Equal(events.Length, await world.Database.QueryAsync<long>(
            $"select count(*) from flows.signal where flow_id = '{answer.Id}' and source = 'paypal'"));
        await PayPalBooks.JudgeAsync(world, merchant);
    }

    [Fact]
    public async Task Events_in_reverse_order_and_twice_end_right_and_old_ones_change_nothing()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        await world.Sandbox.PayPalFaultAsync("webhook", "drop_webhook", count: 1_000);
        HttpAnswer answer = await PendingAsync(merchant, "sandbox_capture_pending");
        await world.Sandbox.AdvanceAsync(Minute);
        await world.Sandbox.ClearFaultsAsync();
        Assert.Equal("processing", await world.StateAsync(answer.Id));
        string[] events = await EventsAsync(answer.Id);
        Assert.True(events.Length >= 2);
        foreach (string told in events.Reverse().Concat(events))
        {
            await ResendAsync(told);
        }

        await merchant.StatusAsync(answer.Id, "captured");
        await InboxIsQuietAsync();
        Assert.Equal("created submitting processing captured", await world.PathAsync(answer.Id));
        await PayPalBooks.JudgeAsync(world, merchant);
    }

    [Fact]
    public async Task A_capture_that_is_denied_after_all_fails_the_payment()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer answer = await PendingAsync(merchant, "sandbox_capture_pending_declined");
        await world.Sandbox.AdvanceAsync(Minute);
        await merchant.StatusAsync(answer.Id, "failed");
        Assert.Equal(0, await merchant.AvailableAsync());
        await PayPalBooks.JudgeAsync(world, merchant);
    }

    [Fact]
    public async Task A_refund_that_fails_late_is_told_by_its_event_and_can_be_made_again()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer answer = await merchant.PayAsync("40.00", source: "paypal:sandbox_refund_fails_late");
        await merchant.PayAsync("10.00", source: "paypal:sandbox_ok");
        HttpAnswer refund = await merchant.RefundAsync(answer.Id);
        Assert.Equal("succeeded", refund.MovementStatus);
        await merchant.StatusAsync(answer.Id, "refunded");
        await world.Sandbox.AdvanceAsync(Minute);
        await world.StateAsync(refund.Id, "failed");
        await merchant.StatusAsync(answer.Id, "captured");
        await PayPalBooks.JudgeAsync(world, merchant);
    }

    [Theory]
    [InlineData("bad_signature_webhook")]
    [InlineData("old_timestamp_webhook")]
    public async Task What_is_not_signed_rightly_or_now_is_refused_and_not_stored(string fault)
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        await world.Sandbox.PayPalFaultAsync("webhook", fault, count: 1_000);
        HttpAnswer answer = await PendingAsync(merchant, "sandbox_capture_pending");
        await world.Sandbox.WhenWebhooksAttemptedAsync();
        string[] events = await EventsAsync(answer.Id);
        Assert.NotEmpty(events);
        Assert.All(events.Select(world.EventStatusAsync), status => Assert.Equal("absent", status.Result));
        using HttpResponseMessage unsigned = await world.Server.SendAsync(HttpMethod.Post, "/webhooks/paypal", new { id = "WH-1" });
        HttpAnswer refused = await HttpAnswer.ReadAsync(unsigned);
        Assert.Equal((401, "signature_invalid"), (refused.Status, refused.Code));

        // The provider tries again, signed as it should be.
        await world.Sandbox.ClearFaultsAsync();
        await world.Sandbox.AdvanceAsync(Minute);
        await merchant.StatusAsync(answer.Id, "captured");
    }

    [Fact]
    public async Task A_dispute_takes_the_money_into_the_reserve_and_its_evidence_is_handed_in()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer answer = await merchant.PayAsync("60.00", source: "paypal:sandbox_dispute");
        Assert.Equal("captured", answer.MovementStatus);
        await world.Sandbox.AdvanceAsync(Minute);
        JsonElement dispute = (await Eventually.GetAsync(
            () => merchant.GetAsync("/disputes"), found => found.GetProperty("data").GetArrayLength() == 1, "the dispute")).GetProperty("data")[0];
        Assert.Equal(("needs_response", answer.Id), (dispute.GetProperty("status").GetString(), dispute.GetProperty("payment_id").GetString()));
        await merchant.StatusAsync(answer.Id, "disputed");
        Assert.Equal(60_00, await merchant.BalanceAsync($"reserve:{merchant.Id}"));
        string id = dispute.GetProperty("id").GetString()!;
        HttpAnswer evidence = await merchant.SendAsync(
            $"/disputes/{id}/evidence", new { evidence = new[] { new { name = "PROOF_OF_FULFILLMENT", text = "handed over on the third" } } });
        Assert.Equal((200, "under_review"), (evidence.Status, evidence.MovementStatus));
        await world.StateAsync(id, "under_review");
    }

    private static async Task<HttpAnswer> PendingAsync(HttpMerchant merchant, string source)
    {
        HttpAnswer answer = await merchant.PayAsync("15.00", source: $"paypal:{source}");
        Assert.Equal((201, "created"), (answer.Status, answer.MovementStatus));
        return answer;
    }

    /// <summary>PayPal's events about a payment, oldest first.</summary>
    private async Task<string[]> EventsAsync(string payment) =>
    [
        .. (await world.Sandbox.PayPalObjectsAsync("event")).Reverse()
            .Where(told => told.GetProperty("resource").GetRawText().Contains(payment, StringComparison.Ordinal)).Select(told => told.GetProperty("id").GetString()!),
    ];

    private async Task ResendAsync(string eventId)
    {
        using HttpResponseMessage sent = await world.Sandbox.Http.PostAsync(new Uri($"/_sandbox/paypal/events/{eventId}/resend", UriKind.Relative), content: null);
        sent.EnsureSuccessStatusCode();
    }

    private Task InboxIsQuietAsync() => Eventually.GetAsync(
        () => world.Database.QueryAsync<long>("select count(*) from flows.inbound_event where status = 'pending'"), pending => pending == 0, "the inbox");
}
