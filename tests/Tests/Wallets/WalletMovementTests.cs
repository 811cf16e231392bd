using Florin.Flows;
using Florin.Providers;
using Florin.Wallets;
using Xunit;

namespace Florin.Tests.Wallets;

/// <summary>Movements on the real ledger, runner and database; the journal's rows are the judge.</summary>
public sealed class WalletMovementTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_deposit_a_transfer_and_a_withdrawal_leave_the_books_right_to_the_cent()
    {
        await using WalletBench bench = await WalletBench.StartAsync();
        (WalletCaller alice, Guid card) = await bench.NewUserWithAsync(100_00, "alice@example.com");
        WalletCaller bob = bench.Owners.Add("bob@example.com");

        await bench.Wallets.TransferAsync(alice, "t1", WalletBench.Usd(25_00), "BOB@example.com", "thanks", Cancellation);
        MovementOutcome<Withdrawal> outcome = await bench.Wallets.StartWithdrawalAsync(alice, "w1", WalletBench.Usd(40_00), card, Cancellation);
        Withdrawal withdrawal = Assert.IsType<MovementOutcome<Withdrawal>.Started>(outcome).Movement;
        Assert.Equal("in_transit", withdrawal.Status);
        Assert.Equal(40_00, await bench.PostedAsync("payout:stripe:in_transit"));

        bench.Provider.SetPayouts(ProviderPayoutStatus.Paid);
        await bench.Flows.SignalAsync(new FlowId(withdrawal.Id), "stripe", "evt_1", "payout.paid", "{}", Cancellation);
        await bench.UntilAsync(withdrawal.Id, flow => flow.State == "succeeded");

        Assert.Equal(35_00, await bench.PostedAsync(ChartOfAccounts.UserAvailableAddress(alice.UserId)));
        Assert.Equal(25_00, await bench.PostedAsync(ChartOfAccounts.UserAvailableAddress(bob.UserId)));
        Assert.Equal(0, await bench.PostedAsync("payout:stripe:in_transit"));
        Assert.Equal(-60_00, await bench.PostedAsync("psp:stripe:clearing"));
        Assert.Equal("success", (await bench.Wallets.GetWithdrawalAsync(alice.UserId, withdrawal.Id, Cancellation))!.Status);
        Assert.Null(await bench.Wallets.GetWithdrawalAsync(bob.UserId, withdrawal.Id, Cancellation));
    }

    [Fact]
    [Fault("L-04")]
    public async Task A_bank_debit_shows_as_pending_in_and_cannot_be_spent()
    {
        await using WalletBench bench = await WalletBench.StartAsync();
        (WalletCaller alice, Guid card) = await bench.NewUserAsync();
        WalletCaller bob = bench.Owners.Add(null);
        bench.Provider.PaymentStatus = ProviderPaymentStatus.Processing;
        Deposit deposit = Assert.IsType<MovementOutcome<Deposit>.Started>(
            await bench.Wallets.StartDepositAsync(alice, "d1", WalletBench.Usd(50_00), card, Cancellation)).Movement;
        Assert.Equal("pending", deposit.Status);

        WalletBalance balance = Assert.Single((await bench.Wallets.GetWalletAsync(alice.UserId, Cancellation))!.Balances);
        Assert.Equal(("0.00", "50.00"), (balance.Available.ToMajorUnits(), balance.PendingIn.ToMajorUnits()));
        MovementOutcome<WalletTransfer> early = await bench.Wallets.TransferAsync(
            alice, "t1", WalletBench.Usd(1), bob.UserId.ToString(), null, Cancellation);
        Assert.Equal(MovementRefusal.InsufficientFunds, Assert.IsType<MovementOutcome<WalletTransfer>.Refused>(early).Reason);

        bench.Provider.SetPayments(ProviderPaymentStatus.Succeeded);
        await bench.Flows.SignalAsync(new FlowId(deposit.Id), "stripe", "evt_1", "payment_intent.succeeded", "{}", Cancellation);
        await bench.UntilAsync(deposit.Id, flow => flow.State == "succeeded");
        Assert.Equal(50_00, await bench.AvailableAsync(alice));
        Assert.Equal(50_00, await bench.PostedAsync(ChartOfAccounts.UserAvailableAddress(alice.UserId)));
    }

    [Fact]
    public async Task A_withdrawal_over_the_balance_stores_nothing_and_leaves_the_key_free()
    {
        await using WalletBench bench = await WalletBench.StartAsync();
        (WalletCaller alice, Guid card) = await bench.NewUserWithAsync(10_00);
        MovementOutcome<Withdrawal> over = await bench.Wallets.StartWithdrawalAsync(alice, "w1", WalletBench.Usd(10_01), card, Cancellation);
        Assert.Equal(MovementRefusal.InsufficientFunds, Assert.IsType<MovementOutcome<Withdrawal>.Refused>(over).Reason);
        Assert.Equal(0, await bench.Database.QueryAsync<long>("select count(*) from flows.flow where kind = 'wallet.withdrawal'"));
        Assert.Empty(bench.Provider.Payouts);

        MovementOutcome<Withdrawal> fits = await bench.Wallets.StartWithdrawalAsync(alice, "w1", WalletBench.Usd(10_00), card, Cancellation);
        Assert.IsType<MovementOutcome<Withdrawal>.Started>(fits);
        Assert.Equal(0, await bench.AvailableAsync(alice));
    }

    [Fact]
    public async Task One_key_is_one_deposit_for_fifty_callers_at_once_and_another_body_is_refused()
    {
        await using WalletBench bench = await WalletBench.StartAsync();
        (WalletCaller alice, Guid card) = await bench.NewUserAsync();
        MovementOutcome<Deposit>[] outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ =>
            bench.Wallets.StartDepositAsync(alice, "key", WalletBench.Usd(10_00), card, Cancellation).AsTask()));

        Assert.Single(outcomes.OfType<MovementOutcome<Deposit>.Started>());
        Assert.All(outcomes, outcome => Assert.True(
            outcome is MovementOutcome<Deposit>.Started or MovementOutcome<Deposit>.Replayed or MovementOutcome<Deposit>.InProgress));
        Assert.Equal(1, bench.Provider.Calls);
        Assert.IsType<MovementOutcome<Deposit>.Replayed>(
            await bench.Wallets.StartDepositAsync(alice, "key", WalletBench.Usd(10_00), card, Cancellation));
        Assert.IsType<MovementOutcome<Deposit>.KeyBelongsToOtherRequest>(
            await bench.Wallets.StartDepositAsync(alice, "key", WalletBench.Usd(10_01), card, Cancellation));
        Assert.IsType<MovementOutcome<Deposit>.Started>(await bench.Wallets.StartDepositAsync(
            alice with { Principal = "key:1" }, "key", WalletBench.Usd(10_00), card, Cancellation));
        Assert.Equal(20_00, await bench.AvailableAsync(alice));
    }

    [Fact]
    public async Task A_repeat_is_answered_after_its_funding_source_is_gone()
    {
        await using WalletBench bench = await WalletBench.StartAsync();
        (WalletCaller alice, Guid card) = await bench.NewUserAsync();
        await bench.Wallets.StartDepositAsync(alice, "key", WalletBench.Usd(10_00), card, Cancellation);
        Assert.IsType<FundingSourceOutcome.Done>(await bench.Wallets.RemoveFundingSourceAsync(alice.UserId, card, Cancellation));

        Assert.IsType<MovementOutcome<Deposit>.Replayed>(
            await bench.Wallets.StartDepositAsync(alice, "key", WalletBench.Usd(10_00), card, Cancellation));
        MovementOutcome<Deposit> fresh = await bench.Wallets.StartDepositAsync(alice, "other", WalletBench.Usd(10_00), card, Cancellation);
        Assert.Equal(MovementRefusal.SourceNotFound, Assert.IsType<MovementOutcome<Deposit>.Refused>(fresh).Reason);
    }

    [Fact]
    [Fault("L-01")]
    public async Task Of_a_thousand_transfers_at_once_with_money_for_ten_exactly_ten_succeed()
    {
        await using WalletBench bench = await WalletBench.StartAsync();
        (WalletCaller alice, _) = await bench.NewUserWithAsync(10_00);
        WalletCaller bob = bench.Owners.Add(null);
        MovementOutcome<WalletTransfer>[] outcomes = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(index => bench.Wallets.TransferAsync(
            alice, $"t{index}", WalletBench.Usd(1_00), bob.UserId.ToString(), null, Cancellation).AsTask()));

        Assert.Equal(10, outcomes.Count(outcome => outcome is MovementOutcome<WalletTransfer>.Started));
        Assert.Equal(990, outcomes.Count(outcome => outcome is MovementOutcome<WalletTransfer>.Refused { Reason: MovementRefusal.InsufficientFunds }));
        Assert.Equal(0, await bench.PostedAsync(ChartOfAccounts.UserAvailableAddress(alice.UserId)));
        Assert.Equal(10_00, await bench.PostedAsync(ChartOfAccounts.UserAvailableAddress(bob.UserId)));
        Assert.Equal(10, await bench.Database.QueryAsync<long>("select count(*) from flows.flow where kind = 'wallet.transfer'"));
    }

    [Fact]
    [Fault("L-02")]
    public async Task Transfers_in_circles_end_and_conserve_the_total()
    {
        await using WalletBench bench = await WalletBench.StartAsync();
        List<WalletCaller> users = [];
        for (int index = 0; index < 5; index++)
        {
            users.Add((await bench.NewUserWithAsync(20_00)).Caller);
        }

        await Task.WhenAll(Enumerable.Range(0, 300).Select(index => bench.Wallets.TransferAsync(
            users[index % 5],
            $"t{index}",
            WalletBench.Usd(1_00 + (ulong)(index % 7)),
            users[(index + (index % 2 == 0 ? 1 : 4)) % 5].UserId.ToString(),
            null,
            Cancellation).AsTask()));
        long total = 0;
        foreach (WalletCaller user in users)
        {
            long available = await bench.AvailableAsync(user);
            Assert.True(available >= 0);
            Assert.Equal(available, await bench.PostedAsync(ChartOfAccounts.UserAvailableAddress(user.UserId)));
            total += available;
        }

        Assert.Equal(100_00, total);
    }

    [Fact]
    public async Task A_transfer_needs_another_known_wallet_and_keeps_no_email()
    {
        await using WalletBench bench = await WalletBench.StartAsync();
        (WalletCaller alice, _) = await bench.NewUserWithAsync(10_00, "alice@example.com");
        bench.Owners.Add("bob@example.com");
        foreach ((string to, MovementRefusal reason) in new[]
        {
            ("nobody@example.com", MovementRefusal.RecipientNotFound), ("alice@example.com", MovementRefusal.SameWallet),
            (alice.UserId.ToString(), MovementRefusal.SameWallet), ("00000000-0000-4000-8000-000000000000", MovementRefusal.RecipientNotFound),
        })
        {
            MovementOutcome<WalletTransfer> refused = await bench.Wallets.TransferAsync(alice, "key", WalletBench.Usd(1), to, null, Cancellation);
            Assert.Equal(reason, Assert.IsType<MovementOutcome<WalletTransfer>.Refused>(refused).Reason);
        }

        await bench.Wallets.TransferAsync(alice, "key", WalletBench.Usd(1), "bob@example.com", "a note", Cancellation);
        Assert.Equal(0, await bench.Database.QueryAsync<long>(
            "select count(*) from flows.flow where data::text ~ 'example.com|a note' or owner_id ~ 'example.com'"));
        Assert.Equal(0, await bench.Database.QueryAsync<long>("select count(*) from ledger.details where coalesce(reference, '') || coalesce(metadata, '') ~ 'example.com|a note'"));
    }

    [Fact]
    public async Task A_key_that_a_refusal_left_free_carries_the_note_of_the_request_that_took_it()
    {
        await using WalletBench bench = await WalletBench.StartAsync();
        (WalletCaller alice, _) = await bench.NewUserWithAsync(10_00);
        WalletCaller bob = bench.Owners.Add(null);
        await bench.Wallets.TransferAsync(alice, "key", WalletBench.Usd(99_00), bob.UserId.ToString(), "too much", Cancellation);
        await bench.Wallets.TransferAsync(alice, "key", WalletBench.Usd(1_00), bob.UserId.ToString(), "fits", Cancellation);

        WalletHistoryPage? page = await bench.Wallets.GetHistoryAsync(bob.UserId, null, 10, Cancellation);
        Assert.Equal("fits", Assert.Single(page!.Items).Note);
    }

    [Fact]
    public async Task A_queued_withdrawal_is_cancelled_with_its_money_back()
    {
        await using WalletBench bench = await WalletBench.StartAsync(new WalletOptions { PollFirst = TimeSpan.FromHours(1), PollMax = TimeSpan.FromHours(1) });
        (WalletCaller alice, Guid card) = await bench.NewUserWithAsync(10_00);
        bench.Provider.Next = Script.NotSent;
        Withdrawal queued = Assert.IsType<MovementOutcome<Withdrawal>.Started>(
            await bench.Wallets.StartWithdrawalAsync(alice, "w1", WalletBench.Usd(10_00), card, Cancellation)).Movement;
        Assert.Equal(("pending", false), (queued.Status, queued.OutcomeUnknown));
        Assert.Equal(0, await bench.AvailableAsync(alice));

        CancelOutcome.Canceled canceled = Assert.IsType<CancelOutcome.Canceled>(
            await bench.Wallets.CancelWithdrawalAsync(alice, queued.Id, Cancellation));
        Assert.Equal(("failed", "canceled"), (canceled.Withdrawal.Status, canceled.Withdrawal.Failure?.Code));
        Assert.Equal(10_00, await bench.PostedAsync(ChartOfAccounts.UserAvailableAddress(alice.UserId)));
        Assert.IsType<CancelOutcome.Canceled>(await bench.Wallets.CancelWithdrawalAsync(alice, queued.Id, Cancellation));
        Assert.Empty(bench.Provider.Payouts);
    }

    [Fact]
    public async Task A_withdrawal_under_way_cannot_be_cancelled()
    {
        await using WalletBench bench = await WalletBench.StartAsync();
        (WalletCaller alice, Guid card) = await bench.NewUserWithAsync(10_00);
        Withdrawal withdrawal = Assert.IsType<MovementOutcome<Withdrawal>.Started>(
            await bench.Wallets.StartWithdrawalAsync(alice, "w1", WalletBench.Usd(10_00), card, Cancellation)).Movement;

        Assert.IsType<CancelOutcome.TooLate>(await bench.Wallets.CancelWithdrawalAsync(alice, withdrawal.Id, Cancellation));
        Assert.IsType<CancelOutcome.NotFound>(
            await bench.Wallets.CancelWithdrawalAsync(bench.Owners.Add(null), withdrawal.Id, Cancellation));
        Assert.Equal(0, await bench.AvailableAsync(alice));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(200)]
    public async Task History_shows_own_and_incoming_movements_once_each_newest_first_whatever_the_page(int limit)
    {
        await using WalletBench bench = await WalletBench.StartAsync();
        (WalletCaller alice, Guid card) = await bench.NewUserWithAsync(50_00);
        (WalletCaller bob, _) = await bench.NewUserWithAsync(50_00);
        for (int index = 0; index < 4; index++)
        {
            await bench.Wallets.TransferAsync(alice, $"out{index}", WalletBench.Usd(1_00), bob.UserId.ToString(), null, Cancellation);
            await bench.Wallets.TransferAsync(bob, $"in{index}", WalletBench.Usd(2_00), alice.UserId.ToString(), $"note {index}", Cancellation);
        }

        await bench.Wallets.StartWithdrawalAsync(alice, "w1", WalletBench.Usd(5_00), card, Cancellation);
        List<WalletHistoryItem> items = [];
        string? cursor = null;
        do
        {
            WalletHistoryPage? page = await bench.Wallets.GetHistoryAsync(alice.UserId, cursor, limit, Cancellation);
            Assert.NotNull(page);
            Assert.True(page.Items.Length <= limit);
            items.AddRange(page.Items);
            cursor = page.NextCursor;
        }
        while (cursor is not null);

        Assert.Equal(
            ["withdrawal", "transfer_in", "transfer_out", "transfer_in", "transfer_out", "transfer_in", "transfer_out", "transfer_in", "transfer_out", "deposit"],
            items.Select(item => item.Type));
        Assert.Equal(items.Count, items.Select(item => item.Id).Distinct().Count());
        Assert.Equal(["note 3", "note 2", "note 1", "note 0"], items.Where(item => item.Type == "transfer_in").Select(item => item.Note));
        Assert.All(items.Where(item => item.Type.StartsWith("transfer", StringComparison.Ordinal)), item => Assert.Equal(bob.UserId, item.CounterpartyWalletId));
        Assert.Null(await bench.Wallets.GetHistoryAsync(alice.UserId, "no cursor", limit, Cancellation));
    }
}
