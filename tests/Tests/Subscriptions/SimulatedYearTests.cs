using Florin.Tests.Faults;
using Xunit;

namespace Florin.Tests.Subscriptions;

/// <summary>A year of a subscription on the real server under a clock that is moved, judged by a model that knows dates and cents only.</summary>
public sealed class SimulatedYearTests(BillingWorld world) : IClassFixture<BillingWorld>
{
    /// <summary>Month ends by the table of a wall calendar.</summary>
    private static readonly (int Month, int Day)[] MonthEnds =
    [
        (2, 28), (3, 31), (4, 30), (5, 31), (6, 30), (7, 31), (8, 31), (9, 30), (10, 31), (11, 30), (12, 31),
    ];

    [Fact]
    public async Task Twelve_renewals_from_the_31st_are_charged_once_each_on_the_last_days_of_months_through_kills_and_lost_answers()
    {
        await world.AdvanceToAsync(new DateTimeOffset(2027, 1, 31, 10, 0, 0, TimeSpan.Zero));
        BillingMerchant merchant = await BillingMerchant.CreateAsync(world);
        string subscription = await merchant.SubscribeAsync(await merchant.PlanAsync("10.00"));
        DateTimeOffset anchor = (await merchant.SubscriptionAsync(subscription)).GetProperty("current_period_start").GetDateTimeOffset();
        List<(long Total, string Status)> expected = [(1000, "paid")];
        await merchant.JudgeAsync([.. expected]);

        foreach ((int month, int day) in MonthEnds)
        {
            DateTimeOffset due = new DateTimeOffset(2027, month, day, 0, 0, 0, TimeSpan.Zero) + anchor.TimeOfDay;
            Assert.Equal(due, await merchant.PeriodEndAsync(subscription));
            await world.AdvanceToAsync(due - TimeSpan.FromMinutes(1));
            await merchant.JudgeAsync([.. expected]);
            await CrossAsync(month, due);
            expected.Add((1000, "paid"));
            await merchant.JudgeAsync([.. expected]);
        }

        Assert.Equal("active", await merchant.StatusAsync(subscription));
        Assert.Equal(MonthEnds.Length + 1, (await merchant.InvoicesAsync()).Length);
    }

    [Fact]
    public async Task A_year_with_dunning_a_change_of_plan_an_expired_card_a_pause_and_kills_is_what_the_model_predicts()
    {
        BillingMerchant merchant = await BillingMerchant.CreateAsync(world);
        string pro = await merchant.PlanAsync("30.00");
        string subscription = await merchant.SubscribeAsync(await merchant.PlanAsync("10.00"));
        (DateTimeOffset start, DateTimeOffset end) = await merchant.PeriodAsync(subscription);
        DateTimeOffset anchor = start;
        int periods = 1;
        List<(long Total, string Status)> expected = [(1000, "paid")];

        // The second in peace, the third with a card that has no funds, and a server that dies between two attempts.
        await RenewAsync(1000);
        await merchant.ChangeAsync(subscription, "payment-source", new { payment_source = "pm_card_visa_chargeDeclinedInsufficientFunds" });
        await RenewAsync(1000, "retrying");
        await world.Server.KillAsync();
        await world.Server.StartAgainAsync();
        await world.AdvanceToAsync(start.AddDays(1) + TimeSpan.FromMinutes(1));
        await ChargedAsync(2, 0);
        await merchant.ChangeAsync(subscription, "payment-source", new { payment_source = "pm_card_visa" });
        expected[^1] = (1000, "paid");
        await merchant.JudgeAsync([.. expected]);
        Assert.Equal("active", await merchant.StatusAsync(subscription));

        // In the fourth period another plan.
        await RenewAsync(1000);
        await world.AdvanceToAsync(start.AddDays(13.7));
        await merchant.ChangeAsync(subscription, "plan", new { plan_id = pro });
        DateTimeOffset at = (await merchant.InvoicesAsync())[^1].GetProperty("issued_at").GetDateTimeOffset();
        expected.Add((BillingMerchant.Share(3000, at, start, end) - BillingMerchant.Share(1000, at, start, end), "paid"));
        await merchant.JudgeAsync([.. expected]);
        await RenewAsync(3000);
        await RenewAsync(3000);

        // A card that is good until the month after the seventh renewal; the eighth meets it expired.
        await merchant.ChangeAsync(subscription, "payment-source", new { payment_source = await world.CardAsync(Renewal(periods)) });
        await RenewAsync(3000);
        await world.AdvanceToAsync(end - TimeSpan.FromMinutes(1));
        Assert.Equal(["card.expiring", "card.expired"], (await world.EventsAsync(merchant.Id, "card")).TakeLast(2));
        await RenewAsync(3000, "awaiting_source");
        await world.AdvanceToAsync(start.AddDays(4));
        await ChargedAsync(1, 0);
        Assert.Equal(("past_due", "expired_card"), (await merchant.StatusAsync(subscription), (await merchant.InvoicesAsync())[^1].GetProperty("failure_code").GetString()));
        await merchant.ChangeAsync(subscription, "payment-source", new { payment_source = "pm_card_visa" });
        expected[^1] = (3000, "paid");
        await ChargedAsync(2, 3000);
        await merchant.JudgeAsync([.. expected]);

        // A pause: the rest of the period is moved, and the days on which the others begin with it.
        await merchant.ChangeAsync(subscription, "pause");
        TimeSpan left = end - await merchant.ChangedAtAsync(subscription);
        await world.AdvanceToAsync(end.AddDays(33));
        await merchant.ChangeAsync(subscription, "resume");
        (anchor, periods) = (await merchant.ChangedAtAsync(subscription) + left, 0);
        end = anchor;
        await RenewAsync(3000);
        await RenewAsync(3000);

        // Dead for two renewals: both are made up for, each with its invoice.
        await world.Server.KillAsync();
        await world.Sandbox.AdvanceAsync(Renewal(periods + 1) - await world.NowAsync() + TimeSpan.FromSeconds(2));
        await world.Server.StartAgainAsync();
        await RenewAsync(3000, isAlone: false);
        await RenewAsync(3000);
        Assert.Equal(13, expected.Count);

        await world.AdvanceToAsync(start.AddDays(9));
        Assert.Equal(200, (await merchant.ChangeAsync(subscription, "cancel", new { at = "now", credit = "prorated" })).Status);
        expected.Add((0, "paid"));
        at = (await merchant.InvoicesAsync())[^1].GetProperty("issued_at").GetDateTimeOffset();
        Assert.Equal(
            BillingMerchant.Share(3000, at, start, end), await world.Database.QueryAsync<decimal>($"select balance from subscriptions.customer_credit where merchant_id = '{merchant.Id}'"));
        await world.AdvanceToAsync(end.AddDays(40));
        await merchant.JudgeAsync([.. expected]);

        DateTimeOffset Renewal(int count) => anchor.AddMonths(count);

        // Passes the end of the period, and predicts the next one.
        async Task RenewAsync(long total, string status = "paid", bool isAlone = true)
        {
            await world.AdvanceToAsync(end);
            await SettledAsync();
            expected.Add((total, status));
            (start, end, periods) = (end, Renewal(periods + 1), periods + 1);
            if (isAlone)
            {
                await merchant.JudgeAsync([.. expected]);
                Assert.Equal((start, end), await merchant.PeriodAsync(subscription));
            }
        }

        async Task ChargedAsync(int tried, long taken)
        {
            (int triedNow, long[] takenNow) = await merchant.ChargesAsync((await merchant.InvoicesAsync())[^1].GetProperty("id").GetString()!);
            Assert.Equal((tried, taken), (triedNow, takenNow.Sum()));
        }
    }

    /// <summary>Passes an instant, in some months with something in the way.</summary>
    private async Task CrossAsync(int month, DateTimeOffset due)
    {
        switch (month)
        {
            case 4:
                // The provider takes the money and its answer is lost: the outcome is unknown, and found out by looking.
                await world.Sandbox.FaultAsync("payment_intents.create", "timeout_after_effect");
                break;

            case 6:
                // Dead when it is due; another process finds it.
                await world.Server.KillAsync();
                await world.Sandbox.AdvanceAsync(due - await world.NowAsync() + TimeSpan.FromSeconds(2));
                await world.Server.StartAgainAsync();
                break;

            case 9:
                // Killed after the provider took the money, before that is known.
                await world.Sandbox.FaultAsync("payment_intents.create", "timeout_after_effect");
                await world.Sandbox.AdvanceAsync(due - await world.NowAsync() + TimeSpan.FromSeconds(2));
                await world.Sandbox.WhenFaultStruckAsync("timeout_after_effect", 2);
                await world.Server.KillAsync();
                await world.Server.StartAgainAsync();
                break;
        }

        await world.AdvanceToAsync(due);
        await SettledAsync();
    }

    /// <summary>What is unknown is looked up after a pause: time passes until it is known.</summary>
    private async Task SettledAsync()
    {
        while (await world.Database.QueryAsync<long>("select count(*) from flows.flow where kind = 'subscription.invoice' and state in ('open', 'collecting')") > 0)
        {
            await world.AdvanceToAsync(await world.NowAsync() + TimeSpan.FromSeconds(30));
        }
    }
}
