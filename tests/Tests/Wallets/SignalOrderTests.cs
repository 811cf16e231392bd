using Florin.Providers;
using Xunit;

namespace Florin.Tests.Wallets;

/// <summary>Events in any order, any number of times, lead to the same end: they are hints, and the provider's object decides.</summary>
public sealed class SignalOrderTests
{
    private static readonly string[] DepositEvents =
        ["payment_intent.processing", "charge.pending", "charge.succeeded", "payment_intent.succeeded", "payment_intent.payment_failed"];

    private static readonly string[] PayoutEvents = ["payout.created", "payout.updated", "payout.paid", "payout.failed"];

    [Fact]
    [Fault("W-02")]
    [Fault("W-03")]
    [Fault("W-06")]
    public async Task A_deposit_ends_the_same_for_every_order_of_its_events_also_before_our_own_answer_is_stored()
    {
        foreach (string[] order in Permutations(DepositEvents))
        {
            for (int early = 0; early <= order.Length; early += order.Length)
            {
                FlowDriver driver = FlowDriver.Deposit();
                driver.Provider.PaymentStatus = ProviderPaymentStatus.Processing;
                Deliver(driver, order[..early], "pi_0001");
                await driver.RunAsync();
                driver.Provider.SetPayments(ProviderPaymentStatus.Succeeded);
                foreach (string type in order)
                {
                    Deliver(driver, [type, type], "pi_0001");
                    driver.Signal(type, "pi_0001", $"evt_again_{type}");
                    await driver.RunAsync();
                }

                for (int look = 0; look < 3 && driver.Flow.DueAt is not null; look++)
                {
                    await driver.WakeAsync();
                }

                Assert.Equal("succeeded", driver.Flow.State);
                Assert.Equal(100_00, driver.Books.Credit(FlowDriver.UserAccount));
                Assert.Equal(0, driver.Books.PendingCredit(FlowDriver.UserAccount));
                Assert.Equal(1, driver.Provider.Calls);
            }
        }
    }

    [Theory]
    [InlineData(ProviderPayoutStatus.Paid, "succeeded", 60_00)]
    [InlineData(ProviderPayoutStatus.Failed, "failed", 100_00)]
    [Fault("W-03")]
    [Fault("W-04")]
    public async Task A_withdrawal_ends_by_the_providers_object_for_every_order_of_its_events(ProviderPayoutStatus end, string state, long user)
    {
        foreach (string[] order in Permutations(PayoutEvents))
        {
            FlowDriver driver = FlowDriver.Withdrawal();
            await driver.RunAsync();
            driver.Provider.SetPayouts(end);
            foreach (string type in order)
            {
                driver.Signal(type, "po_0001");
                await driver.RunAsync();
            }

            Assert.Equal(state, driver.Flow.State);
            Assert.Null(driver.Flow.ParkedReason);
            Assert.Equal(user, driver.Books.Credit(FlowDriver.UserAccount));
            Assert.Equal(0, driver.Books.Credit(FlowDriver.InTransit));
        }
    }

    [Fact]
    [Fault("W-02")]
    public async Task An_event_that_comes_while_the_answer_is_lost_leads_to_the_object_at_once()
    {
        FlowDriver driver = FlowDriver.Deposit();
        driver.Provider.Next = Script.LoseAnswer;
        await driver.RunAsync();
        Assert.Equal("unknown", driver.Flow.State);
        driver.Signal("payment_intent.succeeded", "pi_0001");
        await driver.RunAsync();

        Assert.Equal("succeeded", driver.Flow.State);
        Assert.Contains("get pi_0001", driver.Provider.Looks);
        Assert.Equal(100_00, driver.Books.Credit(FlowDriver.UserAccount));
    }

    [Fact]
    [Fault("W-16")]
    public async Task An_event_alone_credits_nothing()
    {
        FlowDriver driver = FlowDriver.Deposit();
        driver.Provider.PaymentStatus = ProviderPaymentStatus.Processing;
        await driver.RunAsync();
        driver.Signal("payment_intent.succeeded", "pi_0001");
        await driver.RunAsync();

        Assert.Equal("pending", driver.Flow.State);
        Assert.Equal(0, driver.Books.Credit(FlowDriver.UserAccount));
    }

    private static void Deliver(FlowDriver driver, IEnumerable<string> types, string objectId)
    {
        foreach (string type in types)
        {
            driver.Signal(type, objectId);
        }
    }

    private static IEnumerable<string[]> Permutations(string[] items)
    {
        if (items.Length <= 1)
        {
            yield return items;
            yield break;
        }

        for (int first = 0; first < items.Length; first++)
        {
            string[] others = [.. items.Where((_, index) => index != first)];
            foreach (string[] rest in Permutations(others))
            {
                yield return [items[first], .. rest];
            }
        }
    }
}
