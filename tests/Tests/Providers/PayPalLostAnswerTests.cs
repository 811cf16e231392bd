using System.Text.Json.Nodes;
using Florin.Providers;
using Xunit;

namespace Florin.Tests.Providers;

/// <summary>The connector against a PayPal that fails: whatever is lost, the same request again ends in one effect.</summary>
public sealed class PayPalLostAnswerTests(SandboxFixture sandbox) : PayPalSandboxCase(sandbox)
{
    /// <summary>The fault, how often it strikes, and what the first call says; the second one, of the same request, is always accepted.</summary>
    public static TheoryData<string, int, string> Faults => new()
    {
        { "timeout_after_effect", 1, "Unknown" },
        { "timeout_before_effect", 1, "Unknown" },
        { "malformed_body", 1, "Unknown" },
        { "empty_body", 1, "Unknown" },
        { "error_500", 1, "Accepted" },
        { "error_500", 4, "Unknown" },
        { "error_500_after_effect", 1, "Accepted" },
        { "error_500_after_effect", 4, "Accepted" },
        { "error_503", 4, "Unknown" },
        { "connection_reset", 1, "Accepted" },
        { "connection_reset", 4, "Unknown" },
        { "connection_reset_before_effect", 1, "Accepted" },
        { "error_429", 1, "Accepted" },
        { "error_429", 4, "NotSent" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Charge_sent_again_under_its_key_takes_money_once(string fault, int count, string expected)
    {
        string reference = NextReference();
        await FaultAsync("orders.create", fault, count);
        ProviderOutcome<AcquirerPayment> first = await UntilStruckAsync(fault, Acquirer.AuthorizeAsync(Charge(reference), Token));
        AcquirerPayment second = Value(await Play(Acquirer.AuthorizeAsync(Charge(reference), Token)));

        Assert.Equal(expected, first.GetType().Name);
        Assert.Equal((AcquirerPaymentStatus.Captured, (UInt128)1050), (second.Status, second.CapturedMinorUnits));
        Assert.Equal(1, await CountAsync("capture", reference));
    }

    [Theory]
    [Fault("U-06")]
    [MemberData(nameof(Faults))]
    public async Task Capture_sent_again_under_its_key_takes_money_once(string fault, int count, string expected)
    {
        AcquirerPayment authorized = await ChargedAsync(mode: CaptureMode.Manual);
        await FaultAsync("authorizations.capture", fault, count);
        ProviderOutcome<AcquirerPayment> first = await UntilStruckAsync(fault, Acquirer.CaptureAsync(Capture(authorized.Id, 1050, isFinal: true), Token));
        AcquirerPayment second = Value(await CaptureAsync(Capture(authorized.Id, 1050, isFinal: true)));

        Assert.Equal(expected, first.GetType().Name);
        Assert.Equal(((UInt128)1050, (UInt128)0), (second.CapturedMinorUnits, second.CapturableMinorUnits));
        Assert.Single(second.CaptureIds);
        Assert.Equal(1, await CountAsync("capture", authorized.OurReference!));
    }

    [Theory]
    [Fault("U-06")]
    [MemberData(nameof(Faults))]
    public async Task Refund_sent_again_under_its_key_gives_money_back_once(string fault, int count, string expected)
    {
        AcquirerPayment payment = await ChargedAsync();
        string reference = NextReference();
        await FaultAsync("captures.refund", fault, count);
        ProviderOutcome<AcquirerRefund> first = await UntilStruckAsync(fault, Acquirer.RefundAsync(Refund(payment, 400, reference), Token));
        bool isThere = await CountAsync("refund", reference) == 1;
        ProviderLookup<AcquirerRefund> found = await Play(Acquirer.FindRefundAsync(payment.Id, reference, Token));
        AcquirerRefund second = Value(await RefundAsync(Refund(payment, 400, reference)));

        Assert.Equal(expected, first.GetType().Name);
        Assert.Equal(isThere, found is ProviderLookup<AcquirerRefund>.Found);
        Assert.Equal(!isThere, found is ProviderLookup<AcquirerRefund>.NotFound);
        Assert.Equal(AcquirerRefundStatus.Succeeded, second.Status);
        Assert.Equal(1, await CountAsync("refund", reference));
        Assert.Equal((UInt128)400, (await PaymentAsync(payment.Id)).RefundedMinorUnits);
    }

    [Theory]
    [Fault("U-06")]
    [MemberData(nameof(Faults))]
    public async Task Void_sent_again_gives_back_once(string fault, int count, string expected)
    {
        AcquirerPayment authorized = await ChargedAsync(mode: CaptureMode.Manual);
        await FaultAsync("authorizations.void", fault, count);
        ProviderOutcome<AcquirerPayment> first = await UntilStruckAsync(fault, Acquirer.VoidAsync(authorized.Id, "void-1", Token));
        AcquirerPayment second = Value(await Play(Acquirer.VoidAsync(authorized.Id, "void-1", Token)));

        Assert.Equal(expected, first.GetType().Name);
        Assert.Equal(AcquirerPaymentStatus.Voided, second.Status);
        Assert.Single(await ObjectsAsync("event"), item => item.GetProperty("event_type").GetString() == "PAYMENT.AUTHORIZATION.VOIDED");
    }

    [Theory]
    [Fault("U-07")]
    [MemberData(nameof(Faults))]
    public async Task Payout_sent_again_under_its_key_pays_once(string fault, int count, string expected)
    {
        await Fund();
        PayoutRequest request = new(987, "USD", "someone@example.com", NextReference(), NextReference());
        await FaultAsync("payouts.create", fault, count);
        ProviderOutcome<ProviderPayout> first = await UntilStruckAsync(fault, PayPal.Payouts.CreatePayoutAsync(request, Token));
        ProviderPayout second = Value(await Play(PayPal.Payouts.CreatePayoutAsync(request, Token)));

        Assert.Equal(expected, first.GetType().Name);
        Assert.Equal(((UInt128)987, request.OurReference), (second.MinorUnits, second.OurReference));
        Assert.Single(await ObjectsAsync("payout_item"));
    }

    [Theory]
    [Fault("I-02")]
    [InlineData(1051, "USD", false)]
    [InlineData(1050, "EUR", false)]
    [InlineData(1050, "USD", true)]
    public async Task Key_used_with_other_content_is_unknown_because_the_first_may_have_moved_money(int minorUnits, string currency, bool isOtherReference)
    {
        string reference = NextReference();
        AuthorizationRequest request = Charge(reference);
        AcquirerPayment payment = Value(await Play(Acquirer.AuthorizeAsync(request, Token)));
        AuthorizationRequest other = request with
        {
            MinorUnits = (UInt128)minorUnits, Currency = currency, OurReference = isOtherReference ? reference + "-x" : reference,
        };

        Assert.IsType<ProviderOutcome<AcquirerPayment>.Unknown>(await Play(Acquirer.AuthorizeAsync(other, Token)));
        Assert.Equal((UInt128)1050, (await PaymentAsync(payment.Id)).CapturedMinorUnits);
        Assert.Single(await ObjectsAsync("capture"));
    }

    [Fact]
    [Fault("I-05")]
    public async Task Key_that_the_provider_has_forgotten_does_not_charge_again()
    {
        AuthorizationRequest request = Charge(NextReference());
        Value(await Play(Acquirer.AuthorizeAsync(request, Token)));
        await Process.AdvanceAsync(Acquirer.RepeatsAnswerFor!.Value + TimeSpan.FromSeconds(1));

        Assert.IsType<ProviderOutcome<AcquirerPayment>.Unknown>(await Play(Acquirer.AuthorizeAsync(request, Token)));
        Assert.Single(await ObjectsAsync("capture"));
    }

    [Fact]
    [Fault("I-03")]
    public async Task Many_at_once_under_one_key_have_one_effect()
    {
        AuthorizationRequest request = Charge(NextReference());
        await FaultAsync("orders.create", "slow", more: new JsonObject { ["delay_ms"] = 300 });
        ProviderOutcome<AcquirerPayment>[] outcomes = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Play(Acquirer.AuthorizeAsync(request, Token))));

        // Whoever met the first one under way knows only that.
        Assert.Contains(outcomes, outcome => outcome is ProviderOutcome<AcquirerPayment>.Accepted);
        Assert.All(outcomes, outcome => Assert.True(outcome is ProviderOutcome<AcquirerPayment>.Accepted or ProviderOutcome<AcquirerPayment>.Unknown, outcome.ToString()));
        Assert.Single(await ObjectsAsync("capture"));
    }

    [Fact]
    public async Task Read_that_fails_says_nothing_about_the_payment()
    {
        AcquirerPayment payment = await ChargedAsync(mode: CaptureMode.Manual);
        await FaultAsync("orders.get", "error_500", 100);

        Assert.IsType<ProviderLookup<AcquirerPayment>.Unavailable>(await Play(Acquirer.GetPaymentAsync(payment.Id, Token)));
        Assert.IsType<ProviderOutcome<AcquirerPayment>.NotSent>(await CaptureAsync(Capture(payment.Id, 1)));
        Assert.IsType<ProviderLookup<AcquirerPayment>.Unavailable>(await Play(Acquirer.FindPaymentAsync(payment.OurReference!, DateTimeOffset.MinValue, Token)));
        Assert.Empty(await ObjectsAsync("capture"));
    }

    [Fact]
    public async Task Order_that_is_not_found_yet_is_captured_later()
    {
        AcquirerPayment payment = await ChargedAsync(mode: CaptureMode.Manual);
        await FaultAsync("orders.get", "not_found_for", more: new JsonObject { ["seconds"] = 60 });
        ProviderOutcome<AcquirerPayment> early = await CaptureAsync(Capture(payment.Id, 1050));
        await Process.AdvanceAsync(TimeSpan.FromSeconds(61));
        ProviderOutcome<AcquirerPayment> late = await CaptureAsync(Capture(payment.Id, 1050));

        Assert.IsType<ProviderOutcome<AcquirerPayment>.NotSent>(early);
        Assert.Equal((UInt128)1050, Value(late).CapturedMinorUnits);
    }

    [Fact]
    public async Task No_access_token_means_nothing_was_sent()
    {
        await FaultAsync("oauth2.token", "error_500", 10);

        Assert.IsType<ProviderOutcome<AcquirerPayment>.NotSent>(await Play(Acquirer.AuthorizeAsync(Charge(NextReference()), Token)));
        Assert.Empty(await ObjectsAsync("order"));
    }

    private async Task Fund() => Value(await Play(Acquirer.AuthorizeAsync(Charge(NextReference()) with { MinorUnits = 100_000 }, Token)));
}
