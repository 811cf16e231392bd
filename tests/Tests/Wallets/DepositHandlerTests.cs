using Florin.Flows;
using Florin.Providers;
using Florin.Wallets.Deposits;
using Florin.Wallets.Steps;
using Xunit;

namespace Florin.Tests.Wallets;

/// <summary>Each thing that a provider can say to a deposit, and when.</summary>
public sealed class DepositHandlerTests
{
    private const long Ordered = 100_00;

    [Fact]
    public async Task A_synchronous_success_credits_the_user_once()
    {
        FlowDriver driver = FlowDriver.Deposit();
        await driver.RunAsync();

        Assert.Equal(["submitting", "succeeded"], driver.Path);
        Assert.Equal(Ordered, driver.Books.Credit(FlowDriver.UserAccount));
        Assert.Equal(Ordered, driver.Books.Debit(FlowDriver.Clearing));
        Assert.Equal("stripe:pi_0001", driver.Flow.ProviderReference);
        Assert.Equal($"florin:{driver.Flow.Id}:charge", Assert.Single(driver.Provider.Keys));
        Assert.Empty(driver.Provider.Looks);
    }

    [Fact]
    [Fault("L-04")]
    public async Task A_bank_debit_is_pending_and_not_spendable_until_it_succeeds()
    {
        FlowDriver driver = FlowDriver.Deposit(methodKind: PaymentMethodKind.BankAccount);
        driver.Provider.PaymentStatus = ProviderPaymentStatus.Processing;
        await driver.RunAsync();

        Assert.Equal("pending", driver.Flow.State);
        Assert.Equal(0, driver.Books.Credit(FlowDriver.UserAccount));
        Assert.Equal(Ordered, driver.Books.PendingCredit(FlowDriver.UserAccount));

        driver.Provider.SetPayments(ProviderPaymentStatus.Succeeded);
        driver.Signal("payment_intent.succeeded", "pi_0001");
        await driver.RunAsync();
        Assert.Equal("succeeded", driver.Flow.State);
        Assert.Equal(Ordered, driver.Books.Credit(FlowDriver.UserAccount));
        Assert.Equal(0, driver.Books.PendingCredit(FlowDriver.UserAccount));
    }

    [Fact]
    public async Task A_bank_debit_that_fails_leaves_nothing()
    {
        FlowDriver driver = FlowDriver.Deposit();
        driver.Provider.PaymentStatus = ProviderPaymentStatus.Processing;
        await driver.RunAsync();
        driver.Provider.SetPayments(ProviderPaymentStatus.Failed, "account_closed");
        driver.Signal("payment_intent.payment_failed", "pi_0001");
        await driver.RunAsync();

        Assert.Equal("failed", driver.Flow.State);
        Assert.Equal("account_closed", DepositFacts.Of(driver.Flow).FailureCode);
        Assert.Equal(0, driver.Books.Credit(FlowDriver.UserAccount));
        Assert.Equal(0, driver.Books.PendingCredit(FlowDriver.UserAccount));
    }

    [Theory]
    [InlineData(ProviderPaymentStatus.Succeeded, "succeeded", Ordered)]
    [InlineData(ProviderPaymentStatus.Failed, "failed", 0)]
    public async Task Without_any_webhook_a_pending_deposit_finds_its_end_by_itself(ProviderPaymentStatus end, string state, long credited)
    {
        FlowDriver driver = FlowDriver.Deposit();
        driver.Provider.PaymentStatus = ProviderPaymentStatus.Processing;
        await driver.RunAsync();
        List<TimeSpan> delays = [];
        for (int look = 0; look < 12; look++)
        {
            delays.Add(driver.Flow.DueAt!.Value - driver.Clock.GetUtcNow());
            await driver.WakeAsync();
        }

        Assert.Equal(delays.Order(), delays);
        Assert.True(delays[^1] > delays[0] * 4);
        driver.Provider.SetPayments(end);
        await driver.WakeAsync();
        Assert.Equal(state, driver.Flow.State);
        Assert.Equal(credited, driver.Books.Credit(FlowDriver.UserAccount));
    }

    [Fact]
    public async Task A_declined_card_fails_with_its_code_and_posts_nothing()
    {
        FlowDriver driver = FlowDriver.Deposit();
        driver.Provider.Next = Script.Decline;
        await driver.RunAsync();

        Assert.Equal(["submitting", "failed"], driver.Path);
        Assert.Equal("insufficient_funds", DepositFacts.Of(driver.Flow).FailureCode);
        Assert.Equal(0, driver.Books.Count);
    }

    [Fact]
    public async Task A_payer_who_must_authenticate_is_a_clear_failure()
    {
        FlowDriver driver = FlowDriver.Deposit();
        driver.Provider.PaymentStatus = ProviderPaymentStatus.RequiresAction;
        await driver.RunAsync();

        Assert.Equal("failed", driver.Flow.State);
        Assert.Equal("authentication_required", DepositFacts.Of(driver.Flow).FailureCode);
        Assert.Equal(0, driver.Books.Count);
    }

    [Fact]
    [Fault("U-01")]
    [Fault("U-02")]
    public async Task A_lost_answer_is_unknown_and_is_looked_up_never_charged_again()
    {
        FlowDriver driver = FlowDriver.Deposit();
        driver.Provider.Next = Script.LoseAnswer;
        await driver.RunAsync();
        Assert.Equal("unknown", driver.Flow.State);
        Assert.Equal(0, driver.Books.Count);

        await driver.WakeAsync();
        Assert.Equal("succeeded", driver.Flow.State);
        Assert.Equal(Ordered, driver.Books.Credit(FlowDriver.UserAccount));
        Assert.Equal(1, driver.Provider.Calls);
    }

    [Fact]
    [Fault("U-03")]
    public async Task No_such_payment_right_after_a_lost_answer_stays_unknown_through_the_settle_window()
    {
        FlowDriver driver = FlowDriver.Deposit();
        driver.Provider.Next = Script.LoseAnswer;
        driver.Provider.Reads = Reads.Hidden;
        await driver.RunAsync();
        DateTimeOffset lost = driver.Clock.GetUtcNow();
        while (driver.Clock.GetUtcNow() - lost < FlowDriver.Options.SettleWindow - TimeSpan.FromMinutes(6))
        {
            await driver.WakeAsync();
            Assert.Equal("unknown", driver.Flow.State);
        }

        driver.Provider.Reads = Reads.Truthful;
        await driver.WakeAsync();
        Assert.Equal("succeeded", driver.Flow.State);
        Assert.Equal(1, driver.Provider.Calls);
    }

    [Fact]
    [Fault("U-03")]
    public async Task No_such_payment_after_the_settle_window_is_a_failure()
    {
        FlowDriver driver = FlowDriver.Deposit();
        driver.Provider.Next = Script.LoseRequest;
        await driver.RunAsync();
        DateTimeOffset lost = driver.Clock.GetUtcNow();
        while (driver.Flow.State == "unknown")
        {
            Assert.True(driver.Clock.GetUtcNow() - lost < FlowDriver.Options.SettleWindow * 2);
            await driver.WakeAsync();
        }

        Assert.True(driver.Clock.GetUtcNow() - lost >= FlowDriver.Options.SettleWindow);
        Assert.Equal("failed", driver.Flow.State);
        Assert.Equal("never_arrived", DepositFacts.Of(driver.Flow).FailureCode);
        Assert.Equal(1, driver.Provider.Calls);
    }

    [Fact]
    [Fault("U-08")]
    public async Task A_failing_status_read_decides_nothing_for_as_long_as_it_lasts()
    {
        FlowDriver driver = FlowDriver.Deposit();
        driver.Provider.Next = Script.LoseAnswer;
        driver.Provider.Reads = Reads.Failing;
        await driver.RunAsync();
        for (int look = 0; look < 60; look++)
        {
            await driver.WakeAsync();
            Assert.Equal("unknown", driver.Flow.State);
        }

        driver.Provider.Reads = Reads.Truthful;
        await driver.WakeAsync();
        Assert.Equal("succeeded", driver.Flow.State);
        Assert.Equal(1, driver.Provider.Calls);
    }

    [Fact]
    [Fault("U-02")]
    public async Task A_success_after_the_failure_credits_once_by_the_named_event()
    {
        FlowDriver driver = FlowDriver.Deposit();
        driver.Provider.Next = Script.LoseAnswer;
        driver.Provider.Reads = Reads.Hidden;
        await driver.RunAsync();
        while (driver.Flow.State != "failed")
        {
            await driver.WakeAsync();
        }

        driver.Provider.Reads = Reads.Truthful;
        driver.Signal("payment_intent.succeeded", "pi_0001");
        driver.Signal("charge.succeeded", "pi_0001");
        await driver.RunAsync();
        Assert.Equal("succeeded", driver.Flow.State);
        Assert.Equal(Ordered, driver.Books.Credit(FlowDriver.UserAccount));
        Assert.Null(DepositFacts.Of(driver.Flow).FailureCode);
    }

    [Fact]
    public async Task A_late_success_that_cannot_be_read_yet_is_not_forgotten()
    {
        FlowDriver driver = FlowDriver.Deposit();
        driver.Provider.PaymentStatus = ProviderPaymentStatus.Failed;
        await driver.RunAsync();
        driver.Provider.SetPayments(ProviderPaymentStatus.Succeeded);
        driver.Provider.Reads = Reads.Failing;
        driver.Signal("payment_intent.succeeded", "pi_0001");
        await driver.RunAsync();
        Assert.Equal("failed", driver.Flow.State);

        driver.Provider.Reads = Reads.Truthful;
        await driver.WakeAsync();
        Assert.Equal("succeeded", driver.Flow.State);
        Assert.Equal(Ordered, driver.Books.Credit(FlowDriver.UserAccount));
    }

    [Theory]
    [InlineData(Script.Accept, 60_00, "USD", 60_00)]
    [InlineData(Script.LoseAnswer, 60_00, "USD", 60_00)]
    [InlineData(Script.Accept, Ordered, "EUR", Ordered)]
    [InlineData(Script.Accept, 0, "USD", 0)]
    [Fault("W-11")]
    public async Task Another_amount_or_currency_goes_to_suspense_and_never_to_the_user(Script script, long received, string currency, long suspended)
    {
        FlowDriver driver = FlowDriver.Deposit();
        driver.Provider.Next = script;
        driver.Provider.Distort = payment => payment with { ReceivedMinorUnits = (UInt128)received, Currency = currency };
        await driver.RunAsync();
        if (script == Script.LoseAnswer)
        {
            await driver.WakeAsync();
        }

        Assert.Equal("mismatch", driver.Flow.State);
        Assert.Equal(0, driver.Books.Credit(FlowDriver.UserAccount));
        Assert.Equal(0, driver.Books.Credit(FlowDriver.UserAccount, currency));
        Assert.Equal(suspended, driver.Books.Credit(FlowDriver.Suspense, currency));
        Assert.Equal(suspended, driver.Books.Debit(FlowDriver.Clearing, currency));
    }

    [Fact]
    [Fault("W-11")]
    public async Task A_pending_deposit_that_ends_with_another_amount_releases_what_was_expected()
    {
        FlowDriver driver = FlowDriver.Deposit();
        driver.Provider.PaymentStatus = ProviderPaymentStatus.Processing;
        await driver.RunAsync();
        ProviderPayment payment = driver.Provider.Payments["pi_0001"];
        driver.Provider.Payments["pi_0001"] = payment with { Status = ProviderPaymentStatus.Succeeded, ReceivedMinorUnits = 1_00 };
        driver.Signal("payment_intent.succeeded", "pi_0001");
        await driver.RunAsync();

        Assert.Equal("mismatch", driver.Flow.State);
        Assert.Equal(0, driver.Books.PendingCredit(FlowDriver.UserAccount));
        Assert.Equal(0, driver.Books.Credit(FlowDriver.UserAccount));
        Assert.Equal(1_00, driver.Books.Credit(FlowDriver.Suspense));
    }

    [Fact]
    public async Task What_was_not_sent_is_sent_later_under_the_same_key()
    {
        FlowDriver driver = FlowDriver.Deposit();
        driver.Provider.Next = Script.NotSent;
        await driver.RunAsync();
        Assert.Equal(["submitting", "queued"], driver.Path);
        Assert.Equal(TimeSpan.FromSeconds(7), driver.Flow.DueAt - driver.Clock.GetUtcNow());

        driver.Provider.Next = Script.Accept;
        await driver.WakeAsync();
        Assert.Equal("succeeded", driver.Flow.State);
        Assert.Equal(2, driver.Provider.Calls);
        Assert.Single(driver.Provider.Keys.Distinct());
    }

    [Fact]
    public async Task What_could_not_be_sent_for_the_settle_window_is_not_charged_any_more()
    {
        FlowDriver driver = FlowDriver.Deposit();
        driver.Provider.Next = Script.NotSent;
        await driver.RunAsync();
        driver.Clock.Advance(FlowDriver.Options.SettleWindow);
        driver.Provider.Next = Script.Accept;
        await driver.WakeAsync();

        Assert.Equal("failed", driver.Flow.State);
        Assert.Equal("provider_unavailable", DepositFacts.Of(driver.Flow).FailureCode);
        Assert.Empty(driver.Provider.Payments);
    }

    [Fact]
    [Fault("U-14")]
    public async Task The_raw_body_of_an_unreadable_answer_is_kept()
    {
        FlowDriver driver = FlowDriver.Deposit();
        driver.Provider.Next = Script.LoseAnswer;
        DepositHandler handler = new(
            driver.Provider, new SubmissionPermits(new Florin.Ledger.SystemIdSource(driver.Clock)), new LedgerPulse(new AnsweringLedger()), FlowDriver.Options, driver.Clock);
        Florin.Flows.FlowDecision.Move intent = Assert.IsType<Florin.Flows.FlowDecision.Move>(
            await handler.DecideAsync(driver.Flow, [], TestContext.Current.CancellationToken));
        Florin.Flows.FlowDecision.Move lost = Assert.IsType<Florin.Flows.FlowDecision.Move>(await handler.DecideAsync(
            driver.Flow with { State = intent.To, Data = intent.Data }, [], TestContext.Current.CancellationToken));

        Assert.Equal("unknown", lost.To);
        Assert.Contains("\\u003Chtml\\u003E502", lost.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    [Fault("W-04")]
    public async Task An_old_failure_after_the_success_changes_nothing()
    {
        FlowDriver driver = FlowDriver.Deposit();
        await driver.RunAsync();
        driver.Signal("payment_intent.payment_failed", "pi_0001");
        driver.Signal("payment_intent.canceled", "pi_0001");
        await driver.RunAsync();

        Assert.Equal("succeeded", driver.Flow.State);
        Assert.Null(driver.Flow.ParkedReason);
        Assert.Equal(Ordered, driver.Books.Credit(FlowDriver.UserAccount));
    }

    [Fact]
    public async Task A_provider_that_takes_back_a_success_parks_the_flow_for_a_person()
    {
        FlowDriver driver = FlowDriver.Deposit();
        await driver.RunAsync();
        driver.Provider.SetPayments(ProviderPaymentStatus.Failed);
        driver.Signal("payment_intent.payment_failed", "pi_0001");
        await driver.RunAsync();

        Assert.Equal("succeeded", driver.Flow.State);
        Assert.NotNull(driver.Flow.ParkedReason);
    }

    [Fact]
    public async Task A_state_that_nobody_knows_is_neither_success_nor_failure()
    {
        FlowDriver driver = FlowDriver.Deposit();
        driver.Provider.PaymentStatus = ProviderPaymentStatus.Unrecognised;
        await driver.RunAsync();
        Assert.Equal("unknown", driver.Flow.State);
        await driver.WakeAsync();
        Assert.Equal("unknown", driver.Flow.State);
        driver.Provider.SetPayments(ProviderPaymentStatus.Succeeded);
        await driver.WakeAsync();
        Assert.Equal("succeeded", driver.Flow.State);
    }

    [Fact]
    public async Task An_object_that_belongs_to_another_flow_is_never_credited()
    {
        FlowDriver driver = FlowDriver.Deposit();
        driver.Provider.Next = Script.LoseRequest;
        await driver.RunAsync();
        driver.Provider.Payments["pi_other"] = new ProviderPayment(
            "pi_other", ProviderPaymentStatus.Succeeded, 100_00, 100_00, "USD", "another-flow", null, "succeeded");
        driver.Signal("payment_intent.succeeded", "pi_other");
        await driver.RunAsync();

        Assert.Equal("unknown", driver.Flow.State);
        Assert.Equal(0, driver.Books.Count);
    }

    /// <summary>The process dies at every point, before and after each decision; the provider charges once and the user is credited once.</summary>
    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [Fault("I-04")]
    [Fault("U-09")]
    public async Task A_crash_at_any_step_charges_once_and_credits_once(int step, bool isBefore)
    {
        FlowDriver driver = FlowDriver.Deposit();
        await driver.RunAsync(crashBefore: isBefore ? step : int.MaxValue, crashAfter: isBefore ? int.MaxValue : step);
        for (int look = 0; look < 40 && driver.Flow.DueAt is not null; look++)
        {
            await driver.WakeAsync();
        }

        Assert.True(driver.Provider.Calls <= 1);
        Assert.Equal(driver.Provider.Payments.Count * Ordered, driver.Books.Credit(FlowDriver.UserAccount));
        Assert.Equal(driver.Provider.Payments.Count == 1 ? "succeeded" : "failed", driver.Flow.State);
    }
}
