using Xunit;

namespace Florin.Tests.Faults;

/// <summary>Payments that a payer approves, when PayPal's answers are lost. No webhook comes in this world: what is found is found by asking.</summary>
public sealed class HttpApprovalLossTests(HttpPollingWorld world) : IClassFixture<HttpPollingWorld>
{
    /// <summary>Enough faults to outlast the connector's own repeats.</summary>
    private const int OneCall = PayPalCalm.OneCall;

    [Fact]
    public async Task An_approval_that_nobody_tells_of_is_found_by_asking()
    {
        HttpApproval shop = await HttpApproval.CreateAsync(world);
        HttpAnswer asked = await shop.AskAsync("30.00");
        Assert.Equal(204, await shop.ApproveAsync(asked.Id));
        await shop.StatusAsync(asked.Id, "captured");
        Assert.Equal((1, 0), await shop.TakenAsync(asked.Id));
        await shop.JudgeAsync();
    }

    [Theory]
    [InlineData("malformed_body", 1)]
    [InlineData("error_503", OneCall)]
    [InlineData("connection_reset", OneCall)]
    public async Task An_order_whose_answer_is_lost_is_asked_for_again_and_is_one(string fault, int count)
    {
        HttpApproval shop = await HttpApproval.CreateAsync(world);
        await world.Sandbox.PayPalFaultAsync("orders.create", fault, count);
        HttpAnswer lost = await shop.PayAsync("31.00", obligation: $"order-{fault}", fallback: "pm_card_visa");
        Assert.Equal((202, "outcome_unknown"), (lost.Status, lost.Code));
        Assert.Equal((409, "obligation_taken"), Refusal(await shop.Merchant.PayAsync("31.00", obligation: $"order-{fault}")));
        await shop.StatusAsync(lost.Id, "requires_action");
        Assert.Equal("PAYER_ACTION_REQUIRED", await shop.OrderStatusAsync(lost.Id));
        Assert.True((await shop.Merchant.GetAsync($"/payments/{lost.Id}")).TryGetProperty("next_action", out _));
        Assert.Equal(204, await shop.ApproveAsync(lost.Id));
        await shop.StatusAsync(lost.Id, "captured");
        Assert.Equal("created submitting unknown requires_action completing captured", await world.PathAsync(lost.Id));
        Assert.Equal((1, 0), await shop.TakenAsync(lost.Id));
        Assert.Empty(await shop.Merchant.PaymentsAsync());
        await shop.JudgeAsync();
    }

    [Theory]
    [InlineData("automatic", "malformed_body", 1)]
    [InlineData("automatic", "error_503", OneCall)]
    [InlineData("automatic", "error_500_after_effect", OneCall)]
    [InlineData("automatic", "connection_reset", OneCall)]
    [InlineData("automatic", "connection_reset_before_effect", OneCall)]
    [InlineData("automatic", "timeout_after_effect", 1)]
    [InlineData("automatic", "timeout_before_effect", 1)]
    [InlineData("manual", "malformed_body", 1)]
    [InlineData("manual", "connection_reset", OneCall)]
    public async Task What_is_taken_and_whose_answer_is_lost_is_unknown_and_taken_once(string capture, string fault, int count)
    {
        HttpApproval shop = await HttpApproval.CreateAsync(world);
        bool isManual = capture == "manual";
        HttpAnswer asked = await shop.AskAsync("32.00", capture, fallback: "pm_card_visa");
        await world.Sandbox.PayPalFaultAsync(isManual ? "orders.authorize" : "orders.capture", fault, count);
        Assert.Equal(204, await shop.ApproveAsync(asked.Id));
        await shop.StatusAsync(asked.Id, isManual ? "authorized" : "captured");
        string path = await world.PathAsync(asked.Id);
        string end = isManual ? "authorized" : "captured";

        // The connector's own repeat may have met what the first request had done.
        Assert.Contains(path, (string[])[$"created submitting requires_action completing unknown {end}", $"created submitting requires_action completing {end}"]);
        Assert.True(fault != "malformed_body" || path.Contains("unknown", StringComparison.Ordinal), path);
        Assert.Equal(isManual ? (0, 1) : (1, 0), await shop.TakenAsync(asked.Id));
        Assert.Empty(await shop.Merchant.PaymentsAsync());
        if (isManual)
        {
            Assert.Equal("voided", (await shop.Merchant.VoidAsync(asked.Id)).MovementStatus);
        }

        await shop.JudgeAsync();
    }

    [Fact]
    public async Task What_cannot_leave_is_tried_again_at_the_same_acquirer()
    {
        HttpApproval shop = await HttpApproval.CreateAsync(world);
        HttpAnswer asked = await shop.AskAsync("33.00", fallback: "pm_card_visa");
        await world.Sandbox.PayPalFaultAsync("orders.capture", "error_429", OneCall);
        Assert.Equal(204, await shop.ApproveAsync(asked.Id));
        await shop.StatusAsync(asked.Id, "captured");
        Assert.Equal("created submitting requires_action completing requires_action completing captured", await world.PathAsync(asked.Id));
        Assert.Equal((1, 0), await shop.TakenAsync(asked.Id));
        Assert.Empty(await shop.Merchant.PaymentsAsync());
        await shop.JudgeAsync();
    }

    [Fact]
    public async Task Before_there_is_an_order_it_may_go_to_the_other_acquirer()
    {
        HttpApproval shop = await HttpApproval.CreateAsync(world);
        await world.Sandbox.PayPalFaultAsync("orders.create", "error_429", OneCall);
        HttpAnswer answer = await shop.PayAsync("34.00", fallback: "pm_card_visa");
        await shop.StatusAsync(answer.Id, "captured");
        Assert.Empty(await PayPalBooks.OrdersAsync(world, answer.Id));
        Assert.Single(await shop.Merchant.PaymentsAsync());
        await shop.Merchant.JudgeAsync();
    }

    [Fact]
    public async Task A_void_while_an_answer_is_missing_waits_its_turn()
    {
        HttpApproval shop = await HttpApproval.CreateAsync(world);
        await world.Sandbox.PayPalFaultAsync("orders.create", "malformed_body");
        HttpAnswer lost = await shop.PayAsync("35.00");
        Assert.Equal((202, "outcome_unknown"), (lost.Status, lost.Code));
        string key = world.NewKey();
        HttpAnswer first = await shop.Merchant.VoidAsync(lost.Id, key);
        Assert.True(first is { Status: 200 } or { Status: 409, Code: "idempotency_key_in_progress" }, first.ToString());
        await shop.StatusAsync(lost.Id, "voided");
        Assert.Equal((200, "voided"), ((await shop.Merchant.VoidAsync(lost.Id, key)).Status, await shop.Merchant.StatusAsync(lost.Id)));
        Assert.Equal((0, 0), await shop.TakenAsync(lost.Id));
        await shop.JudgeAsync();
    }

    private static (int Status, string? Code) Refusal(HttpAnswer answer) => (answer.Status, answer.Code);
}
