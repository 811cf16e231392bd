using Florin.Providers;
using Florin.Wallets.Withdrawals;
using Xunit;

namespace Florin.Tests.Wallets;

/// <summary>A payout of 40.00 out of 100.00 whose answer was lost, by a provider that keeps no list: only the same request under the same key can tell.</summary>
public sealed class RepeatedPayoutTests
{
    private const long Rest = 60_00;
    private const long All = 100_00;

    private static readonly TimeSpan Remembered = TimeSpan.FromDays(30);

    [Theory]
    [InlineData(Script.LoseAnswer)]
    [InlineData(Script.LoseRequest)]
    [Fault("U-07")]
    [Fault("U-15")]
    public async Task It_is_repeated_under_its_key_and_paid_once(Script first)
    {
        FlowDriver driver = await LostAsync(first);
        driver.Provider.Next = Script.Accept;
        await driver.WakeAsync();

        Assert.Equal("in_transit", driver.Flow.State);
        Assert.Equal(["submitting", "unknown", "in_transit"], driver.Path);
        Assert.Single(driver.Provider.Payouts);
        Assert.Single(driver.Provider.Requests.Select(request => request with { IsRepeat = false }).Distinct());
        Assert.Equal([false, true], driver.Provider.Requests.Select(request => request.IsRepeat));
        AssertBooks(driver, user: Rest, inTransit: 40_00);
    }

    [Theory]
    [InlineData(Script.NotSent)]
    [InlineData(Script.LoseAnswer)]
    [InlineData(Script.LoseRequest)]
    [Fault("U-07")]
    public async Task While_repeats_come_to_nothing_the_money_stays_debited(Script repeats)
    {
        FlowDriver driver = await LostAsync(Script.LoseRequest);
        driver.Provider.Next = repeats;
        for (int look = 0; look < 20; look++)
        {
            await driver.WakeAsync();
            Assert.Equal("unknown", driver.Flow.State);
        }

        // Nothing is written by a repeat that taught nothing.
        Assert.Equal(["submitting", "unknown"], driver.Path);
        AssertBooks(driver, user: Rest, inTransit: 40_00);
    }

    /// <summary>Right after the loss the first call may still be under way; later a payout that was made would have been found.</summary>
    [Fact]
    [Fault("U-07")]
    public async Task A_repeat_that_is_refused_gives_the_money_back_only_after_the_settle_window()
    {
        FlowDriver driver = await LostAsync(Script.LoseRequest);
        driver.Provider.Next = Script.Decline;
        DateTimeOffset lost = driver.Clock.GetUtcNow();
        while (driver.Flow.State == "unknown")
        {
            AssertBooks(driver, user: Rest, inTransit: 40_00);
            await driver.WakeAsync();
        }

        Assert.True(driver.Clock.GetUtcNow() - lost >= FlowDriver.Options.SettleWindow);
        Assert.Equal("failed", driver.Flow.State);
        AssertBooks(driver, user: All, inTransit: 0);
    }

    [Fact]
    [Fault("U-07")]
    public async Task A_repeat_that_we_refuse_ourselves_is_no_evidence()
    {
        FlowDriver driver = await LostAsync(Script.LoseAnswer);
        driver.Provider.Next = Script.Decline;
        driver.Provider.DeclineCode = "local:invalid_destination";
        await ParkAsync(driver);

        Assert.Equal("unknown", driver.Flow.State);
        AssertBooks(driver, user: Rest, inTransit: 40_00);
    }

    [Fact]
    [Fault("I-05")]
    public async Task What_the_provider_may_have_forgotten_is_never_sent_again_and_the_money_stays()
    {
        FlowDriver driver = await LostAsync(Script.LoseRequest);
        DateTimeOffset lost = driver.Clock.GetUtcNow();
        driver.Provider.DuringCall = () => Assert.True(driver.Clock.GetUtcNow() - lost < Remembered);
        await ParkAsync(driver);

        int calls = driver.Provider.Calls;
        driver.Signal("retry", source: Florin.Flows.FlowSignal.OperatorSource);
        await driver.RunAsync();
        Assert.NotNull(driver.Flow.ParkedReason);
        Assert.Equal(("unknown", calls), (driver.Flow.State, driver.Provider.Calls));
        AssertBooks(driver, user: Rest, inTransit: 40_00);
    }

    [Fact]
    public async Task An_event_that_names_the_payout_is_looked_at_and_nothing_is_repeated()
    {
        FlowDriver driver = await LostAsync(Script.LoseAnswer);
        driver.Provider.SetPayouts(ProviderPayoutStatus.Paid);
        driver.Signal("PAYMENT.PAYOUTS-ITEM.SUCCEEDED", "po_0001");
        await driver.RunAsync();

        Assert.Equal(("succeeded", 1), (driver.Flow.State, driver.Provider.Calls));
        AssertBooks(driver, user: Rest, inTransit: 0);
    }

    [Fact]
    public async Task An_event_about_nothing_of_ours_lets_a_refused_payout_rest()
    {
        FlowDriver driver = Driver();
        driver.Provider.Next = Script.Decline;
        await driver.RunAsync();
        driver.Signal("PAYMENT.PAYOUTS-ITEM.FAILED", "po_of_somebody");
        await driver.RunAsync();

        Assert.Equal("failed", driver.Flow.State);
        Assert.Null(driver.Flow.DueAt);
        Assert.Null(driver.Flow.ParkedReason);
        AssertBooks(driver, user: All, inTransit: 0);
    }

    [Fact]
    public async Task An_intent_that_a_dead_process_left_is_repeated_and_not_given_up()
    {
        FlowDriver driver = Driver();
        await driver.RunAsync(crashAfter: 1);
        Assert.Equal("unknown", driver.Flow.State);
        await driver.WakeAsync();

        Assert.Equal("in_transit", driver.Flow.State);
        Assert.Single(driver.Provider.Payouts);
        AssertBooks(driver, user: Rest, inTransit: 40_00);
    }

    [Fact]
    public async Task Whom_it_pays_is_read_where_it_is_kept_and_not_remembered()
    {
        FlowDriver driver = Driver();
        await driver.RunAsync();

        Assert.Equal(FlowDriver.Receiver, Assert.Single(driver.Provider.Requests).Destination);
        Assert.DoesNotContain(FlowDriver.Receiver, driver.Flow.Data, StringComparison.Ordinal);
    }

    /// <summary>A provider may show an object a little after it was made; later it is for a person.</summary>
    [Fact]
    public async Task A_payout_that_the_provider_does_not_show_yet_is_waited_for()
    {
        FlowDriver driver = Driver();
        await driver.RunAsync();
        driver.Provider.Reads = Reads.Hidden;
        DateTimeOffset made = driver.Clock.GetUtcNow();
        await ParkAsync(driver);

        Assert.True(driver.Clock.GetUtcNow() - made >= FlowDriver.Options.SettleWindow);
        Assert.Equal("in_transit", driver.Flow.State);
        AssertBooks(driver, user: Rest, inTransit: 40_00);
    }

    /// <summary>Neither is paid; what is told is kept once, however often it is looked at.</summary>
    [Fact]
    public async Task An_unclaimed_or_held_payout_is_under_way_and_says_why()
    {
        FlowDriver driver = Driver();
        await driver.RunAsync();
        (ProviderPayoutStatus Status, string? Reason)[] told =
        [
            (ProviderPayoutStatus.OnHold, "on_hold"), (ProviderPayoutStatus.Unclaimed, "unclaimed"), (ProviderPayoutStatus.Unclaimed, "unclaimed"),
            (ProviderPayoutStatus.Pending, null),
        ];
        foreach ((ProviderPayoutStatus status, string? reason) in told)
        {
            driver.Provider.SetPayouts(status);
            await driver.WakeAsync();
            Assert.Equal(("in_transit", reason), (driver.Flow.State, WithdrawalFacts.Of(driver.Flow).WaitsFor));
            AssertBooks(driver, user: Rest, inTransit: 40_00);
        }

        Assert.Equal(["submitting", "in_transit", "in_transit", "in_transit", "in_transit"], driver.Path);
        driver.Provider.SetPayouts(ProviderPayoutStatus.Failed, "RETURNED");
        await driver.WakeAsync();
        Assert.Equal("failed", driver.Flow.State);
        AssertBooks(driver, user: All, inTransit: 0);
    }

    private static FlowDriver Driver()
    {
        FlowDriver driver = FlowDriver.Withdrawal(destination: null);
        driver.Provider.RepeatsAnswerFor = Remembered;

        // It has no list: what is not named cannot be found.
        driver.Provider.HasList = false;
        return driver;
    }

    private static async Task<FlowDriver> LostAsync(Script first)
    {
        FlowDriver driver = Driver();
        driver.Provider.Next = first;
        await driver.RunAsync();
        Assert.Equal("unknown", driver.Flow.State);
        AssertBooks(driver, user: Rest, inTransit: 40_00);
        return driver;
    }

    private static async Task ParkAsync(FlowDriver driver)
    {
        while (driver.Flow.ParkedReason is null)
        {
            await driver.WakeAsync();
        }
    }

    private static void AssertBooks(FlowDriver driver, long user, long inTransit)
    {
        Assert.Equal(user, driver.Books.Credit(FlowDriver.UserAccount));
        Assert.Equal(inTransit, driver.Books.Credit(FlowDriver.InTransit));
        Assert.Equal(user + inTransit, driver.Books.Debit(FlowDriver.Clearing));
    }
}
