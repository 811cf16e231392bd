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
