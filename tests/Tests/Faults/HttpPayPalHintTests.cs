using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>PayPal's webhooks are hints: what they say is not believed, and nothing but them moves what is open in this world.</summary>
public sealed class HttpPayPalHintTests(HttpWebhookWorld world) : IClassFixture<HttpWebhookWorld>
{
    private const int Copies = 20;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>Nothing here takes this long; what does is wrong.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task The_same_event_many_times_at_once_has_one_effect()
    {
        (HttpMerchant merchant, HttpAnswer answer) = await UntoldAsync();
        JsonElement told = await EventAsync(answer.Id, "PAYMENT.CAPTURE.COMPLETED");
        string id = told.GetProperty("id").GetString()!;
        await Task.WhenAll(Enumerable.Range(0, Copies).Select(_ => ResendAsync(id)));
        await StatusAsync(merchant, answer.Id, "captured");
        await QuietAsync();
        Assert.Equal(1, await world.Database.QueryAsync<long>(
            $"select count(*) from flows.signal where flow_id = '{answer.Id}' and source_id = '{id}'"));
        Assert.Equal("created submitting processing captured", await world.PathAsync(answer.Id));
        Assert.Equal(15_00 - 44 - 30, await merchant.AvailableAsync());
        await PayPalBooks.JudgeAsync(world, merchant);
    }

    [Fact]
    [Fault("W-02")]
    public async Task An_event_before_our_own_answer_is_neither_lost_nor_doubled()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        await world.Sandbox.PayPalFaultAsync("orders.create", "malformed_body");
        HttpAnswer answer = await merchant.PayAsync("21.00", source: "paypal:sandbox_ok");

        // No look is due for an hour: the event alone wakes it, by our reference.
        await StatusAsync(merchant, answer.Id, "captured");
        Assert.Equal("created submitting unknown captured", await world.PathAsync(answer.Id));
        Assert.Single(await PayPalBooks.CapturesAsync(world, answer.Id));
        await PayPalBooks.JudgeAsync(world, merchant);
    }

    [Fact]
    public async Task Events_in_any_order_end_right()
    {
        (HttpMerchant merchant, HttpAnswer answer) = await UntoldAsync("sandbox_refund_pending", "COMPLETED");
        HttpAnswer refund = await merchant.RefundAsync(answer.Id, "5.00");
        Assert.Equal("pending", refund.MovementStatus);
        await world.Sandbox.PayPalFaultAsync("webhook", "drop_webhook", count: 1_000);
        await world.Sandbox.AdvanceAsync(Minute);
        await world.Sandbox.ClearFaultsAsync();

        // The refund's end, then its beginning, then the capture, and all of it again.
        string[] events = [.. (await EventsAsync(refund.Id)).Concat(await EventsAsync(answer.Id)).Select(told => told.GetProperty("id").GetString()!)];
        Assert.True(events.Length >= 3);
        foreach (string told in events.Concat(events.Reverse()))
        {
            await ResendAsync(told);
        }

        await StateAsync(refund.Id, "succeeded");
        await StatusAsync(merchant, answer.Id, "partially_refunded");
        await QuietAsync();
        await PayPalBooks.JudgeAsync(world, merchant);
    }

    [Theory]
    [InlineData("PAYMENT.CAPTURE.DENIED", "DECLINED")]
    [InlineData("PAYMENT.CAPTURE.PENDING", "PENDING")]
    [InlineData("PAYMENT.AUTHORIZATION.VOIDED", "VOIDED")]
    [Fault("W-04")]
    public async Task An_old_failure_after_the_success_is_recorded_and_changes_nothing(string type, string status)
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer answer = await merchant.PayAsync("15.00", source: "paypal:sandbox_ok");
        await StatusAsync(merchant, answer.Id, "captured");
        await world.Sandbox.WhenWebhooksAttemptedAsync();
        await QuietAsync();
        long before = await SignalsAsync(answer.Id);
        await EmitAsync(type, Altered(Assert.Single(await PayPalBooks.CapturesAsync(world, answer.Id)), status));
        await QuietAsync();
        Assert.Equal(before + 1, await SignalsAsync(answer.Id));
        await Eventually.GetAsync(
            () => world.Database.QueryAsync<bool>($"select considered_signal_id = last_signal_id from flows.flow where id = '{answer.Id}'"), seen => seen, "the signal", Patience);
        Assert.Equal("created submitting captured", await world.PathAsync(answer.Id));
        Assert.Equal(15_00 - 44 - 30, await merchant.AvailableAsync());
        await PayPalBooks.JudgeAsync(world, merchant);
    }

    [Fact]
    public async Task A_refund_that_comes_back_leaves_its_success_by_its_own_event()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer answer = await merchant.PayAsync("40.00", source: "paypal:sandbox_refund_fails_late");
        HttpAnswer refund = await merchant.RefundAsync(answer.Id, "10.00");
        Assert.Equal("succeeded", refund.MovementStatus);

        // An event that says so is not enough: the refund itself has to.
        JsonElement made = (await world.Sandbox.PayPalObjectsAsync("refund")).Single(one => Text(one, "custom_id") == refund.Id);
        await EmitAsync("PAYMENT.REFUND.FAILED", Altered(made, "FAILED"));
        await QuietAsync();
        Assert.Equal("succeeded", await world.StateAsync(refund.Id));
        await world.Sandbox.AdvanceAsync(Minute);
        await StateAsync(refund.Id, "failed");
        await StatusAsync(merchant, answer.Id, "captured");
        await PayPalBooks.JudgeAsync(world, merchant);
    }

    [Fact]
    [Fault("W-07")]
    public async Task What_PayPal_has_not_signed_for_us_is_refused_and_not_stored()
    {
        (HttpMerchant merchant, HttpAnswer answer) = await UntoldAsync();
        string id = (await EventAsync(answer.Id, "PAYMENT.CAPTURE.COMPLETED")).GetProperty("id").GetString()!;
        await world.Sandbox.PayPalFaultAsync("webhook", "bad_signature_webhook");
        await ResendAsync(id);
        await world.Sandbox.ClearFaultsAsync();
        Assert.Equal("absent", await world.EventStatusAsync(id));

        // Signed rightly for somebody else's webhook.
        await world.Sandbox.SetPayPalWebhookAsync($"{world.Server.Url}/webhooks/paypal", "SOMEBODYELSESWEBHOOK");
        await ResendAsync(id);
        Assert.Equal("absent", await world.EventStatusAsync(id));
        Assert.Equal("processing", await world.StateAsync(answer.Id));

        // The very same event, signed for us, works.
        await world.Sandbox.SetPayPalWebhookAsync($"{world.Server.Url}/webhooks/paypal", HttpWorld.PayPalWebhook);
        await ResendAsync(id);
        await StatusAsync(merchant, answer.Id, "captured");
    }

    [Fact]
    [Fault("W-16")]
    public async Task What_an_event_says_of_money_is_not_believed()
    {
        (HttpMerchant merchant, HttpAnswer answer) = await UntoldAsync("sandbox_capture_pending", "PENDING", "PENDING");
        JsonObject lie = Altered(Assert.Single(await PayPalBooks.CapturesAsync(world, answer.Id)), "COMPLETED");
        lie["amount"]!["value"] = "99999.00";
        long before = await SignalsAsync(answer.Id);
        await EmitAsync("PAYMENT.CAPTURE.COMPLETED", lie);
        await QuietAsync();
        Assert.Equal(before + 1, await SignalsAsync(answer.Id));
        Assert.Equal("processing", await world.StateAsync(answer.Id));
        Assert.Equal(0, await merchant.AvailableAsync());
        await world.Sandbox.AdvanceAsync(Minute);
        await StatusAsync(merchant, answer.Id, "captured");
        Assert.Equal(15_00 - 44 - 30, await merchant.AvailableAsync());
        await PayPalBooks.JudgeAsync(world, merchant);
    }

    /// <summary>A payment that came so far at PayPal, and no webhook told of it.</summary>
    private async Task<(HttpMerchant Merchant, HttpAnswer Answer)> UntoldAsync(
        string source = "sandbox_capture_pending", string first = "PENDING", string last = "COMPLETED")
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        await world.Sandbox.PayPalFaultAsync("webhook", "drop_webhook", count: 1_000);
        HttpAnswer answer = await merchant.PayAsync("15.00", source: $"paypal:{source}");
        Assert.Equal((201, first == "PENDING" ? "created" : "captured"), (answer.Status, answer.MovementStatus));
        if (first != last)
        {
            await world.Sandbox.AdvanceAsync(Minute);
        }

        await world.Sandbox.ClearFaultsAsync();
        Assert.Equal(last, Text(Assert.Single(await PayPalBooks.CapturesAsync(world, answer.Id)), "status"));
        return (merchant, answer);
    }

    private static JsonObject Altered(JsonElement resource, string status)
    {
        JsonObject altered = JsonNode.Parse(resource.GetRawText())!.AsObject();
        altered["status"] = status;
        return altered;
    }

    /// <summary>Has PayPal say something, signed as ever.</summary>
    private async Task EmitAsync(string type, JsonObject resource)
    {
        using StringContent body = new(new JsonObject { ["event_type"] = type, ["resource"] = resource }.ToJsonString(), Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await world.Sandbox.Http.PostAsync(new Uri("/_sandbox/paypal/events", UriKind.Relative), body);
        answer.EnsureSuccessStatusCode();
    }

    private async Task ResendAsync(string eventId)
    {
        using HttpResponseMessage sent = await world.Sandbox.Http.PostAsync(new Uri($"/_sandbox/paypal/events/{eventId}/resend", UriKind.Relative), content: null);
        sent.EnsureSuccessStatusCode();
    }

    /// <summary>PayPal's events that carry a reference of ours, newest first.</summary>
    private async Task<IEnumerable<JsonElement>> EventsAsync(string reference) => (await world.Sandbox.PayPalObjectsAsync("event"))
        .Where(told => told.GetProperty("resource").GetRawText().Contains(reference, StringComparison.Ordinal));

    private async Task<JsonElement> EventAsync(string reference, string type) => (await EventsAsync(reference)).First(told => Text(told, "event_type") == type);

    private Task<long> SignalsAsync(string flow) => world.Database.QueryAsync<long>($"select count(*) from flows.signal where flow_id = '{flow}'");

    private Task QuietAsync() => Eventually.GetAsync(
        () => world.Database.QueryAsync<long>("select count(*) from flows.inbound_event where status = 'pending'"), pending => pending == 0, "the inbox", Patience);

    private static Task StatusAsync(HttpMerchant merchant, string payment, string status) =>
        Eventually.GetAsync(() => merchant.StatusAsync(payment), found => found == status, $"payment {payment} {status}", Patience);

    private Task StateAsync(string flow, string state) => Eventually.GetAsync(() => world.StateAsync(flow), found => found == state, $"flow {flow} in {state}", Patience);

    private static string? Text(JsonElement item, string name) => item.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
