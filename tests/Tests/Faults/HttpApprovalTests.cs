using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>PayPal payments that the payer approves in the browser, over HTTP, with PayPal's own record as judge. Nothing is polled in this world.</summary>
public sealed class HttpApprovalTests(HttpWebhookWorld world) : IClassFixture<HttpWebhookWorld>
{
    [Theory]
    [InlineData("automatic", "CAPTURE", "captured")]
    [InlineData("manual", "AUTHORIZE", "authorized")]
    public async Task A_payer_who_approves_and_comes_back_has_paid(string capture, string intent, string status)
    {
        HttpApproval shop = await HttpApproval.CreateAsync(world);
        await shop.DeafenAsync();
        string key = world.NewKey();
        HttpAnswer asked = await shop.PayAsync("40.00", key, capture);
        Assert.Equal((201, "requires_action", false), (asked.Status, asked.MovementStatus, asked.Movement.GetProperty("outcome_unknown").GetBoolean()));
        JsonElement order = await shop.OrderAsync(asked.Id);
        JsonElement action = asked.Movement.GetProperty("next_action");
        Assert.Equal((intent, "PAYER_ACTION_REQUIRED"), (order.GetProperty("intent").GetString(), order.GetProperty("status").GetString()));
        Assert.Contains(order.GetProperty("links").EnumerateArray(), link => link.GetProperty("href").GetString() == action.GetProperty("url").GetString());
        Assert.True(action.GetProperty("expires_at").GetDateTimeOffset() > asked.Movement.GetProperty("created_at").GetDateTimeOffset());
        HttpAnswer again = await shop.PayAsync("40.00", key, capture);
        Assert.Equal((asked.Id, true), (again.Id, again.IsReplayed));

        // A payer who comes back without having approved has paid nothing.
        HttpAnswer early = await shop.CompleteAsync(asked.Id);
        Assert.Equal((200, "requires_action"), (early.Status, early.MovementStatus));
        Assert.Equal((0, 0), await shop.TakenAsync(asked.Id));
        Assert.Equal(204, await shop.ApproveAsync(asked.Id));
        Assert.Equal((0, 0), await shop.TakenAsync(asked.Id));
        HttpAnswer done = await shop.CompleteAsync(asked.Id);
        Assert.Equal((200, status, false), (done.Status, done.MovementStatus, done.Movement.TryGetProperty("next_action", out _)));
        Assert.Equal($"created submitting requires_action completing {status}", await world.PathAsync(asked.Id));
        if (capture == "manual")
        {
            Assert.Equal((0, 1), await shop.TakenAsync(asked.Id));
            Assert.Equal("captured", (await shop.Merchant.CaptureAsync(asked.Id)).MovementStatus);
        }

        Assert.Single(await PayPalBooks.CapturesAsync(world, asked.Id));
        Assert.Equal(40_00 - 116 - 30, await shop.Merchant.AvailableAsync());
        Assert.Equal("succeeded", (await shop.Merchant.RefundAsync(asked.Id, "10.00")).MovementStatus);
        await shop.JudgeAsync();
    }

    [Fact]
    public async Task A_webhook_that_comes_twice_completes_it_once()
    {
        HttpApproval shop = await HttpApproval.CreateAsync(world);
        HttpAnswer asked = await shop.AskAsync("41.00");
        await world.Sandbox.PayPalFaultAsync("webhook", "duplicate_webhook", count: 100);
        Assert.Equal(204, await shop.ApproveAsync(asked.Id));
        await shop.StatusAsync(asked.Id, "captured");
        await world.Sandbox.ClearFaultsAsync();

        // The same event again, and the same told under another id.
        string told = Assert.Single(await shop.EventsAsync(asked.Id, "CHECKOUT.ORDER.APPROVED"));
        await world.Sandbox.TellAgainAsync(told, isNew: false);
        await world.Sandbox.TellAgainAsync(told, isNew: true);
        await Eventually.GetAsync(
            () => world.Database.QueryAsync<long>("select count(*) from flows.inbound_event where status = 'pending'"), pending => pending == 0, "the inbox");
        Assert.Equal("created submitting requires_action completing captured", await world.PathAsync(asked.Id));
        Assert.Equal((1, 0), await shop.TakenAsync(asked.Id));
        await shop.JudgeAsync();
    }

    [Fact]
    public async Task An_approval_that_is_told_by_everybody_at_once_is_taken_once()
    {
        HttpApproval shop = await HttpApproval.CreateAsync(world);
        HttpAnswer asked = await shop.AskAsync("42.00");
        Task<int> approved = shop.ApproveAsync(asked.Id);
        HttpAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => shop.CompleteAsync(asked.Id)));
        Assert.Equal(204, await approved);
        Assert.All(answers, answer => Assert.Contains(answer.MovementStatus, (string[])["requires_action", "captured"]));
        await shop.StatusAsync(asked.Id, "captured");

        // PayPal has nothing to approve any more, and nobody asks twice.
        Assert.Equal(404, await shop.ApproveAsync(asked.Id));
        Assert.Equal("captured", (await shop.CompleteAsync(asked.Id)).MovementStatus);
        Assert.Equal((1, 0), await shop.TakenAsync(asked.Id));
        Assert.Equal("created submitting requires_action completing captured", await world.PathAsync(asked.Id));
        await shop.JudgeAsync();
    }

    [Theory]
    [InlineData("automatic", "sandbox_decline_INSTRUMENT_DECLINED", "INSTRUMENT_DECLINED")]
    [InlineData("automatic", "sandbox_capture_declined", "DECLINED")]
    [InlineData("manual", "sandbox_authorization_denied", "DENIED")]
    public async Task A_wallet_that_is_declined_after_the_approval_fails_the_payment(string capture, string scenario, string code)
    {
        HttpApproval shop = await HttpApproval.CreateAsync(world);
        HttpAnswer asked = await shop.AskAsync("43.00", capture, obligation: $"order-{scenario}");
        Assert.Equal(204, await shop.ApproveAsync(asked.Id, scenario));
        await shop.StatusAsync(asked.Id, "failed");
        Assert.Equal(code, await shop.FailureAsync(asked.Id));
        Assert.Equal(0, await shop.Merchant.AvailableAsync());
        Assert.Equal("captured", (await shop.Merchant.PayAsync("43.00", obligation: $"order-{scenario}", source: "paypal:sandbox_ok")).MovementStatus);
        await shop.JudgeAsync();
    }

    [Fact]
    public async Task A_capture_that_PayPal_looks_at_first_is_credited_when_it_is_done()
    {
        HttpApproval shop = await HttpApproval.CreateAsync(world);
        HttpAnswer asked = await shop.AskAsync("44.00");
        Assert.Equal(204, await shop.ApproveAsync(asked.Id, "sandbox_capture_pending"));
        await shop.StatusAsync(asked.Id, "created");
        Assert.Equal(0, await shop.Merchant.AvailableAsync());
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await shop.StatusAsync(asked.Id, "captured");
        await shop.JudgeAsync();
    }

    [Fact]
    public async Task A_payment_that_is_voided_before_the_approval_is_never_taken()
    {
        HttpApproval shop = await HttpApproval.CreateAsync(world);
        HttpAnswer asked = await shop.AskAsync("45.00", obligation: "order-1");
        Assert.Equal((409, "obligation_taken"), Refusal(await shop.Merchant.PayAsync("45.00", obligation: "order-1")));
        Assert.Equal((409, "invalid_transition"), Refusal(await shop.Merchant.CaptureAsync(asked.Id)));
        string key = world.NewKey();
        HttpAnswer voided = await shop.Merchant.VoidAsync(asked.Id, key);
        Assert.Equal((200, "voided", false), (voided.Status, voided.MovementStatus, voided.Movement.TryGetProperty("next_action", out _)));
        HttpAnswer again = await shop.Merchant.VoidAsync(asked.Id, key);
        Assert.Equal((200, "voided", true), (again.Status, again.MovementStatus, again.IsReplayed));
        Assert.Equal((409, "invalid_transition"), Refusal(await shop.Merchant.VoidAsync(asked.Id)));

        // PayPal's page is open still; what the payer says there takes nothing any more.
        Assert.Equal(204, await shop.ApproveAsync(asked.Id));
        Assert.Equal("voided", (await shop.CompleteAsync(asked.Id)).MovementStatus);
        await ConsideredAsync(asked.Id);
        Assert.Equal("created submitting requires_action voided", await world.PathAsync(asked.Id));
        Assert.Equal(("APPROVED", (0, 0)), (await shop.OrderStatusAsync(asked.Id), await shop.TakenAsync(asked.Id)));
        Assert.Equal("captured", (await shop.Merchant.PayAsync("45.00", obligation: "order-1", source: "paypal:sandbox_ok")).MovementStatus);
        await shop.JudgeAsync();
    }

    [Theory]
    [InlineData("automatic")]
    [InlineData("manual")]
    public async Task A_void_and_an_approval_at_one_moment_end_in_one_of_the_two(string capture)
    {
        HttpApproval shop = await HttpApproval.CreateAsync(world);
        HttpAnswer[] asked = await Task.WhenAll(Enumerable.Range(0, 8).Select(index => shop.AskAsync($"{50 + index}.00", capture)));
        (HttpAnswer Asked, HttpAnswer Void)[] races = await Task.WhenAll(asked.Select(async one =>
        {
            Task<int> approval = shop.ApproveAsync(one.Id);
            HttpAnswer voided = await shop.Merchant.VoidAsync(one.Id);
            await approval;
            return (one, voided);
        }));
        foreach ((HttpAnswer one, HttpAnswer voided) in races)
        {
            string end = await Eventually.GetAsync(() => world.StateAsync(one.Id), state => state is "captured" or "voided", $"the end of {one.Id}");
            (int captures, int _) = await shop.TakenAsync(one.Id);
            Assert.Equal(end == "captured" ? 1 : 0, captures);
            Assert.Equal((end == "voided" ? 200 : 409, end == "voided" ? null : "invalid_transition"), Refusal(voided));
        }

        await shop.JudgeAsync();
    }

    [Theory]
    [InlineData("automatic", "captured", 409)]
    [InlineData("manual", "voided", 200)]
    public async Task A_void_while_the_payment_is_taken_waits_for_what_becomes_of_it(string capture, string end, int status)
    {
        HttpApproval shop = await HttpApproval.CreateAsync(world);
        HttpAnswer asked = await shop.AskAsync("46.00", capture);
        await world.Sandbox.PayPalFaultAsync(
            capture == "manual" ? "orders.authorize" : "orders.capture", "slow", more: new JsonObject { ["delay_ms"] = 700 });
        Assert.Equal(204, await shop.ApproveAsync(asked.Id));
        await world.Sandbox.WhenFaultStruckAsync("slow");
        HttpAnswer voided = await shop.Merchant.VoidAsync(asked.Id);
        Assert.True(voided.Status == status, voided.ToString());
        await shop.StatusAsync(asked.Id, end);
        Assert.Equal(capture == "manual" ? (0, 1) : (1, 0), await shop.TakenAsync(asked.Id));
        await shop.JudgeAsync();
    }

    [Fact]
    public async Task What_cannot_be_approved_is_refused_and_leaves_nothing()
    {
        HttpApproval shop = await HttpApproval.CreateAsync(world);
        const string back = HttpApproval.Back;
        foreach ((string field, object body) in ((string, object)[])
        [
            ("return_url", Body("paypal:approve", null, back)),
            ("cancel_url", Body("paypal:approve", back, null)),
            ("return_url", Body("paypal:approve", "http://shop.example/back", back)),
            ("return_url", Body("paypal:approve", "http://192.168.1.10/back", back)),
            ("cancel_url", Body("paypal:approve", back, "javascript:alert(1)")),
            ("cancel_url", Body("pm_card_visa", back, back)),
            ("payment_source", Body("stripe:approve", back, back)),
            ("payment_source", Body("adyen:approve", back, back)),
            ("return_url", Body("pm_card_visa", null, back, "paypal:approve")),
        ])
        {
            HttpAnswer refused = await shop.Merchant.SendAsync("/payments", body);
            Assert.Equal((422, "validation_failed"), Refusal(refused));
            Assert.True(refused.Body.GetProperty("errors").TryGetProperty(field, out _), refused.ToString());
        }

        Assert.Equal(0, await shop.Merchant.FlowsAsync());
        string key = world.NewKey();
        HttpAnswer asked = await shop.PayAsync("47.00", key);
        HttpAnswer other = await shop.Merchant.SendAsync(
            "/payments", new { amount = "47.00", currency = "USD", payment_source = "paypal:approve", capture = "automatic", return_url = back, cancel_url = back }, key);
        Assert.Equal((422, "idempotency_key_mismatch"), Refusal(other));

        // Two payers of one amount are two payers: nothing says that one repeats the other.
        HttpAnswer twin = await shop.PayAsync("47.00");
        Assert.False(twin.Movement.TryGetProperty("duplicate_of", out _), twin.ToString());
        HttpMerchant stranger = await HttpMerchant.CreateAsync(world);
        Assert.Equal(404, (await stranger.SendAsync($"/payments/{asked.Id}/complete", new { })).Status);
        Assert.Equal(404, (await stranger.VoidAsync(asked.Id)).Status);
    }

    private static object Body(string source, string? returnUrl, string? cancelUrl, string? fallback = null) => new
    {
        amount = "47.00", currency = "USD", payment_source = source, capture = "automatic", return_url = returnUrl, cancel_url = cancelUrl,
        fallback_payment_source = fallback,
    };

    /// <summary>Waits until the flow has looked at all that it was told.</summary>
    private async Task ConsideredAsync(string payment)
    {
        await Eventually.GetAsync(
            () => world.Database.QueryAsync<long>("select count(*) from flows.inbound_event where status = 'pending'"), pending => pending == 0, "the inbox");
        await Eventually.GetAsync(
            () => world.Database.QueryAsync<bool>($"select considered_signal_id = last_signal_id from flows.flow where id = '{payment}'"), seen => seen, "the signals");
    }

    private static (int Status, string? Code) Refusal(HttpAnswer answer) => (answer.Status, answer.Code);
}
