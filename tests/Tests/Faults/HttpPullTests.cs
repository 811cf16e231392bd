using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>Webhooks that never arrive.</summary>
public sealed class HttpPullTests(HttpPullingWorld world) : IClassFixture<HttpPullingWorld>
{
    [Fact]
    [Fault("W-13")]
    public async Task What_no_webhook_told_is_pulled_and_ends_the_same()
    {
        LoadUser user = await world.CreateUserAsync("50.00");
        await world.Sandbox.FaultAsync("webhook", "drop_webhook", count: 10_000);
        HttpAnswer deposit = await world.DepositAsync(user, "15.00", sourceId: user.BankId);
        HttpAnswer withdrawal = await world.WithdrawAsync(user, "20.00");
        await world.Sandbox.AdvanceAsync(TimeSpan.FromHours(24));

        // No look at these objects is due for an hour: what moves them is the pull.
        await world.StateAsync(deposit.Id, "succeeded");
        await world.StateAsync(withdrawal.Id, "succeeded");
        Assert.Equal(5_000 + 1_500 - 2_000, await world.BalanceAsync(user));
        string[] references = [deposit.Id, withdrawal.Id];
        Assert.Equal(2, await world.Database.QueryAsync<long>(
            $"""
            select count(distinct s.flow_id) from flows.signal s join flows.inbound_event e on e.event_id = s.source_id
            where s.flow_id::text in ('{string.Join("', '", references)}') and e.via = 'pull'
            """));
        await world.Sandbox.ClearFaultsAsync();

        // Webhooks that arrive after all are repeats.
        long postings = await world.PostingsAsync(user);
        foreach (System.Text.Json.JsonElement told in await world.EventsAsync(deposit.Id))
        {
            await world.Sandbox.ResendEventAsync(told.GetProperty("id").GetString()!);
        }

        Assert.Equal(0, await world.Database.QueryAsync<long>(
            $"select count(*) from flows.inbound_event where via = 'webhook' and body like '%{deposit.Id}%'"));
        Assert.Equal(postings, await world.PostingsAsync(user));
    }

    [Fact]
    [Fault("W-13")]
    public async Task What_no_webhook_of_PayPal_told_is_pulled_as_well()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        await world.Sandbox.PayPalFaultAsync("webhook", "drop_webhook", count: 10_000);
        HttpAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => merchant.PayAsync("15.00", source: "paypal:sandbox_capture_pending")));
        Assert.All(answers, answer => Assert.Equal((201, "created"), (answer.Status, answer.MovementStatus)));
        await world.Sandbox.AdvanceAsync(TimeSpan.FromHours(24));
        foreach (HttpAnswer answer in answers)
        {
            await merchant.StatusAsync(answer.Id, "captured");
        }

        await world.Sandbox.ClearFaultsAsync();
        Assert.Equal(0, await world.Database.QueryAsync<long>("select count(*) from flows.inbound_event where via = 'webhook' and provider = 'paypal'"));
        await PayPalBooks.JudgeAsync(world, merchant);
    }
}
