using Xunit;

namespace Florin.Tests.Faults;

/// <summary>A server that dies in the middle of a payment, on a world of its own.</summary>
public sealed class HttpPaymentKillTests(HttpPollingWorld world) : IClassFixture<HttpPollingWorld>
{
    [Fact]
    [Fault("I-04")]
    public async Task A_kill_between_the_charge_and_its_record_charges_once_and_the_retry_finds_it()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        string key = world.NewKey();
        await world.Sandbox.FaultAsync("payment_intents.create", "timeout_after_effect");
        Task<HttpAnswer> lost = merchant.PayAsync("25.00", key);
        await world.Sandbox.WhenFaultStruckAsync("timeout_after_effect");
        await world.Server.KillAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => lost);
        Assert.Single(await merchant.PaymentsAsync());
        Assert.Equal(0, await merchant.AvailableAsync());

        await world.Server.StartAgainAsync();
        HttpAnswer retry = await Eventually.GetAsync(() => merchant.PayAsync("25.00", key), answer => answer.Status == 201, "the retry's answer");
        Assert.Equal(("captured", true), (retry.MovementStatus, retry.IsReplayed));
        Assert.Single(await merchant.PaymentsAsync());
        Assert.Equal(1, await merchant.FlowsAsync());
        await merchant.JudgeAsync();
    }

    [Theory]
    [InlineData("timeout_after_effect", 1, "created submitting requires_action completing captured")]
    [InlineData("timeout_before_effect", 0, "created submitting requires_action completing unknown captured")]
    public async Task A_kill_while_an_approved_payment_is_taken_takes_it_once(string fault, int captures, string path)
    {
        HttpApproval shop = await HttpApproval.CreateAsync(world);
        HttpAnswer asked = await shop.AskAsync("26.00");
        await world.Sandbox.PayPalFaultAsync("orders.capture", fault);
        Assert.Equal(204, await shop.ApproveAsync(asked.Id));
        await world.Sandbox.WhenFaultStruckAsync(fault);
        await world.Server.KillAsync();
        Assert.Equal("completing", await world.StateAsync(asked.Id));
        Assert.Equal((captures, 0), await shop.TakenAsync(asked.Id));

        await world.Server.StartAgainAsync();
        await shop.StatusAsync(asked.Id, "captured");
        Assert.Equal(path, await world.PathAsync(asked.Id));
        Assert.Equal((1, 0), await shop.TakenAsync(asked.Id));
        await shop.JudgeAsync();
    }
}
