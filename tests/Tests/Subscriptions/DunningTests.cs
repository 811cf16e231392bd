using System.Text.Json;
using Florin.Tests.Faults;
using Xunit;

namespace Florin.Tests.Subscriptions;

/// <summary>Invoices that are not paid at once: what is tried, when, and what is not. The provider's record of attempts judges.</summary>
public sealed class DunningTests(BillingWorld world) : IClassFixture<BillingWorld>
{
    private const string Poor = "pm_card_visa_chargeDeclinedInsufficientFunds";
    private const string Stolen = "pm_card_visa_chargeDeclinedStolenCard";

    private static readonly int[] RetryDays = [1, 3, 5, 7];

    [Fact]
    public async Task A_declined_invoice_is_tried_on_the_days_of_the_schedule_and_then_the_subscription_ends()
    {
        BillingMerchant merchant = await BillingMerchant.CreateAsync(world);
        string subscription = await merchant.SubscribeAsync(await merchant.PlanAsync("10.00"), Poor);
        JsonElement invoice = Assert.Single(await merchant.InvoicesAsync());
        string id = invoice.GetProperty("id").GetString()!;
        DateTimeOffset first = invoice.GetProperty("next_attempt_at").GetDateTimeOffset() - TimeSpan.FromDays(1);
        Assert.Equal("past_due", invoice.GetProperty("status").GetString());

        // The subscription hears of it from its invoice.
        Assert.Equal("past_due", await Eventually.GetAsync(() => merchant.StatusAsync(subscription), status => status != "active", "the subscription's state"));
        Assert.Equal("insufficient_funds", invoice.GetProperty("failure_code").GetString());
        int tried = 1;
        foreach (int day in RetryDays)
        {
            await world.AdvanceToAsync(first.AddDays(day) - TimeSpan.FromMinutes(1));
            await ChargedAsync(merchant, id, tried);
            await world.AdvanceToAsync(first.AddDays(day));
            await ChargedAsync(merchant, id, ++tried);
        }

        JsonElement ended = await merchant.SubscriptionAsync(subscription);
        Assert.Equal(("canceled", "unpaid"), (ended.GetProperty("status").GetString(), ended.GetProperty("end_reason").GetString()));
        await world.AdvanceToAsync(first.AddDays(70));
        await ChargedAsync(merchant, id, tried);
        await merchant.JudgeAsync((1000, "uncollectible"));
        Assert.Equal(409, (await merchant.ChangeAsync(subscription, "resume")).Status);

        // Given up is not forgiven: by hand it can still be paid.
        Assert.Equal(201, (await PayAsync(merchant, id, "10.00")).Status);
        await world.QuietAsync(await world.NowAsync() - TimeSpan.FromSeconds(2));
        await merchant.JudgeAsync((1000, "paid"));
        Assert.Equal("canceled", await merchant.StatusAsync(subscription));
    }

    [Fact]
    public async Task An_overdue_invoice_paid_by_hand_is_not_charged_by_schedule_and_is_paid_in_full_or_not_at_all()
    {
        BillingMerchant merchant = await BillingMerchant.CreateAsync(world);
        string subscription = await merchant.SubscribeAsync(await merchant.PlanAsync("10.00"), Poor);
        string id = Assert.Single(await merchant.InvoicesAsync()).GetProperty("id").GetString()!;
        Assert.Equal((409, "invoice_differs"), Code(await PayAsync(merchant, id, "1.00")));
        Assert.Equal((409, "invoice_differs"), Code(await PayAsync(merchant, id, "10.00", capture: "manual")));
        await ChargedAsync(merchant, id, 1);

        HttpAnswer paid = await PayAsync(merchant, id, "10.00");
        Assert.Equal(201, paid.Status);
        Assert.Equal((409, "obligation_taken"), Code(await PayAsync(merchant, id, "10.00")));
        await world.QuietAsync(await world.NowAsync() - TimeSpan.FromSeconds(2));
        Assert.Equal("active", await merchant.StatusAsync(subscription));
        Assert.Equal(paid.Id, (await merchant.GetAsync($"/invoices/{id}")).GetProperty("payment_id").GetString());
        await world.AdvanceToAsync(await world.NowAsync() + TimeSpan.FromDays(8));
        await ChargedAsync(merchant, id, 2, 1000);
        await merchant.JudgeAsync((1000, "paid"));

        // Another merchant's payment with the same words is another obligation.
        BillingMerchant other = await BillingMerchant.CreateAsync(world);
        Assert.Equal(201, (await PayAsync(other, id, "1.00")).Status);
        await merchant.JudgeAsync((1000, "paid"));
    }

    [Fact]
    public async Task A_hard_decline_waits_for_another_source_and_one_that_comes_is_tried_at_once()
    {
        BillingMerchant merchant = await BillingMerchant.CreateAsync(world);
        string plan = await merchant.PlanAsync("10.00");
        string helped = await merchant.SubscribeAsync(plan, Stolen);
        string left = await merchant.SubscribeAsync(plan, Stolen);
        JsonElement[] invoices = await merchant.InvoicesAsync();
        string[] ids = [.. invoices.Select(invoice => invoice.GetProperty("id").GetString()!)];
        Assert.All(invoices, invoice => Assert.False(invoice.TryGetProperty("next_attempt_at", out _)));
        DateTimeOffset began = await world.NowAsync();

        await world.AdvanceToAsync(began.AddDays(4));
        await ChargedAsync(merchant, ids[0], 1);
        HttpAnswer changed = await merchant.ChangeAsync(helped, "payment-source", new { payment_source = "pm_card_visa" });
        Assert.Equal(200, changed.Status);
        await ChargedAsync(merchant, ids[0], 2, 1000);
        Assert.Equal(("active", "past_due"), (await merchant.StatusAsync(helped), await merchant.StatusAsync(left)));

        await world.AdvanceToAsync(began.AddDays(8));
        await ChargedAsync(merchant, ids[1], 1);
        Assert.Equal(("active", "canceled"), (await merchant.StatusAsync(helped), await merchant.StatusAsync(left)));
        await merchant.JudgeAsync((1000, "paid"), (1000, "uncollectible"));
    }

    [Fact]
    public async Task An_unknown_outcome_is_never_tried_again_however_long_it_lasts_and_whoever_asks()
    {
        BillingMerchant merchant = await BillingMerchant.CreateAsync(world);
        await world.Sandbox.FaultAsync("payment_intents.create", "timeout_after_effect");
        await world.Sandbox.FaultAsync("payment_intents.list", "error_500", count: 1_000_000);
        string plan = await merchant.PlanAsync("10.00");
        HttpAnswer begun = await merchant.SendAsync("/subscriptions", new { plan_id = plan, customer = "ann", payment_source = "pm_card_visa" });
        Assert.Equal(201, begun.Status);
        string id = await Eventually.GetAsync(
            async () => (await merchant.InvoicesAsync()).Select(invoice => invoice.GetProperty("id").GetString()!).FirstOrDefault(), found => found is not null, "the invoice") ?? "";
        await Eventually.GetAsync(
            () => world.Database.QueryAsync<long>($"select count(*) from flows.flow where kind = 'payment' and owner_id = '{merchant.Id}' and state = 'unknown'"),
            count => count == 1,
            "an unknown payment");

        await world.AdvanceToAsync(await world.NowAsync() + TimeSpan.FromDays(9));
        await ChargedAsync(merchant, id, 1, 1000);
        Assert.Equal((409, "obligation_taken"), Code(await PayAsync(merchant, id, "10.00")));
        await merchant.ChangeAsync(begun.Id, "payment-source", new { payment_source = "pm_card_mastercard" });
        await ChargedAsync(merchant, id, 1, 1000);

        await world.Sandbox.ClearFaultsAsync();
        await world.AdvanceToAsync(await world.NowAsync() + TimeSpan.FromHours(3));
        await merchant.JudgeAsync((1000, "paid"));
        Assert.Equal("active", await merchant.StatusAsync(begun.Id));
    }

    private static (int Status, string? Code) Code(HttpAnswer answer) => (answer.Status, answer.Code);

    private static async Task ChargedAsync(BillingMerchant merchant, string invoice, int tried, params long[] taken)
    {
        (int triedNow, long[] takenNow) = await merchant.ChargesAsync(invoice);
        Assert.Equal(tried, triedNow);
        Assert.Equal(taken, takenNow);
    }

    private static Task<HttpAnswer> PayAsync(BillingMerchant merchant, string invoice, string amount, string capture = "automatic") => merchant.SendAsync(
        "/payments", new { amount, currency = "USD", payment_source = "pm_card_visa", capture, obligation = $"invoice:{invoice}" });
}
