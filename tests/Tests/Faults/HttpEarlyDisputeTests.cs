using System.Text.Json;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>A dispute that is told before the provider's id of its payment is known here.</summary>
public sealed class HttpEarlyDisputeTests(HttpPollingWorld world) : IClassFixture<HttpPollingWorld>
{
    [Fact]
    public async Task A_dispute_of_a_payment_whose_answer_was_lost_brings_its_capture_first()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        await world.HideAsync("payment_intents.list");
        await world.Sandbox.FaultAsync("payment_intents.create", "timeout_after_effect", count: 1);
        HttpAnswer payment = await merchant.PayAsync("100.00", source: "pm_card_createDispute");
        Assert.Equal((202, "outcome_unknown"), (payment.Status, payment.Code));
        string id = payment.Body.GetProperty("object").GetProperty("id").GetString()!;
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));

        JsonElement told = (await world.Sandbox.ObjectsAsync("event")).First(item => item.GetProperty("type").GetString() == "charge.dispute.created");
        Assert.Equal(200, await world.PostEventAsync(told.GetRawText()));
        await merchant.StatusAsync(id, "disputed");
        Assert.Equal("done", await world.EventStatusAsync(told.GetProperty("id").GetString()!));
        Assert.Equal(3_20, await merchant.BalanceAsync($"merchant:{merchant.Id}:receivable"));
        Assert.Equal(100_00, await merchant.ShareAsync("dispute:stripe:held"));
        await merchant.JudgeAsync();
    }

    [Fact]
    [Fault("W-12")]
    public async Task A_dispute_belongs_to_the_payment_that_the_provider_says_and_not_to_the_one_that_its_event_names()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpMerchant other = await HttpMerchant.CreateAsync(world);
        HttpAnswer disputed = await merchant.PayAsync("100.00", source: "pm_card_createDispute");
        HttpAnswer unconcerned = await other.PayAsync("100.00");
        string ours = Assert.Single(await merchant.PaymentsAsync()).GetProperty("id").GetString()!;
        string theirs = Assert.Single(await other.PaymentsAsync()).GetProperty("id").GetString()!;
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        JsonElement told = (await world.Sandbox.ObjectsAsync("event")).First(item =>
            item.GetProperty("type").GetString() == "charge.dispute.created" && item.GetRawText().Contains(ours, StringComparison.Ordinal));
        Assert.Equal(200, await world.PostEventAsync(told.GetRawText().Replace(ours, theirs, StringComparison.Ordinal)));
        await merchant.StatusAsync(disputed.Id, "disputed");
        Assert.Equal("captured", await other.StatusAsync(unconcerned.Id));
        Assert.Empty((await other.GetAsync("/disputes")).GetProperty("data").EnumerateArray());
        await merchant.JudgeAsync();
        await other.JudgeAsync();
    }
}
