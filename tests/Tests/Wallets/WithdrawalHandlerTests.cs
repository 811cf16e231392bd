using Florin.Flows;
using Florin.Providers;
using Florin.Wallets.Withdrawals;
using Xunit;

namespace Florin.Tests.Wallets;

/// <summary>Each thing that a provider can say to a withdrawal of 40.00 out of 100.00, and when.</summary>
public sealed class WithdrawalHandlerTests
{
    private const long Rest = 60_00;
    private const long All = 100_00;

    [Fact]
    public async Task A_paid_payout_leaves_the_balance_at_the_provider()
    {
        FlowDriver driver = FlowDriver.Withdrawal();
        await driver.RunAsync();
        Assert.Equal(["submitting", "in_transit"], driver.Path);
        AssertBooks(driver, user: Rest, inTransit: 40_00, clearing: All);

        driver.Provider.SetPayouts(ProviderPayoutStatus.Paid);
        driver.Signal("payout.paid", "po_0001");
        await driver.RunAsync();
        Assert.Equal("succeeded", driver.Flow.State);
        AssertBooks(driver, user: Rest, inTransit: 0, clearing: Rest);
        Assert.Equal($"florin:{driver.Flow.Id}:payout", Assert.Single(driver.Provider.Keys));
    }

    [Theory]
    [InlineData(Script.Decline, ProviderPayoutStatus.Pending)]
    [InlineData(Script.Accept, ProviderPayoutStatus.Failed)]
    [InlineData(Script.Accept, ProviderPayoutStatus.Canceled)]
    public async Task A_refused_payout_gives_the_money_back(Script script, ProviderPayoutStatus status)
    {
        FlowDriver driver = FlowDriver.Withdrawal();
        driver.Provider.Next = script;
        driver.Provider.PayoutStatus = status;
        await driver.RunAsync();

        Assert.Equal("failed", driver.Flow.State);
        AssertBooks(driver, user: All, inTransit: 0, clearing: All);
    }

    [Fact]
    public async Task A_payout_that_fails_under_way_gives_the_money_back_once()
    {
        FlowDriver driver = FlowDriver.Withdrawal();
        await driver.RunAsync();
        driver.Provider.SetPayouts(ProviderPayoutStatus.Failed, "account_closed");
        driver.Signal("payout.failed", "po_0001");
        await driver.RunAsync();
        driver.Signal("payout.failed", "po_0001", "evt_again");
        await driver.RunAsync();

        Assert.Equal("failed", driver.Flow.State);
        Assert.Equal("account_closed", WithdrawalFacts.Of(driver.Flow).FailureCode);
        AssertBooks(driver, user: All, inTransit: 0, clearing: All);
    }

    [Fact]
    public async Task A_payout_that_comes_back_after_it_was_paid_is_returned_to_the_user()
    {
        FlowDriver driver = FlowDriver.Withdrawal();
        driver.Provider.PayoutStatus = ProviderPayoutStatus.Paid;
        await driver.RunAsync();
        Assert.Equal("succeeded", driver.Flow.State);
        driver.Provider.SetPayouts(ProviderPayoutStatus.Failed, "no_account");
        driver.Signal("payout.failed", "po_0001");
        await driver.RunAsync();

        Assert.Equal("returned", driver.Flow.State);
        AssertBooks(driver, user: All, inTransit: 0, clearing: All);
    }

    [Fact]
    [Fault("U-07")]
    public async Task A_lost_answer_keeps_the_money_debited_until_the_rail_proves_what_happened()
    {
        FlowDriver driver = FlowDriver.Withdrawal();
        driver.Provider.Next = Script.LoseAnswer;
        driver.Provider.Reads = Reads.Hidden;
        await driver.RunAsync();
        Assert.Equal("unknown", driver.Flow.State);
        AssertBooks(driver, user: Rest, inTransit: 40_00, clearing: All);

        driver.Provider.Next = Script.Accept;
        driver.Provider.Reads = Reads.Truthful;
        await driver.WakeAsync();
        Assert.Equal("in_transit", driver.Flow.State);
        Assert.Equal(1, driver.Provider.Calls);
        AssertBooks(driver, user: Rest, inTransit: 40_00, clearing: All);
    }

    [Fact]
    [Fault("U-07")]
    public async Task A_payout_that_hides_is_sent_again_only_under_the_same_key_and_exists_once()
    {
        FlowDriver driver = FlowDriver.Withdrawal();
        driver.Provider.Next = Script.LoseAnswer;
        driver.Provider.Reads = Reads.Hidden;
        await driver.RunAsync();
        driver.Provider.Next = Script.Accept;
        DateTimeOffset lost = driver.Clock.GetUtcNow();
        while (driver.Flow.State == "unknown")
        {
            AssertBooks(driver, user: Rest, inTransit: 40_00, clearing: All);
            await driver.WakeAsync();
        }

        Assert.True(driver.Clock.GetUtcNow() - lost >= FlowDriver.Options.SettleWindow);
        Assert.Equal("in_transit", driver.Flow.State);
        Assert.Equal(2, driver.Provider.Calls);
        Assert.Single(driver.Provider.Keys.Distinct());
        Assert.Single(driver.Provider.Payouts);
    }

    [Fact]
    [Fault("U-07")]
    public async Task Without_evidence_it_is_parked_before_the_provider_may_forget_the_key_and_the_money_stays()
    {
        FlowDriver driver = FlowDriver.Withdrawal();
        driver.Provider.Next = Script.LoseRequest;
        await driver.RunAsync();
        DateTimeOffset lost = driver.Clock.GetUtcNow();
        while (driver.Flow.ParkedReason is null)
        {
            int callsBefore = driver.Provider.Calls;
            await driver.WakeAsync();
            Assert.True(driver.Provider.Calls == callsBefore || driver.Clock.GetUtcNow() - lost < TimeSpan.FromHours(24));
        }

        Assert.Equal("unknown", driver.Flow.State);
        Assert.Single(driver.Provider.Keys.Distinct());
        AssertBooks(driver, user: Rest, inTransit: 40_00, clearing: All);

        int calls = driver.Provider.Calls;
        driver.Signal("retry", source: FlowSignal.OperatorSource);
        await driver.RunAsync();
        Assert.NotNull(driver.Flow.ParkedReason);
        Assert.Equal(calls, driver.Provider.Calls);
    }

    [Fact]
    [Fault("U-08")]
    public async Task A_failing_status_read_keeps_a_payout_in_flight()
    {
        FlowDriver driver = FlowDriver.Withdrawal();
        await driver.RunAsync();
        driver.Provider.SetPayouts(ProviderPayoutStatus.Paid);
        driver.Provider.Reads = Reads.Failing;
        driver.Signal("payout.paid", "po_0001");
        for (int look = 0; look < 60; look++)
        {
            await driver.WakeAsync();
            Assert.Equal("in_transit", driver.Flow.State);
        }

        driver.Provider.Reads = Reads.Truthful;
        await driver.WakeAsync();
        Assert.Equal("succeeded", driver.Flow.State);
        Assert.Equal(1, driver.Provider.Calls);
    }

    [Fact]
    public async Task A_withdrawal_that_was_not_sent_can_be_cancelled()
    {
        FlowDriver driver = FlowDriver.Withdrawal();
        driver.Provider.Next = Script.NotSent;
        await driver.RunAsync();
        Assert.Equal("queued", driver.Flow.State);
        driver.Signal(WithdrawalHandler.CancelSignal, source: "user");
        await driver.RunAsync();

        Assert.Equal("canceled", driver.Flow.State);
        Assert.Empty(driver.Provider.Payouts);
        AssertBooks(driver, user: All, inTransit: 0, clearing: All);
    }

    [Fact]
    public async Task A_cancel_that_comes_while_nothing_can_be_sent_has_its_effect_afterwards()
    {
        FlowDriver driver = FlowDriver.Withdrawal();
        driver.Provider.Next = Script.NotSent;
        driver.Provider.DuringCall = () => driver.Signal(WithdrawalHandler.CancelSignal, source: "user");
        await driver.RunAsync();
        Assert.Equal("queued", driver.Flow.State);
        await driver.WakeAsync();

        Assert.Equal("canceled", driver.Flow.State);
        AssertBooks(driver, user: All, inTransit: 0, clearing: All);
    }

    [Theory]
    [InlineData(Script.Accept)]
    [InlineData(Script.LoseAnswer)]
    public async Task A_withdrawal_that_may_have_been_sent_cannot_be_cancelled(Script script)
    {
        FlowDriver driver = FlowDriver.Withdrawal();
        driver.Provider.Next = script;
        await driver.RunAsync();
        driver.Signal(WithdrawalHandler.CancelSignal, source: "user");
        await driver.RunAsync();

        Assert.Equal("in_transit", driver.Flow.State);
        AssertBooks(driver, user: Rest, inTransit: 40_00, clearing: All);
    }

    [Fact]
    public async Task A_repeat_that_was_not_sent_does_not_make_an_earlier_lost_answer_certain()
    {
        FlowDriver driver = FlowDriver.Withdrawal();
        driver.Provider.Next = Script.LoseAnswer;
        driver.Provider.Reads = Reads.Hidden;
        await driver.RunAsync();
        driver.Provider.Next = Script.NotSent;
        while (driver.Provider.Calls < 2)
        {
            await driver.WakeAsync();
        }

        Assert.Equal("unknown", driver.Flow.State);
        driver.Signal(WithdrawalHandler.CancelSignal, source: "user");
        await driver.RunAsync();
        Assert.Equal("unknown", driver.Flow.State);
        AssertBooks(driver, user: Rest, inTransit: 40_00, clearing: All);
    }

    [Fact]
    public async Task A_payout_of_another_amount_is_for_a_person()
    {
        FlowDriver driver = FlowDriver.Withdrawal();
        await driver.RunAsync();
        driver.Provider.Payouts["po_0001"] = driver.Provider.Payouts["po_0001"] with { Status = ProviderPayoutStatus.Paid, MinorUnits = 1 };
        driver.Signal("payout.paid", "po_0001");
        await driver.RunAsync();

        Assert.NotNull(driver.Flow.ParkedReason);
        AssertBooks(driver, user: Rest, inTransit: 40_00, clearing: All);
    }

    [Fact]
    public async Task A_provider_that_pays_after_the_refund_parks_the_flow_for_a_person()
    {
        FlowDriver driver = FlowDriver.Withdrawal();
        driver.Provider.PayoutStatus = ProviderPayoutStatus.Failed;
        await driver.RunAsync();
        driver.Provider.SetPayouts(ProviderPayoutStatus.Paid);
        driver.Signal("payout.paid", "po_0001");
        await driver.RunAsync();

        Assert.Equal("failed", driver.Flow.State);
        Assert.NotNull(driver.Flow.ParkedReason);
        AssertBooks(driver, user: All, inTransit: 0, clearing: All);
    }

    /// <summary>The process dies at every point, before and after each decision; the provider pays once at most and the books agree.</summary>
    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [Fault("I-04")]
    [Fault("U-09")]
    public async Task A_crash_at_any_step_pays_once(int step, bool isBefore)
    {
        FlowDriver driver = FlowDriver.Withdrawal();
        await driver.RunAsync(crashBefore: isBefore ? step : int.MaxValue, crashAfter: isBefore ? int.MaxValue : step);
        for (int look = 0; look < 40 && driver.Flow.State != "in_transit"; look++)
        {
            await driver.WakeAsync();
        }

        Assert.Single(driver.Provider.Payouts);
        Assert.Equal(1, driver.Provider.Calls);
        AssertBooks(driver, user: Rest, inTransit: 40_00, clearing: All);
    }

    private static void AssertBooks(FlowDriver driver, long user, long inTransit, long clearing)
    {
        Assert.Equal(user, driver.Books.Credit(FlowDriver.UserAccount));
        Assert.Equal(inTransit, driver.Books.Credit(FlowDriver.InTransit));
        Assert.Equal(clearing, driver.Books.Debit(FlowDriver.Clearing));
    }
}
