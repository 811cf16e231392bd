using Florin.Tests.Faults;
using Xunit;

namespace Florin.Tests.Payouts;

/// <summary>Payouts to PayPal accounts of whose ends no webhook ever tells.</summary>
public sealed class HttpPayPalPayoutPullTests(HttpPullingWorld world) : IClassFixture<HttpPullingWorld>
{
    [Fact]
    [Fault("W-13")]
    public async Task What_no_webhook_told_is_pulled_also_after_it_was_paid()
    {
        await world.Sandbox.ClearFaultsAsync();
        PayPalPayee paid = await PayPalPayee.CreateAsync(world);
        PayPalPayee failed = await PayPalPayee.CreateAsync(world, "failed@example.com");
        PayPalPayee reversed = await PayPalPayee.CreateAsync(world, "reversed@example.com");
        await world.Sandbox.PayPalFaultAsync("webhook", "drop_webhook", count: 10_000);
        HttpAnswer[] answers = [await paid.PayoutAsync("10.00"), await failed.PayoutAsync("20.00"), await reversed.PayoutAsync("30.00")];
        Assert.All(answers, answer => Assert.Equal((201, "in_transit"), (answer.Status, answer.MovementStatus)));
        await world.Sandbox.AdvanceAsync(PayPalPayee.Processing);

        // No look is due for an hour: what moves them is the pull.
        await paid.UntilAsync(answers[0].Id, "paid");
        await failed.UntilAsync(answers[1].Id, "failed");
        await reversed.UntilAsync(answers[2].Id, "paid");
        await reversed.JudgeAsync();
        await world.Sandbox.AdvanceAsync(PayPalPayee.Processing);
        await reversed.UntilAsync(answers[2].Id, "returned");
        Assert.Equal("debited submitting in_transit succeeded returned", await world.PathAsync(answers[2].Id));
        Assert.Equal(3, await world.Database.QueryAsync<long>(
            $"""
            select count(distinct s.flow_id) from flows.signal s join flows.inbound_event e on e.event_id = s.source_id
            where s.flow_id::text in ('{string.Join("', '", answers.Select(answer => answer.Id))}') and e.via = 'pull'
            """));
        await world.Sandbox.ClearFaultsAsync();
        await paid.JudgeAsync();
        await failed.JudgeAsync();
        await reversed.JudgeAsync();
    }
}
