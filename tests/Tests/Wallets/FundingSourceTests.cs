using Florin.Wallets;
using Xunit;

namespace Florin.Tests.Wallets;

public sealed class FundingSourceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_payment_method_linked_by_many_at_once_is_one_funding_source_and_one_customer()
    {
        await using WalletBench bench = await WalletBench.StartAsync();
        WalletCaller alice = bench.Owners.Add(null);
        FundingSourceOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ =>
            bench.Wallets.AddFundingSourceAsync(alice.UserId, "pm_card_visa", Cancellation).AsTask()));

        Guid[] ids = [.. outcomes.Select(outcome => outcome switch
        {
            FundingSourceOutcome.Done done => done.Source.Id,
            FundingSourceOutcome.AlreadyLinked known => known.Source.Id,
            _ => Guid.Empty,
        }).Distinct()];
        FundingSource source = Assert.Single(await bench.Wallets.ListFundingSourcesAsync(alice.UserId, Cancellation));
        Assert.Equal(source.Id, Assert.Single(ids));
        Assert.Equal((FundingSourceKind.Card, "visa", "4242", "active"), (source.Kind, source.Brand, source.Last4, source.Status));
        Assert.Equal(1, await bench.Database.QueryAsync<long>("select count(*) from wallets.provider_customer"));
    }

    [Fact]
    public async Task A_removed_source_is_gone_and_the_same_token_links_anew()
    {
        await using WalletBench bench = await WalletBench.StartAsync();
        (WalletCaller alice, Guid card) = await bench.NewUserAsync();
        Assert.IsType<FundingSourceOutcome.Done>(await bench.Wallets.RemoveFundingSourceAsync(alice.UserId, card, Cancellation));
        Assert.Null(await bench.Wallets.GetFundingSourceAsync(alice.UserId, card, Cancellation));
        Assert.IsType<FundingSourceOutcome.NotFound>(await bench.Wallets.RemoveFundingSourceAsync(alice.UserId, card, Cancellation));

        FundingSourceOutcome again = await bench.Wallets.AddFundingSourceAsync(alice.UserId, "pm_card_visa", Cancellation);
        Assert.NotEqual(card, Assert.IsType<FundingSourceOutcome.Done>(again).Source.Id);
    }

    [Fact]
    public async Task Anothers_source_does_not_exist_for_a_user()
    {
        await using WalletBench bench = await WalletBench.StartAsync();
        (_, Guid card) = await bench.NewUserAsync();
        (WalletCaller bob, _) = await bench.NewUserAsync();
        Assert.Null(await bench.Wallets.GetFundingSourceAsync(bob.UserId, card, Cancellation));
        Assert.IsType<FundingSourceOutcome.NotFound>(await bench.Wallets.RemoveFundingSourceAsync(bob.UserId, card, Cancellation));
        MovementOutcome<Deposit> deposit = await bench.Wallets.StartDepositAsync(bob, "d1", WalletBench.Usd(1_00), card, Cancellation);
        Assert.Equal(MovementRefusal.SourceNotFound, Assert.IsType<MovementOutcome<Deposit>.Refused>(deposit).Reason);
        Assert.Equal(0, bench.Provider.Calls);
    }

    [Theory]
    [InlineData(Script.LoseAnswer)]
    [InlineData(Script.NotSent)]
    public async Task A_provider_without_an_answer_links_nothing_and_may_be_asked_again(Script script)
    {
        await using WalletBench bench = await WalletBench.StartAsync();
        WalletCaller alice = bench.Owners.Add(null);
        bench.Provider.Next = script;
        Assert.IsType<FundingSourceOutcome.ProviderUnavailable>(
            await bench.Wallets.AddFundingSourceAsync(alice.UserId, "pm_card_visa", Cancellation));
        Assert.Empty(await bench.Wallets.ListFundingSourcesAsync(alice.UserId, Cancellation));

        bench.Provider.Next = Script.Accept;
        Assert.IsType<FundingSourceOutcome.Done>(await bench.Wallets.AddFundingSourceAsync(alice.UserId, "pm_card_visa", Cancellation));
    }

    [Fact]
    public async Task A_source_whose_removal_is_not_confirmed_cannot_be_used_any_more()
    {
        await using WalletBench bench = await WalletBench.StartAsync();
        (WalletCaller alice, Guid card) = await bench.NewUserAsync();
        bench.Provider.Next = Script.LoseAnswer;
        Assert.IsType<FundingSourceOutcome.ProviderUnavailable>(await bench.Wallets.RemoveFundingSourceAsync(alice.UserId, card, Cancellation));
        bench.Provider.Next = Script.Accept;
        MovementOutcome<Deposit> deposit = await bench.Wallets.StartDepositAsync(alice, "d1", WalletBench.Usd(1_00), card, Cancellation);
        Assert.Equal(MovementRefusal.SourceNotFound, Assert.IsType<MovementOutcome<Deposit>.Refused>(deposit).Reason);
        Assert.IsType<FundingSourceOutcome.Done>(await bench.Wallets.RemoveFundingSourceAsync(alice.UserId, card, Cancellation));
    }
}
