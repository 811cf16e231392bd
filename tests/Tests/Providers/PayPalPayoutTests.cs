using Florin.Providers;
using Xunit;

namespace Florin.Tests.Providers;

public sealed class PayPalPayoutTests(SandboxFixture sandbox) : PayPalSandboxCase(sandbox)
{
    /// <summary>After a minute of the sandbox's clock, and after 31 days.</summary>
    [Theory]
    [InlineData("someone@example.com", ProviderPayoutStatus.Paid, ProviderPayoutStatus.Paid, null)]
    [InlineData("KL9FVZ3RZ7Q2M", ProviderPayoutStatus.Paid, ProviderPayoutStatus.Paid, null)]
    [InlineData("unclaimed@example.com", ProviderPayoutStatus.Unclaimed, ProviderPayoutStatus.Failed, "RECEIVER_UNREGISTERED")]
    [InlineData("held@example.com", ProviderPayoutStatus.OnHold, ProviderPayoutStatus.OnHold, null)]
    [InlineData("blocked@example.com", ProviderPayoutStatus.Failed, ProviderPayoutStatus.Failed, "RECEIVER_ACCOUNT_LOCKED")]
    [InlineData("failed@example.com", ProviderPayoutStatus.Failed, ProviderPayoutStatus.Failed, "RECEIVER_UNCONFIRMED")]
    [InlineData("reversed@example.com", ProviderPayoutStatus.Failed, ProviderPayoutStatus.Failed, "REVERSED")]
    public async Task Payout_ends_as_its_receiver_says(string receiver, ProviderPayoutStatus soon, ProviderPayoutStatus end, string? code)
    {
        await FundAsync();
        string reference = NextReference();
        ProviderPayout begun = Value(await PayAsync(new PayoutRequest(987, "USD", receiver, reference, reference + ":payout")));
        await Process.AdvanceAsync(TimeSpan.FromMinutes(1));
        ProviderPayout early = await ReadAsync(begun.Id);
        await Process.AdvanceAsync(TimeSpan.FromDays(31));
        ProviderPayout late = await ReadAsync(begun.Id);

        Assert.Equal(ProviderPayoutStatus.Pending, begun.Status);
        Assert.Equal((soon, end, code), (early.Status, late.Status, late.FailureCode));
        Assert.Equal((begun.MinorUnits, begun.Currency, reference), (late.MinorUnits, late.Currency, late.OurReference));
    }

    [Fact]
    public async Task Payout_from_a_balance_that_is_empty_is_declined()
    {
        ProviderOutcome<ProviderPayout> outcome = await PayAsync(new PayoutRequest(987, "CHF", "someone@example.com", NextReference(), "p1"));

        Assert.Equal("INSUFFICIENT_FUNDS", Assert.IsType<ProviderOutcome<ProviderPayout>.Declined>(outcome).Code);
    }

    [Fact]
    [Fault("U-15")]
    public async Task Duplicate_that_the_provider_refuses_is_looked_up_and_taken_over()
    {
        await FundAsync();
        PayoutRequest request = new(987, "USD", "someone@example.com", NextReference(), "p1");
        ProviderPayout first = Value(await PayAsync(request));
        ProviderPayout again = Value(await PayAsync(request));
        ProviderOutcome<ProviderPayout> other = await PayAsync(request with { MinorUnits = 988 });

        Assert.Equal(first.Id, again.Id);
        Assert.IsType<ProviderOutcome<ProviderPayout>.Unknown>(other);
        Assert.Single(await ObjectsAsync("payout_batch"));
    }

    [Theory]
    [InlineData("not an account")]
    [InlineData("")]
    [InlineData("a@")]
    public async Task Destination_that_cannot_be_one_is_refused_before_anything_leaves(string destination)
    {
        ProviderOutcome<ProviderPayout> outcome = await PayAsync(new PayoutRequest(987, "USD", destination, NextReference(), "p1"));

        Assert.Equal("local:invalid_destination", Assert.IsType<ProviderOutcome<ProviderPayout>.Declined>(outcome).Code);
        Assert.Empty(await ObjectsAsync("payout_batch"));
    }

    private Task<ProviderOutcome<ProviderPayout>> PayAsync(PayoutRequest request) => Play(PayPal.Payouts.CreatePayoutAsync(request, Token));

    private async Task<ProviderPayout> ReadAsync(string id) => Value(await Play(PayPal.Payouts.GetPayoutAsync(id, Token)));

    private async Task FundAsync() => Value(await Play(Acquirer.AuthorizeAsync(Charge(NextReference()) with { MinorUnits = 100_000 }, Token)));
}
