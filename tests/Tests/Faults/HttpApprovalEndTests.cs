using Xunit;

namespace Florin.Tests.Faults;

/// <summary>Payments that nobody approves, or approves too late: their payer has six seconds.</summary>
public sealed class HttpApprovalEndTests(HttpChallengeWorld world) : IClassFixture<HttpChallengeWorld>
{
    [Fact]
    [Fault("U-13")]
    public async Task A_payment_that_nobody_approves_ends_at_its_time_and_a_late_approval_takes_nothing()
    {
        HttpApproval shop = await HttpApproval.CreateAsync(world);
        HttpAnswer asked = await shop.AskAsync("60.00", obligation: "order-1");
        DateTimeOffset until = asked.Movement.GetProperty("next_action").GetProperty("expires_at").GetDateTimeOffset();
        await shop.StatusAsync(asked.Id, "failed");
        Assert.Equal("action_expired", await shop.FailureAsync(asked.Id));
        Assert.Equal("created submitting requires_action failed", await world.PathAsync(asked.Id));
        Assert.True(await world.Database.QueryAsync<bool>(
            $"select at >= '{until:O}' from flows.history where flow_id = '{asked.Id}' and to_state = 'failed'"));

        // PayPal's page is open still.
        Assert.Equal(204, await shop.ApproveAsync(asked.Id));
        await QuietAsync(asked.Id);
        HttpAnswer late = await shop.CompleteAsync(asked.Id);
        Assert.Equal((200, "failed"), (late.Status, late.MovementStatus));
        Assert.Equal(("APPROVED", (0, 0)), (await shop.OrderStatusAsync(asked.Id), await shop.TakenAsync(asked.Id)));
        Assert.Equal("captured", (await shop.Merchant.PayAsync("60.00", obligation: "order-1", source: "paypal:sandbox_ok")).MovementStatus);
        await shop.JudgeAsync();
    }

    [Fact]
    public async Task An_approval_that_is_seen_after_the_time_takes_nothing()
    {
        HttpApproval shop = await HttpApproval.CreateAsync(world);
        HttpAnswer asked = await shop.AskAsync("61.00");
        await shop.DeafenAsync();

        // PayPal answers no read until the time is over: the payment ends all the same.
        await world.Sandbox.PayPalFaultAsync("orders.get", "error_503", count: 1_000);
        Assert.Equal(204, await shop.ApproveAsync(asked.Id));
        await shop.StatusAsync(asked.Id, "failed");
        await world.Sandbox.ClearFaultsAsync();
        string told = Assert.Single(await shop.EventsAsync(asked.Id, "CHECKOUT.ORDER.APPROVED"));
        await world.Sandbox.TellAgainAsync(told, isNew: true);
        await QuietAsync(asked.Id);
        Assert.Equal("created submitting requires_action failed", await world.PathAsync(asked.Id));
        Assert.Equal("action_expired", await shop.FailureAsync(asked.Id));
        Assert.Equal(("APPROVED", (0, 0)), (await shop.OrderStatusAsync(asked.Id), await shop.TakenAsync(asked.Id)));
    }

    [Fact]
    public async Task What_cannot_leave_until_the_time_is_over_is_never_sent()
    {
        HttpApproval shop = await HttpApproval.CreateAsync(world);
        HttpAnswer asked = await shop.AskAsync("62.00");
        await world.Sandbox.PayPalFaultAsync("orders.capture", "error_429", count: 1_000);
        Assert.Equal(204, await shop.ApproveAsync(asked.Id));
        await shop.StatusAsync(asked.Id, "failed");
        await world.Sandbox.ClearFaultsAsync();
        Assert.Equal("action_expired", await shop.FailureAsync(asked.Id));
        Assert.Equal((0, 0), await shop.TakenAsync(asked.Id));
        await shop.JudgeAsync();
    }

    [Fact]
    public async Task An_order_that_PayPal_never_got_ends_within_the_payers_time()
    {
        HttpApproval shop = await HttpApproval.CreateAsync(world);
        await world.Sandbox.PayPalFaultAsync("orders.create", "timeout_before_effect", count: 1_000);
        HttpAnswer lost = await shop.PayAsync("63.00");
        Assert.Equal((202, "outcome_unknown"), (lost.Status, lost.Code));
        await shop.StatusAsync(lost.Id, "failed");
        await world.Sandbox.ClearFaultsAsync();
        Assert.Equal("created submitting unknown failed", await world.PathAsync(lost.Id));
        Assert.Equal((0, 0), await shop.TakenAsync(lost.Id));
        await shop.JudgeAsync();
    }

    private async Task QuietAsync(string payment)
    {
        await Eventually.GetAsync(
            () => world.Database.QueryAsync<long>("select count(*) from flows.inbound_event where status = 'pending'"), pending => pending == 0, "the inbox");
        await Eventually.GetAsync(
            () => world.Database.QueryAsync<bool>($"select considered_signal_id = last_signal_id and lease is null from flows.flow where id = '{payment}'"), seen => seen, "the signals");
    }
}
