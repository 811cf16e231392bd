using Florin.Flows;
using Florin.Ledger;
using Florin.Providers;
using Florin.Wallets;
using Xunit;

namespace Florin.Tests.Wallets;

/// <summary>Accounts that are frozen while the provider is asked; the journal's rows are the judge.</summary>
public sealed class SuspenseTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Fault("L-12")]
    public async Task A_card_that_is_charged_while_its_wallet_is_frozen_leads_to_suspense_and_after_its_time_to_a_person()
    {
        await using WalletBench bench = await WalletBench.StartAsync(Quick);
        (WalletCaller alice, Guid card) = await bench.NewUserWithAsync(10_00);
        bench.Provider.DuringCall = () => Stand(bench, alice, AccountStanding.Frozen).GetAwaiter().GetResult();
        Deposit deposit = await StartAsync(bench, alice, card);
        bench.Provider.DuringCall = () => { };
        Assert.Equal(("pending", PendingReasons.AccountNotOpen), (deposit.Status, deposit.PendingReason));
        Assert.Equal(50_00, await bench.PostedAsync(SuspenseOf(alice)));
        Assert.Equal(-60_00, await bench.PostedAsync("psp:stripe:clearing"));

        // Aged: listed for a person, and still where it was.
        Flow parked = await bench.UntilAsync(deposit.Id, flow => flow.ParkedReason is not null);
        Assert.Equal("held_in_suspense", parked.State);
        Assert.Equal(parked.Id, Assert.Single(await bench.Flows.ListParkedAsync(10, Cancellation)).Id);
        Assert.Equal(50_00, await bench.PostedAsync(SuspenseOf(alice)));

        await Stand(bench, alice, AccountStanding.Open);
        await bench.Flows.SignalAsync(parked.Id, FlowSignal.OperatorSource, "1", "retry", "{}", Cancellation);
        await bench.UntilAsync(deposit.Id, flow => flow.State == "succeeded");
        Assert.Equal(0, await bench.PostedAsync(SuspenseOf(alice)));
        Assert.Equal(60_00, await bench.AvailableAsync(alice));
    }

    [Theory]
    [InlineData(ProviderPaymentStatus.Succeeded, false, "succeeded", 60_00, 0)]
    [InlineData(ProviderPaymentStatus.Succeeded, true, "held_in_suspense", 10_00, 50_00)]
    [InlineData(ProviderPaymentStatus.Failed, true, "failed", 10_00, 0)]
    [Fault("L-12")]
    public async Task A_bank_debit_that_began_while_its_wallet_was_frozen_comes_to_its_end(
        ProviderPaymentStatus end, bool isFrozenAtEnd, string state, long available, long held)
    {
        await using WalletBench bench = await WalletBench.StartAsync();
        (WalletCaller alice, Guid card) = await bench.NewUserWithAsync(10_00);
        bench.Provider.PaymentStatus = ProviderPaymentStatus.Processing;
        bench.Provider.DuringCall = () => Stand(bench, alice, AccountStanding.Frozen).GetAwaiter().GetResult();
        Deposit deposit = await StartAsync(bench, alice, card);
        bench.Provider.DuringCall = () => { };
        Assert.Equal("pending", (await bench.Flows.GetAsync(new FlowId(deposit.Id), Cancellation))!.State);
        if (!isFrozenAtEnd)
        {
            await Stand(bench, alice, AccountStanding.Open);
        }

        bench.Provider.SetPayments(end);
        await bench.Flows.SignalAsync(new FlowId(deposit.Id), "stripe", "evt_1", "payment_intent.updated", "{}", Cancellation);
        await bench.UntilAsync(deposit.Id, flow => flow.State == state);
        Assert.Equal(available, await bench.PostedAsync(ChartOfAccounts.UserAvailableAddress(alice.UserId)));
        Assert.Equal(held, await bench.PostedAsync(SuspenseOf(alice)));
        Assert.Equal(-(available + held), await bench.PostedAsync("psp:stripe:clearing"));
    }

    private static readonly WalletOptions Quick = new() { PollFirst = TimeSpan.FromMilliseconds(100), SuspenseReviewAfter = TimeSpan.FromSeconds(1) };

    private static string SuspenseOf(WalletCaller user) => $"suspense:user:{user.UserId}";

    private static async Task<Deposit> StartAsync(WalletBench bench, WalletCaller user, Guid card) => Assert.IsType<MovementOutcome<Deposit>.Started>(
        await bench.Wallets.StartDepositAsync(user, "held", WalletBench.Usd(50_00), card, Cancellation)).Movement;

    private static async Task Stand(WalletBench bench, WalletCaller user, AccountStanding standing)
    {
        SubmissionResult result = await bench.Ledger.SubmitAsync(
            new Submission { AccountChanges = [new AccountChange(ChartOfAccounts.UserAvailable(user.UserId, Assets.Get("USD")).Id, standing)] }, Cancellation);
        Assert.True(result.IsApplied);
    }
}
