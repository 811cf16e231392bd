using Florin.Providers;
using Xunit;

namespace Florin.Tests.Providers;

/// <summary>The connector against the sandbox's own process: every test token and destination means what its name says.</summary>
public sealed class StripeSandboxTests(SandboxFixture sandbox) : StripeSandboxCase(sandbox)
{
    [Theory]
    [InlineData("pm_card_visa", PaymentMethodKind.Card, "visa", "4242")]
    [InlineData("pm_card_mastercard", PaymentMethodKind.Card, "mastercard", "4444")]
    [InlineData("pm_card_amex", PaymentMethodKind.Card, "amex", "0005")]
    [InlineData("pm_usBankAccount_success", PaymentMethodKind.BankAccount, null, "6789")]
    public async Task Payment_method_is_attached_and_detached(string token, PaymentMethodKind kind, string? brand, string last4)
    {
        ProviderPaymentMethod attached = Value(await AttachAsync(token));
        ProviderPaymentMethod detached = Value(await Play(Provider.DetachPaymentMethodAsync(attached.Id, NextReference(), Token)));

        Assert.Equal((kind, brand, last4), (attached.Kind, attached.Brand, attached.Last4));
        Assert.Equal(kind == PaymentMethodKind.BankAccount, attached.BankName is not null);
        Assert.Equal(attached.Id, detached.Id);
    }

    [Theory]
    [InlineData("pm_card_visa", "Succeeded", null)]
    [InlineData("pm_card_visa_debit", "Succeeded", null)]
    [InlineData("pm_card_mastercard", "Succeeded", null)]
    [InlineData("pm_card_amex", "Succeeded", null)]
    [InlineData("pm_card_discover", "Succeeded", null)]
    [InlineData("pm_card_diners", "Succeeded", null)]
    [InlineData("pm_card_jcb", "Succeeded", null)]
    [InlineData("pm_card_unionpay", "Succeeded", null)]
    [InlineData("pm_card_bypassPending", "Succeeded", null)]
    [InlineData("pm_card_createDispute", "Succeeded", null)]
    [InlineData("pm_card_pendingRefund", "Succeeded", null)]
    [InlineData("pm_card_authenticationRequired", "RequiresAction", null)]
    [InlineData("pm_card_threeDSecure2Required", "RequiresAction", null)]
    [InlineData("pm_card_threeDSecureRequiredChargeDeclined", "RequiresAction", null)]
    [InlineData("pm_card_visa_chargeDeclined", "Declined", "generic_decline")]
    [InlineData("pm_card_chargeDeclined", "Declined", "generic_decline")]
    [InlineData("pm_card_chargeDeclinedInsufficientFunds", "Declined", "insufficient_funds")]
    [InlineData("pm_card_visa_chargeDeclinedLostCard", "Declined", "lost_card")]
    [InlineData("pm_card_visa_chargeDeclinedStolenCard", "Declined", "stolen_card")]
    [InlineData("pm_card_chargeDeclinedExpiredCard", "Declined", "expired_card")]
    [InlineData("pm_card_chargeDeclinedIncorrectCvc", "Declined", "incorrect_cvc")]
    [InlineData("pm_card_chargeDeclinedProcessingError", "Declined", "processing_error")]
    [InlineData("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "Declined", "card_velocity_exceeded")]
    [InlineData("pm_card_radarBlock", "Declined", "fraudulent")]
    [InlineData("pm_card_doesNotExist", "Declined", "resource_missing")]
    public async Task Card_does_what_its_token_says(string token, string expected, string? code)
    {
        ProviderOutcome<ProviderPayment> outcome = await ChargeAsync(NextReference(), token, PaymentMethodKind.Card);

        string? said = outcome is ProviderOutcome<ProviderPayment>.Declined declined ? declined.Code : null;
        string word = outcome is ProviderOutcome<ProviderPayment>.Accepted accepted ? accepted.Value.Status.ToString() : outcome.GetType().Name;
        Assert.Equal((expected, code), (word, said));
    }

    [Theory]
    [InlineData("pm_usBankAccount_success", ProviderPaymentStatus.Succeeded, null)]
    [InlineData("pm_usBankAccount_accountClosed", ProviderPaymentStatus.Failed, "account_closed")]
    [InlineData("pm_usBankAccount_noAccount", ProviderPaymentStatus.Failed, "no_account")]
    [InlineData("pm_usBankAccount_insufficientFunds", ProviderPaymentStatus.Failed, "insufficient_funds")]
    [InlineData("pm_usBankAccount_debitNotAuthorized", ProviderPaymentStatus.Failed, "debit_not_authorized")]
    [InlineData("pm_usBankAccount_weeklyLimitExceeded", ProviderPaymentStatus.Failed, "charge_exceeds_weekly_limit")]
    [InlineData("pm_usBankAccount_processing", ProviderPaymentStatus.Processing, null)]
    public async Task Bank_debit_is_processing_and_ends_as_its_token_says(string token, ProviderPaymentStatus end, string? code)
    {
        ProviderPaymentMethod method = Value(await AttachAsync(token));
        ProviderPayment begun = Value(await ChargeAsync(NextReference(), method.Id, PaymentMethodKind.BankAccount));
        await Process.AdvanceAsync(TimeSpan.FromMinutes(1));
        ProviderPayment ended = Value(await Play(Provider.GetPaymentAsync(begun.Id, Token)));

        Assert.Equal((ProviderPaymentStatus.Processing, (UInt128)0), (begun.Status, begun.ReceivedMinorUnits));
        Assert.Equal((end, code), (ended.Status, ended.FailureCode));
        Assert.Equal(end == ProviderPaymentStatus.Succeeded ? 1050u : 0u, ended.ReceivedMinorUnits);
    }

    [Theory]
    [InlineData("ba_000123456789", ProviderPayoutStatus.Paid, null)]
    [InlineData("ba_000111111113", ProviderPayoutStatus.Failed, "account_closed")]
    [InlineData("ba_000999999991", ProviderPayoutStatus.Failed, "account_closed")]
    [InlineData("ba_000999999992", ProviderPayoutStatus.Pending, null)]
    [InlineData("ba_000999999993", ProviderPayoutStatus.InTransit, null)]
    public async Task Payout_ends_as_its_destination_says(string destination, ProviderPayoutStatus end, string? code)
    {
        await FundAsync();
        ProviderPayout begun = Value(await PayoutAsync(NextReference(), destination));
        await Process.AdvanceAsync(TimeSpan.FromMinutes(1));
        ProviderPayout ended = Value(await Play(Provider.GetPayoutAsync(begun.Id, Token)));

        Assert.Equal(ProviderPayoutStatus.Pending, begun.Status);
        Assert.Equal((end, code), (ended.Status, ended.FailureCode));
    }

    [Fact]
    public async Task Payout_from_a_balance_that_is_empty_is_declined()
    {
        ProviderOutcome<ProviderPayout> outcome = await Play(
            Provider.CreatePayoutAsync(Payout(NextReference(), "ba_000123456789") with { Currency = "CHF" }, Token));

        Assert.Equal("balance_insufficient", Assert.IsType<ProviderOutcome<ProviderPayout>.Declined>(outcome).Code);
    }

    [Fact]
    public async Task Events_are_read_by_cursor_as_the_provider_has_them()
    {
        for (int index = 0; index < 60; index++)
        {
            await ChargeAsync(NextReference(), "pm_card_visa", PaymentMethodKind.Card);
        }

        List<string> read = [];
        string? cursor = null;
        ProviderEventPage page;
        do
        {
            page = Value(await Play(Provider.ListEventsAsync(cursor, Token)));
            read.AddRange(page.Events.Select(item => item.Id));
            cursor = page.NextCursor;
        }
        while (page.HasMore);

        IEnumerable<string> judged = (await Process.ObjectsAsync("event")).Select(item => item.GetProperty("id").GetString()!).Reverse();
        Assert.InRange(read.Count, 101, int.MaxValue);
        Assert.Equal(judged, read);
    }
}
