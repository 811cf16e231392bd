using System.Text.Json;
using Xunit;

namespace Florin.Tests.Subscriptions;

/// <summary>A house that lets subscriptions stay when the retries are over.</summary>
public sealed class UnpaidTests(UnpaidBillingWorld world) : IClassFixture<UnpaidBillingWorld>
{
    [Fact]
    public async Task An_unpaid_subscription_is_not_billed_and_goes_on_when_its_invoice_is_paid_by_hand()
    {
        BillingMerchant merchant = await BillingMerchant.CreateAsync(world);
        string subscription = await merchant.SubscribeAsync(await merchant.PlanAsync("10.00"), "pm_card_visa_chargeDeclined");
        (DateTimeOffset start, DateTimeOffset end) = await merchant.PeriodAsync(subscription);
        foreach (int day in (int[])[1, 3, 5, 7])
        {
            await world.AdvanceToAsync(start.AddDays(day) + TimeSpan.FromMinutes(1));
        }

        Assert.Equal("unpaid", await merchant.StatusAsync(subscription));
        await world.AdvanceToAsync(end.AddDays(45));
        await merchant.JudgeAsync((1000, "uncollectible"));

        // Nothing that was not served is billed: a new period begins with the day on which it goes on.
        JsonElement invoice = Assert.Single(await merchant.InvoicesAsync());
        await merchant.ChangeAsync(subscription, "payment-source", new { payment_source = "pm_card_visa" });
        await merchant.JudgeAsync((1000, "uncollectible"));
        Assert.Equal(201, (await merchant.SendAsync("/payments", new
        {
            amount = "10.00",
            currency = "USD",
            payment_source = "pm_card_visa",
            capture = "automatic",
            obligation = invoice.GetProperty("obligation").GetString(),
        })).Status);
        await world.QuietAsync(await world.NowAsync() - TimeSpan.FromSeconds(2));
        await merchant.JudgeAsync((1000, "paid"), (1000, "paid"));
        (DateTimeOffset again, DateTimeOffset next) = await merchant.PeriodAsync(subscription);
        Assert.Equal(("active", again.AddMonths(1)), (await merchant.StatusAsync(subscription), next));
        Assert.True(again >= end.AddDays(45));
    }
}
