using System.Text.Json;
using Florin.Tests.Faults;
using Xunit;

namespace Florin.Tests.Subscriptions;

/// <summary>Cancellation, pause, change of plan and trial, judged by a naive model of shares and dates.</summary>
public sealed class ChangeTests(BillingWorld world) : IClassFixture<BillingWorld>
{
    [Fact]
    public async Task Cancelling_now_gives_the_unused_part_as_credit_which_the_next_invoices_use_up()
    {
        BillingMerchant merchant = await BillingMerchant.CreateAsync(world);
        string plan = await merchant.PlanAsync("10.00");
        string subscription = await merchant.SubscribeAsync(plan, customer: "ann");
        (DateTimeOffset start, DateTimeOffset end) = await merchant.PeriodAsync(subscription);
        await world.AdvanceToAsync(start + ((end - start) / 3));
        string key = world.NewKey();
        HttpAnswer canceled = await merchant.SendAsync($"/subscriptions/{subscription}/cancel", new { at = "now", credit = "prorated" }, key);
        Assert.Equal((200, "canceled"), (canceled.Status, canceled.MovementStatus));
        HttpAnswer repeat = await merchant.SendAsync($"/subscriptions/{subscription}/cancel", new { at = "now", credit = "prorated" }, key);
        Assert.Equal((200, true), (repeat.Status, repeat.IsReplayed));
        Assert.Equal(422, (await merchant.SendAsync($"/subscriptions/{subscription}/cancel", new { at = "now" }, key)).Status);
        Assert.Equal(409, (await merchant.SendAsync($"/subscriptions/{subscription}/cancel", new { at = "now" })).Status);
        await world.QuietAsync(start);

        JsonElement note = (await merchant.InvoicesAsync())[1];
        long credit = BillingMerchant.Share(1000, note.GetProperty("issued_at").GetDateTimeOffset(), start, end);
        Assert.InRange(credit, 660, 667);
        Assert.Equal(Cents(credit), note.GetProperty("credited").GetString());
        await merchant.SubscribeAsync(plan, customer: "bob");
        await merchant.SubscribeAsync(plan, customer: "ann");
        await merchant.JudgeAsync((1000, "paid"), (0, "paid"), (1000, "paid"), (1000 - credit, "paid"));

        // Without credit, nothing comes back; after the end nothing is billed.
        await world.AdvanceToAsync(end.AddDays(3));
        Assert.DoesNotContain(await merchant.InvoicesAsync(), invoice =>
            invoice.GetProperty("subscription_id").GetString() == subscription && invoice.GetProperty("number").GetInt64() > 2);
    }

    [Fact]
    public async Task At_the_end_of_the_period_means_then_unless_it_is_taken_back()
    {
        BillingMerchant merchant = await BillingMerchant.CreateAsync(world);
        string plan = await merchant.PlanAsync("7.00", "week");
        string ends = await merchant.SubscribeAsync(plan);
        string stays = await merchant.SubscribeAsync(plan);
        foreach (string subscription in (string[])[ends, stays])
        {
            HttpAnswer answer = await merchant.ChangeAsync(subscription, "cancel", new { at = "period_end" });
            Assert.Equal((200, "active", true), (answer.Status, answer.MovementStatus, answer.Body.GetProperty("cancel_at_period_end").GetBoolean()));
        }

        Assert.Equal(200, (await merchant.ChangeAsync(stays, "resume")).Status);
        Assert.Equal(422, (await merchant.ChangeAsync(stays, "cancel", new { at = "period_end", credit = "prorated" })).Status);
        await world.AdvanceToAsync(await merchant.PeriodEndAsync(stays) + TimeSpan.FromDays(1));
        Assert.Equal(("canceled", "active"), (await merchant.StatusAsync(ends), await merchant.StatusAsync(stays)));
        Assert.Equal("period_end", (await merchant.SubscriptionAsync(ends)).GetProperty("end_reason").GetString());
        await merchant.JudgeAsync((700, "paid"), (700, "paid"), (700, "paid"));
    }

    [Fact]
    public async Task A_pause_bills_nothing_and_keeps_what_is_left_to_the_second()
    {
        BillingMerchant merchant = await BillingMerchant.CreateAsync(world);
        string subscription = await merchant.SubscribeAsync(await merchant.PlanAsync("10.00"));
        (DateTimeOffset start, DateTimeOffset end) = await merchant.PeriodAsync(subscription);
        await world.AdvanceToAsync(start.AddDays(10));
        Assert.Equal("paused", (await merchant.ChangeAsync(subscription, "pause")).MovementStatus);
        DateTimeOffset paused = await merchant.ChangedAtAsync(subscription);
        Assert.False((await merchant.SubscriptionAsync(subscription)).TryGetProperty("current_period_end", out _));
        Assert.Equal(409, (await merchant.ChangeAsync(subscription, "pause")).Status);

        await world.AdvanceToAsync(end.AddDays(40));
        await merchant.JudgeAsync((1000, "paid"));
        Assert.Equal("active", (await merchant.ChangeAsync(subscription, "resume")).MovementStatus);
        DateTimeOffset renewal = await merchant.ChangedAtAsync(subscription) + (end - paused);
        Assert.Equal(renewal, await merchant.PeriodEndAsync(subscription));

        await world.AdvanceToAsync(renewal - TimeSpan.FromMinutes(1));
        await merchant.JudgeAsync((1000, "paid"));
        await world.AdvanceToAsync(renewal);
        await merchant.JudgeAsync((1000, "paid"), (1000, "paid"));
        Assert.Equal((renewal, renewal.AddMonths(1)), await merchant.PeriodAsync(subscription));
    }

    [Fact]
    public async Task Changes_of_plan_are_prorated_exactly_and_going_to_and_fro_adds_up_to_the_price()
    {
        BillingMerchant merchant = await BillingMerchant.CreateAsync(world);
        string basic = await merchant.PlanAsync("10.01");
        string pro = await merchant.PlanAsync("24.99");
        string subscription = await merchant.SubscribeAsync(basic);
        (DateTimeOffset start, DateTimeOffset end) = await merchant.PeriodAsync(subscription);
        long price = 1001;
        long credit = 0;
        long spent = 1001;
        List<(long, string)> expected = [(1001, "paid")];
        foreach ((double days, string plan, long to) in ((double, string, long)[])[(3.3, pro, 2499), (7.7, basic, 1001), (11.1, pro, 2499), (19.9, basic, 1001)])
        {
            await world.AdvanceToAsync(start.AddDays(days));
            HttpAnswer changed = await merchant.ChangeAsync(subscription, "plan", new { plan_id = plan });
            Assert.True(changed.Status == 200, changed.ToString());
            DateTimeOffset at = (await merchant.InvoicesAsync())[^1].GetProperty("issued_at").GetDateTimeOffset();
            long net = BillingMerchant.Share(to, at, start, end) - BillingMerchant.Share(price, at, start, end);
            long used = Math.Min(credit, Math.Max(net, 0));
            expected.Add((Math.Max(net, 0) - used, "paid"));
            credit += Math.Max(-net, 0) - used;
            spent += net;
            price = to;
            await merchant.JudgeAsync([.. expected]);
        }

        // The calendar has not moved, and the next period has the full price, less the credit.
        Assert.Equal((start, end), await merchant.PeriodAsync(subscription));
        await world.AdvanceToAsync(end);
        expected.Add((1001 - Math.Min(credit, 1001), "paid"));
        await merchant.JudgeAsync([.. expected]);
        long taken = 0;
        foreach (JsonElement invoice in await merchant.InvoicesAsync())
        {
            taken += (await merchant.ChargesAsync(invoice.GetProperty("id").GetString()!)).Taken.Sum();
        }

        // All that was ever taken is the price of the time on each plan, and of the new period.
        Assert.Equal(spent + 1001, taken);
    }

    [Fact]
    public async Task Another_rhythm_begins_a_period_at_once_and_without_proration_a_change_waits()
    {
        BillingMerchant merchant = await BillingMerchant.CreateAsync(world);
        string monthly = await merchant.PlanAsync("10.00");
        string yearly = await merchant.PlanAsync("100.00", "year");
        string later = await merchant.PlanAsync("5.00", "week", proration: "off");
        string subscription = await merchant.SubscribeAsync(monthly);
        (DateTimeOffset start, DateTimeOffset end) = await merchant.PeriodAsync(subscription);
        await world.AdvanceToAsync(start.AddDays(6));
        Assert.Equal(200, (await merchant.ChangeAsync(subscription, "plan", new { plan_id = yearly })).Status);
        DateTimeOffset at = (await merchant.InvoicesAsync())[^1].GetProperty("issued_at").GetDateTimeOffset();
        long first = 10_000 - BillingMerchant.Share(1000, at, start, end);
        await merchant.JudgeAsync((1000, "paid"), (first, "paid"));
        Assert.Equal((at, at.AddYears(1)), await merchant.PeriodAsync(subscription));

        Assert.Equal(200, (await merchant.ChangeAsync(subscription, "plan", new { plan_id = later })).Status);
        Assert.Equal(later, (await merchant.SubscriptionAsync(subscription)).GetProperty("next_plan").GetProperty("id").GetString());
        await world.AdvanceToAsync(at.AddYears(1));
        Assert.Equal((at.AddYears(1), at.AddYears(1).AddDays(7)), await merchant.PeriodAsync(subscription));
        await merchant.JudgeAsync((1000, "paid"), (first, "paid"), (500, "paid"));

        HttpAnswer foreign = await merchant.ChangeAsync(subscription, "plan", new { plan_id = await merchant.PlanAsync("5.00", currency: "EUR") });
        Assert.Equal((422, "unsupported_currency"), (foreign.Status, foreign.Code));
    }

    [Fact]
    public async Task A_trial_costs_nothing_and_versions_of_a_plan_do_not_reach_those_who_subscribed_before()
    {
        BillingMerchant merchant = await BillingMerchant.CreateAsync(world);
        string plan = await merchant.PlanAsync("10.00", trialDays: 14);
        string subscription = await merchant.SubscribeAsync(plan);
        Assert.Equal("trialing", await merchant.StatusAsync(subscription));
        HttpAnswer version = await merchant.SendAsync(
            $"/plans/{plan}/versions", new { name = "dearer", amount = "20.00", currency = "USD", interval = "month", proration = "on" });
        Assert.Equal((201, 2), (version.Status, version.Body.GetProperty("version").GetInt32()));
        DateTimeOffset ends = await merchant.PeriodEndAsync(subscription);
        await world.AdvanceToAsync(ends - TimeSpan.FromMinutes(1));
        await merchant.JudgeAsync();
        await world.AdvanceToAsync(ends);
        await merchant.JudgeAsync((1000, "paid"));
        await merchant.SubscribeAsync(plan, customer: "late");
        await merchant.JudgeAsync((1000, "paid"), (2000, "paid"));
        Assert.Equal("10.00", (await merchant.GetAsync($"/plans/{plan}?version=1")).GetProperty("amount").GetString());
        Assert.Equal("20.00", Assert.Single((await merchant.GetAsync("/plans")).GetProperty("data").EnumerateArray()).GetProperty("amount").GetString());
    }

    private static string Cents(long cents) => $"{cents / 100}.{cents % 100:00}";
}
