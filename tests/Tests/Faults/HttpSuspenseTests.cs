using System.Text.Json;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>Wallets that are frozen or closed while money is on its way.</summary>
public sealed class HttpSuspenseTests(HttpPollingWorld world) : IClassFixture<HttpPollingWorld>
{
    [Theory]
    [InlineData("frozen")]
    [InlineData("closed")]
    [Fault("L-12")]
    public async Task A_deposit_that_arrives_for_a_wallet_that_is_not_open_waits_in_suspense_until_it_is(string standing)
    {
        LoadUser user = await world.CreateUserAsync();
        HttpAnswer deposit = await world.DepositAsync(user, "25.00", sourceId: user.BankId);
        await world.StateAsync(deposit.Id, "pending");
        await StandAsync(user, standing);
        await world.Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.StateAsync(deposit.Id, "held_in_suspense");

        // The provider has the money, and the books say so: nothing is pending, all is in suspense.
        JsonElement payment = Assert.Single(await world.PaymentsAsync(user));
        Assert.Equal(2_500, payment.GetProperty("amount_received").GetInt64());
        Assert.Equal(2_500, await MovedAsync(deposit.Id, $"suspense:user:{user.Id}"));
        Assert.Equal(-2_500, await MovedAsync(deposit.Id, "psp:stripe:clearing"));
        Assert.Equal(2_500, await HeldAsync(user));
        Assert.Equal(0, await PendingAsync(user));
        Assert.Equal(0, await world.BalanceAsync(user));
        JsonElement shown = await world.Server.GetAsync($"/wallets/deposits/{deposit.Id}", user.Token);
        Assert.Equal(("pending", "account_not_open"), (shown.GetProperty("status").GetString(), shown.GetProperty("pending_reason").GetString()));

        // A new deposit is refused before money is taken.
        HttpAnswer refused = await world.DepositAsync(user, "1.00");
        Assert.Equal((409, "account_not_open"), (refused.Status, refused.Code));
        Assert.Single(await world.PaymentsAsync(user));

        await StandAsync(user, "open");
        await world.StateAsync(deposit.Id, "succeeded");
        Assert.Equal("created submitting pending held_in_suspense succeeded", await world.PathAsync(deposit.Id));
        Assert.Equal(2_500, await world.BalanceAsync(user));
        Assert.Equal(0, await HeldAsync(user));
    }

    [Theory]
    [InlineData("pm_usBankAccount_accountClosed", "failed")]
    [InlineData("pm_usBankAccount_payoutReturned", "returned")]
    [Fault("L-12")]
    public async Task A_payout_that_comes_back_to_a_wallet_that_is_not_open_waits_in_suspense_until_it_is(string bank, string end)
    {
        LoadUser user = await world.CreateUserAsync("40.00");
        JsonElement destination = await world.Server.PostAsync("/wallets/funding-sources", new { payment_method_id = bank }, user.Token);
        HttpAnswer withdrawal = await world.WithdrawAsync(user with { BankId = destination.GetProperty("id").GetString()! }, "40.00");
        await world.StateAsync(withdrawal.Id, "in_transit");
        await StandAsync(user, "closed");
        if (end == "returned")
        {
            while (Assert.Single(await world.PayoutsAsync(user)).GetProperty("status").GetString() != "paid")
            {
                await world.Sandbox.AdvanceAsync(TimeSpan.FromSeconds(1));
            }

            await world.StateAsync(withdrawal.Id, "succeeded");
        }

        await world.Sandbox.AdvanceAsync(TimeSpan.FromDays(1));
        await world.Server.PostAsync($"/flows/{withdrawal.Id}/retry", new { reason = "the provider told of its end" }, world.Server.AdminApiKey);
        await world.StateAsync(withdrawal.Id, "held_in_suspense");

        // The provider's object says that nothing was paid, so nothing is under way and the user's money is all there.
        Assert.Equal("failed", Assert.Single(await world.PayoutsAsync(user)).GetProperty("status").GetString());
        Assert.Equal(4_000, await HeldAsync(user));
        Assert.Equal(0, await world.BalanceAsync(user));
        Assert.Equal(0, await MovedAsync(withdrawal.Id, "payout:stripe:in_transit"));
        Assert.Equal(0, await MovedAsync(withdrawal.Id, "psp:stripe:clearing"));
        JsonElement shown = await world.Server.GetAsync($"/wallets/withdrawals/{withdrawal.Id}", user.Token);
        Assert.Equal(("pending", "account_not_open"), (shown.GetProperty("status").GetString(), shown.GetProperty("pending_reason").GetString()));

        await StandAsync(user, "open");
        await world.StateAsync(withdrawal.Id, end);
        Assert.Equal(4_000, await world.BalanceAsync(user));
        Assert.Equal(0, await HeldAsync(user));
    }

    [Fact]
    [Fault("L-12")]
    public async Task A_transfer_to_a_frozen_wallet_is_refused_and_changes_nothing()
    {
        LoadUser payer = await world.CreateUserAsync("10.00");
        LoadUser payee = await world.CreateUserAsync("10.00");
        await StandAsync(payee, "frozen");
        (long Flows, long Postings) before = (await world.FlowsAsync(payer), await world.PostingsAsync(payer));
        HttpAnswer refused = await world.TransferAsync(payer, payee, "5.00", "to-the-frozen-one");
        Assert.Equal((409, "account_not_open"), (refused.Status, refused.Code));
        Assert.Equal(before, (await world.FlowsAsync(payer), await world.PostingsAsync(payer)));
        Assert.Equal((1_000, 1_000), (await world.BalanceAsync(payer), await world.BalanceAsync(payee)));

        // The key is free, as after every refusal.
        await StandAsync(payee, "open");
        Assert.Equal(201, (await world.TransferAsync(payer, payee, "5.00", "to-the-frozen-one")).Status);
        Assert.Equal(1_500, await world.BalanceAsync(payee));
    }

    private Task StandAsync(LoadUser user, string standing) =>
        world.Server.PostAsync($"/ledger/accounts/user:{user.Id}:available/USD/standing", new { standing }, world.Server.AdminApiKey);

    /// <summary>What lies in suspense for a user, in cents.</summary>
    private async Task<long> HeldAsync(LoadUser user) => (long)await world.Database.QueryAsync<decimal>(
        $"select coalesce(sum(credits_posted - debits_posted), 0) from ledger.balances where address = 'suspense:user:{user.Id}' and asset = 'USD'");

    private async Task<long> PendingAsync(LoadUser user) => (long)await world.Database.QueryAsync<decimal>(
        $"select coalesce(sum(credits_pending + debits_pending), 0) from ledger.balances where address = 'user:{user.Id}:available' and asset = 'USD'");

    /// <summary>What a flow's posted transfers moved into an account, less what they moved out, in cents.</summary>
    private async Task<long> MovedAsync(string flowId, string address) => (long)await world.Database.QueryAsync<decimal>(
        $"""
        select coalesce(sum(case when c.address = '{address}' then t.amount else 0 end - case when d.address = '{address}' then t.amount else 0 end), 0)
        from ledger.transfers t
        join (select distinct transaction_id, reference from ledger.details) details using (transaction_id)
        join ledger.accounts d on d.number = t.debit_account join ledger.accounts c on c.number = t.credit_account
        where t.kind in (1, 3, 5) and details.reference = '{flowId}'
        """);
}
