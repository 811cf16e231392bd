using Florin.Providers;
using Xunit;

namespace Florin.Tests.Providers;

/// <summary>The connector against a provider that fails: what it says, and what the provider believes, must agree.</summary>
public sealed class StripeSandboxFaultTests(SandboxFixture sandbox) : StripeSandboxCase(sandbox)
{
    [Theory]
    [InlineData("timeout_after_effect", "Unknown", true)]
    [InlineData("timeout_before_effect", "Unknown", false)]
    [InlineData("error_500", "Unknown", false)]
    [InlineData("error_500_after_effect", "Unknown", true)]
    [InlineData("error_503", "Unknown", false)]
    [InlineData("connection_reset", "Unknown", true)]
    [InlineData("connection_reset_before_effect", "Unknown", false)]
    [InlineData("malformed_body", "Unknown", true)]
    [InlineData("empty_body", "Unknown", true)]
    [InlineData("error_429", "Accepted", true)]
    public async Task Charge_that_meets_a_fault_says_what_is_known_and_looking_it_up_tells_the_truth(string fault, string expected, bool hasEffect)
    {
        string reference = NextReference();
        await Process.FaultAsync("payment_intents.create", fault);

        ProviderOutcome<ProviderPayment> outcome = await UntilStruckAsync(fault, "payment_intent", reference, Provider.ChargeAsync(Card(reference), Token));
        ProviderLookup<ProviderPayment> found = await FindPaymentAsync(reference);

        Assert.Equal(expected, outcome.GetType().Name);
        Assert.Equal(hasEffect, found is ProviderLookup<ProviderPayment>.Found { Value.Status: ProviderPaymentStatus.Succeeded });
        Assert.Equal(!hasEffect, found is ProviderLookup<ProviderPayment>.NotFound);
        Assert.Equal(hasEffect ? 1 : 0, await CountAsync("payment_intent", reference));
    }

    [Theory]
    [InlineData("timeout_after_effect", true)]
    [InlineData("timeout_before_effect", true)]
    [InlineData("connection_reset", true)]
    [InlineData("malformed_body", true)]
    [InlineData("error_503", true)]
    [InlineData("error_500", false)]
    public async Task Charge_sent_again_by_its_owner_under_the_same_key_moves_money_once(string fault, bool isAccepted)
    {
        string reference = NextReference();
        await Process.FaultAsync("payment_intents.create", fault);
        await UntilStruckAsync(fault, "payment_intent", reference, Provider.ChargeAsync(Card(reference), Token));

        ProviderOutcome<ProviderPayment> again = await ChargeAsync(reference, "pm_card_visa", PaymentMethodKind.Card);

        // A 500 is stored under its key and replayed: the owner learns nothing by asking in this way.
        Assert.Equal(isAccepted, again is ProviderOutcome<ProviderPayment>.Accepted);
        Assert.Equal(isAccepted ? 1 : 0, await CountAsync("payment_intent", reference));
    }

    [Fact]
    public async Task Key_used_with_another_amount_is_unknown_because_the_first_may_have_moved_money()
    {
        string reference = NextReference();
        Value(await ChargeAsync(reference, "pm_card_visa", PaymentMethodKind.Card));

        ProviderOutcome<ProviderPayment> other = await Play(Provider.ChargeAsync(Card(reference) with { MinorUnits = 1051 }, Token));

        Assert.IsType<ProviderOutcome<ProviderPayment>.Unknown>(other);
        Assert.Equal(1050u, Value(await FindPaymentAsync(reference)).MinorUnits);
        Assert.Equal(1, await CountAsync("payment_intent", reference));
    }

    [Fact]
    public async Task Storm_of_429_is_not_answered_with_a_storm()
    {
        const int charges = 50;
        await Process.FaultAsync("payment_intents.create", "error_429", count: 1_000);

        for (int index = 0; index < charges; index++)
        {
            Assert.IsType<ProviderOutcome<ProviderPayment>.NotSent>(await ChargeAsync(NextReference(), "pm_card_visa", PaymentMethodKind.Card));
        }

        // Fewer requests than charges, although each may be repeated three times: the breaker held the rest back.
        Assert.InRange(await StruckAsync("error_429"), 1, charges - 1);
    }

    [Fact]
    public async Task Payment_that_is_indexed_late_is_not_found_and_then_found()
    {
        string reference = NextReference();
        await Process.FaultAsync("payment_intents.create", "connection_reset");
        await Process.FaultAsync("payment_intents.list", "not_found_for", more: new() { ["seconds"] = 60 });

        ProviderOutcome<ProviderPayment> outcome = await ChargeAsync(reference, "pm_card_visa", PaymentMethodKind.Card);
        ProviderLookup<ProviderPayment> early = await FindPaymentAsync(reference);
        await Process.AdvanceAsync(TimeSpan.FromSeconds(61));
        ProviderLookup<ProviderPayment> late = await FindPaymentAsync(reference);

        Assert.IsType<ProviderOutcome<ProviderPayment>.Unknown>(outcome);
        Assert.IsType<ProviderLookup<ProviderPayment>.NotFound>(early);
        Assert.Equal(ProviderPaymentStatus.Succeeded, Value(late).Status);
    }

    [Theory]
    [InlineData("error_500")]
    [InlineData("malformed_body")]
    [InlineData("empty_body")]
    [InlineData("connection_reset")]
    public async Task Read_that_fails_is_unavailable(string fault)
    {
        ProviderPayment payment = Value(await ChargeAsync(NextReference(), "pm_card_visa", PaymentMethodKind.Card));
        await Process.FaultAsync("payment_intents.get", fault, count: 10);

        Assert.IsType<ProviderLookup<ProviderPayment>.Unavailable>(await Play(Provider.GetPaymentAsync(payment.Id, Token)));
    }

    [Theory]
    [InlineData("timeout_after_effect", true)]
    [InlineData("timeout_before_effect", false)]
    [InlineData("error_500", false)]
    [InlineData("malformed_body", true)]
    [InlineData("connection_reset", true)]
    public async Task Payout_that_meets_a_fault_is_unknown_and_looking_it_up_tells_the_truth(string fault, bool hasEffect)
    {
        string reference = NextReference();
        await FundAsync();
        await Process.FaultAsync("payouts.create", fault);

        ProviderOutcome<ProviderPayout> outcome = await UntilStruckAsync(
            fault, "payout", reference, Provider.CreatePayoutAsync(Payout(reference, "ba_000123456789"), Token));
        ProviderLookup<ProviderPayout> found = await Play(
            Provider.FindPayoutAsync(reference, "ba_000123456789", Began, Token));

        Assert.IsType<ProviderOutcome<ProviderPayout>.Unknown>(outcome);
        Assert.Equal(hasEffect, found is ProviderLookup<ProviderPayout>.Found);
        Assert.Equal(!hasEffect, found is ProviderLookup<ProviderPayout>.NotFound);
        Assert.Equal(hasEffect ? 1 : 0, await CountAsync("payout", reference));
    }
}
