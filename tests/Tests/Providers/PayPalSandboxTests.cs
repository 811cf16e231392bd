using Florin.Providers;
using Xunit;

namespace Florin.Tests.Providers;

/// <summary>The connector against the sandbox's own process: payments from their authorisation to their end.</summary>
public sealed class PayPalSandboxTests(SandboxFixture sandbox) : PayPalSandboxCase(sandbox)
{
    [Theory]
    [InlineData("sandbox_ok", CaptureMode.Automatic, "Captured", null)]
    [InlineData("sandbox_ok", CaptureMode.Manual, "Authorized", null)]
    [InlineData("sandbox_approved", CaptureMode.Automatic, "Captured", null)]
    [InlineData("sandbox_approved", CaptureMode.Manual, "Authorized", null)]
    [InlineData("sandbox_payer_action", CaptureMode.Automatic, "Declined", "PAYER_ACTION_REQUIRED")]
    [InlineData("sandbox_capture_pending", CaptureMode.Automatic, "Processing", null)]
    [InlineData("sandbox_capture_declined", CaptureMode.Automatic, "Declined", "DECLINED")]
    [InlineData("sandbox_authorization_denied", CaptureMode.Manual, "Declined", "DENIED")]
    [InlineData("sandbox_decline_TRANSACTION_REFUSED", CaptureMode.Automatic, "Declined", "TRANSACTION_REFUSED")]
    [InlineData("sandbox_decline_INSTRUMENT_DECLINED", CaptureMode.Manual, "Declined", "INSTRUMENT_DECLINED")]
    [InlineData("sandbox_decline_TOKEN_EXPIRED", CaptureMode.Automatic, "Declined", "TOKEN_EXPIRED")]
    [InlineData("sandbox_decline_CONSENT_NEEDED", CaptureMode.Automatic, "Declined", "CONSENT_NEEDED")]
    [InlineData("sandbox_decline_PERMISSION_DENIED", CaptureMode.Automatic, "NotSent", null)]
    [InlineData("sandbox_decline_PAYEE_ACCOUNT_RESTRICTED", CaptureMode.Automatic, "NotSent", null)]
    [InlineData("sandbox_decline_DUPLICATE_INVOICE_ID", CaptureMode.Automatic, "Unknown", null)]
    [InlineData("sandbox_decline_INTERNAL_SERVER_ERROR", CaptureMode.Automatic, "Unknown", null)]
    [InlineData("nobody_s_token", CaptureMode.Automatic, "Declined", "TOKEN_ID_NOT_FOUND")]
    public async Task Payment_ends_as_its_token_says(string source, CaptureMode mode, string expected, string? code)
    {
        ProviderOutcome<AcquirerPayment> outcome = await Play(Acquirer.AuthorizeAsync(Charge(NextReference(), source, mode), Token));

        string? said = outcome is ProviderOutcome<AcquirerPayment>.Declined declined ? declined.Code : null;
        string word = outcome is ProviderOutcome<AcquirerPayment>.Accepted accepted ? accepted.Value.Status.ToString() : outcome.GetType().Name;
        Assert.Equal((expected, code), (word, said));
    }

    [Theory]
    [InlineData(CaptureMode.Automatic, "capture", "Captured")]
    [InlineData(CaptureMode.Manual, "authorization", "Authorized")]
    public async Task Payment_that_its_payer_approves_is_taken_when_it_is_asked_for_and_once(CaptureMode mode, string type, string expected)
    {
        IApprovalAcquirer acquirer = (IApprovalAcquirer)Acquirer;
        string reference = NextReference();
        AuthorizationRequest request = Charge(reference, AuthorizationRequest.ApprovedByPayer, mode) with { ReturnUrl = "https://a.example/ok", CancelUrl = "https://a.example/no" };
        AcquirerPayment asked = Value(await Play(acquirer.AuthorizeAsync(request, Token)));
        ProviderOutcome<AcquirerPayment> early = await Play(acquirer.CompleteAsync(request, asked.Id, Token));
        using HttpResponseMessage yes = await Process.Http.PostAsync(new Uri($"/_sandbox/paypal/orders/{asked.Id}/approve", UriKind.Relative), content: null, Token);
        yes.EnsureSuccessStatusCode();
        AcquirerPayment approved = await PaymentAsync(asked.Id);
        AcquirerPayment again = Value(await Play(acquirer.AuthorizeAsync(request, Token)));
        Assert.Equal(0, await CountAsync(type, reference));
        AcquirerPayment taken = Value(await Play(acquirer.CompleteAsync(request, asked.Id, Token)));
        AcquirerPayment repeated = Value(await Play(acquirer.CompleteAsync(request, asked.Id, Token)));
        AcquirerPayment later = Value(await Play(acquirer.CompleteAsync(request with { IdempotencyKey = reference + ":another" }, asked.Id, Token)));

        Assert.Equal((AcquirerPaymentStatus.RequiresAction, reference), (asked.Status, asked.OurReference));
        Assert.EndsWith($"/checkoutnow?token={asked.Id}", asked.NextActionUrl, StringComparison.Ordinal);
        Assert.Equal("ORDER_NOT_APPROVED", Assert.IsType<ProviderOutcome<AcquirerPayment>.Declined>(early).Code);
        Assert.Equal(AcquirerPaymentStatus.Approved, approved.Status);
        Assert.Null(approved.NextActionUrl);
        Assert.Equal((asked.Id, AcquirerPaymentStatus.Approved), (again.Id, again.Status));
        Assert.All((AcquirerPayment[])[taken, repeated, later], one => Assert.Equal((asked.Id, expected), (one.Id, one.Status.ToString())));
        Assert.Equal(1, await CountAsync(type, reference));
    }

    [Theory]
    [InlineData(null, "https://a.example/no")]
    [InlineData("https://a.example/ok", null)]
    public async Task Payer_who_cannot_come_back_is_not_sent_anywhere(string? returnUrl, string? cancelUrl)
    {
        AuthorizationRequest request = Charge(NextReference(), AuthorizationRequest.ApprovedByPayer) with { ReturnUrl = returnUrl, CancelUrl = cancelUrl };
        Assert.Equal("local:nowhere_to_return", Assert.IsType<ProviderOutcome<AcquirerPayment>.Declined>(await Play(Acquirer.AuthorizeAsync(request, Token))).Code);
        Assert.Empty(await ObjectsAsync("order"));
    }

    [Fact]
    public async Task Authorisation_is_captured_in_parts_and_the_rest_is_voided()
    {
        AcquirerPayment authorized = await ChargedAsync(mode: CaptureMode.Manual);
        AcquirerPayment first = Value(await CaptureAsync(Capture(authorized.Id, 400)));
        AcquirerPayment second = Value(await CaptureAsync(Capture(authorized.Id, 250, key: "capture-2")));
        ProviderOutcome<AcquirerPayment> over = await CaptureAsync(Capture(authorized.Id, 401, key: "capture-3"));
        AcquirerPayment voided = Value(await Play(Acquirer.VoidAsync(authorized.Id, "void-1", Token)));
        ProviderOutcome<AcquirerPayment> late = await CaptureAsync(Capture(authorized.Id, 1, key: "capture-4"));
        AcquirerPayment read = await PaymentAsync(authorized.Id);

        Assert.Equal(((UInt128)1050, (UInt128)0), (authorized.CapturableMinorUnits, authorized.CapturedMinorUnits));
        Assert.NotNull(authorized.ExpiresAt);
        Assert.Equal(((UInt128)650, (UInt128)400), (first.CapturableMinorUnits, first.CapturedMinorUnits));
        Assert.Equal(((UInt128)400, (UInt128)650), (second.CapturableMinorUnits, second.CapturedMinorUnits));
        Assert.Equal("MAX_CAPTURE_AMOUNT_EXCEEDED", Assert.IsType<ProviderOutcome<AcquirerPayment>.Declined>(over).Code);
        Assert.Equal(((UInt128)0, (UInt128)650), (voided.CapturableMinorUnits, voided.CapturedMinorUnits));
        Assert.Equal("AUTHORIZATION_VOIDED", Assert.IsType<ProviderOutcome<AcquirerPayment>.Declined>(late).Code);
        Assert.Equal(voided with { CaptureIds = [], Captures = [] }, read with { CaptureIds = [], Captures = [] });
        Assert.Equal(voided.CaptureIds, read.CaptureIds);
        Assert.Equal(voided.Captures, read.Captures);
    }

    [Fact]
    public async Task Final_capture_of_a_part_leaves_nothing_to_capture()
    {
        AcquirerPayment authorized = await ChargedAsync(mode: CaptureMode.Manual);
        AcquirerPayment captured = Value(await CaptureAsync(Capture(authorized.Id, 1000, isFinal: true)));
        ProviderOutcome<AcquirerPayment> voided = await Play(Acquirer.VoidAsync(authorized.Id, "void-1", Token));

        Assert.Equal((AcquirerPaymentStatus.Captured, (UInt128)0), (captured.Status, captured.CapturableMinorUnits));
        Assert.Equal("PREVIOUSLY_CAPTURED", Assert.IsType<ProviderOutcome<AcquirerPayment>.Declined>(voided).Code);
    }

    [Fact]
    public async Task Voiding_twice_is_voided_once()
    {
        AcquirerPayment authorized = await ChargedAsync(mode: CaptureMode.Manual);
        AcquirerPayment first = Value(await Play(Acquirer.VoidAsync(authorized.Id, "void-1", Token)));
        AcquirerPayment second = Value(await Play(Acquirer.VoidAsync(authorized.Id, "void-2", Token)));

        Assert.Equal((AcquirerPaymentStatus.Voided, AcquirerPaymentStatus.Voided), (first.Status, second.Status));
        Assert.Single(await ObjectsAsync("event"), item => item.GetProperty("event_type").GetString() == "PAYMENT.AUTHORIZATION.VOIDED");
    }

    [Fact]
    public async Task Authorisation_that_expired_cannot_be_captured()
    {
        AcquirerPayment authorized = await ChargedAsync(mode: CaptureMode.Manual);
        await Process.AdvanceAsync(TimeSpan.FromDays(30));
        ProviderOutcome<AcquirerPayment> late = await CaptureAsync(Capture(authorized.Id, 100));

        Assert.Equal("AUTHORIZATION_EXPIRED", Assert.IsType<ProviderOutcome<AcquirerPayment>.Declined>(late).Code);
        Assert.Equal(AcquirerPaymentStatus.Voided, (await PaymentAsync(authorized.Id)).Status);
    }

    [Theory]
    [InlineData("sandbox_capture_pending", AcquirerPaymentStatus.Captured, 1050)]
    [InlineData("sandbox_capture_pending_declined", AcquirerPaymentStatus.Failed, 0)]
    public async Task Pending_capture_ends_by_the_clock(string source, AcquirerPaymentStatus end, int captured)
    {
        AcquirerPayment begun = await ChargedAsync(source);
        await Process.AdvanceAsync(TimeSpan.FromMinutes(1));
        AcquirerPayment ended = await PaymentAsync(begun.Id);

        Assert.Equal((AcquirerPaymentStatus.Processing, (UInt128)0), (begun.Status, begun.CapturedMinorUnits));
        Assert.Equal((end, (UInt128)captured), (ended.Status, ended.CapturedMinorUnits));
    }

    [Fact]
    public async Task Refunds_never_exceed_what_was_captured()
    {
        AcquirerPayment payment = await ChargedAsync();
        ProviderOutcome<AcquirerRefund>[] outcomes = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(index => RefundAsync(Refund(payment, 300, $"{payment.OurReference}-r{index}"))));
        AcquirerRefund rest = Value(await RefundAsync(Refund(payment, 150, payment.OurReference + "-rest")));

        Assert.Equal(3, outcomes.OfType<ProviderOutcome<AcquirerRefund>.Accepted>().Count());
        Assert.All(outcomes.OfType<ProviderOutcome<AcquirerRefund>.Declined>(), refused => Assert.Equal("REFUND_AMOUNT_EXCEEDED", refused.Code));
        Assert.Equal(AcquirerRefundStatus.Succeeded, rest.Status);
        Assert.Equal(payment.CapturedMinorUnits, (await PaymentAsync(payment.Id)).RefundedMinorUnits);
    }

    [Theory]
    [InlineData("sandbox_refund_pending", AcquirerRefundStatus.Succeeded, 400)]
    [InlineData("sandbox_refund_fails", AcquirerRefundStatus.Failed, 0)]
    public async Task Pending_refund_is_completed_or_fails_by_the_clock(string source, AcquirerRefundStatus end, int refunded)
    {
        AcquirerPayment payment = await ChargedAsync(source);
        string reference = NextReference();
        AcquirerRefund begun = Value(await RefundAsync(Refund(payment, 400, reference)));
        await Process.AdvanceAsync(TimeSpan.FromMinutes(1));
        AcquirerRefund ended = Value(await Play(Acquirer.GetRefundAsync(begun.Id, Token)));
        AcquirerRefund found = Value(await Play(Acquirer.FindRefundAsync(payment.Id, reference, Token)));

        Assert.Equal(AcquirerRefundStatus.Pending, begun.Status);
        Assert.Equal((end, payment.Id, reference), (ended.Status, ended.PaymentId, ended.OurReference));
        Assert.Equal(ended, found);
        Assert.Equal((UInt128)refunded, (await PaymentAsync(payment.Id)).RefundedMinorUnits);
    }

    [Fact]
    public async Task Refund_without_a_capture_named_takes_the_only_one()
    {
        AcquirerPayment payment = await ChargedAsync();
        AcquirerRefund refund = Value(await RefundAsync(Refund(payment, 100, NextReference()) with { CaptureId = null }));
        AcquirerPayment authorized = await ChargedAsync(mode: CaptureMode.Manual);
        Value(await CaptureAsync(Capture(authorized.Id, 100)));
        Value(await CaptureAsync(Capture(authorized.Id, 200, key: "capture-2")));
        ProviderOutcome<AcquirerRefund> ambiguous = await RefundAsync(new(authorized.Id, null, 50, "USD", NextReference(), "refund-2"));

        Assert.Equal((payment.Id, (UInt128)100), (refund.PaymentId, refund.MinorUnits));
        Assert.Equal("local:capture_not_named", Assert.IsType<ProviderOutcome<AcquirerRefund>.Declined>(ambiguous).Code);
    }

    [Fact]
    public async Task What_is_only_authorised_is_not_refunded()
    {
        AcquirerPayment authorized = await ChargedAsync(mode: CaptureMode.Manual);
        ProviderOutcome<AcquirerRefund> refused = await RefundAsync(new(authorized.Id, null, 50, "USD", NextReference(), "refund-1"));

        Assert.Equal("local:capture_not_named", Assert.IsType<ProviderOutcome<AcquirerRefund>.Declined>(refused).Code);
        Assert.Empty(await ObjectsAsync("refund"));
    }

    [Fact]
    public async Task Money_that_the_provider_takes_back_shows_as_given_back()
    {
        AcquirerPayment payment = await ChargedAsync("sandbox_reversed");
        await Process.AdvanceAsync(TimeSpan.FromMinutes(1));
        AcquirerPayment reversed = await PaymentAsync(payment.Id);

        Assert.Equal((AcquirerPaymentStatus.Captured, (UInt128)1050, (UInt128)1050), (reversed.Status, reversed.CapturedMinorUnits, reversed.RefundedMinorUnits));
    }

    [Theory]
    [InlineData("JPY", 1050, "1050")]
    [InlineData("HUF", 105_000, "1050")]
    [InlineData("TWD", 105_000, "1050")]
    [InlineData("EUR", 1050, "10.50")]
    public async Task Amounts_arrive_as_the_provider_counts_them(string currency, int minorUnits, string value)
    {
        string reference = NextReference();
        AcquirerPayment payment = Value(await Play(Acquirer.AuthorizeAsync(
            Charge(reference) with { MinorUnits = (UInt128)minorUnits, Currency = currency }, Token)));

        string? told = (await ObjectsAsync("capture"))[0].GetProperty("amount").GetProperty("value").GetString();
        Assert.Equal(value, told);
        Assert.Equal(((UInt128)minorUnits, currency, reference), (payment.CapturedMinorUnits, payment.Currency, payment.OurReference));
    }

    [Fact]
    public async Task Access_token_that_has_ended_is_fetched_anew_and_one_serves_many()
    {
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => ChargedAsync()));
        await Process.AdvanceAsync(TimeSpan.FromDays(1));
        await ChargedAsync();

        Assert.Equal(2, PayPal.Log.Lines.Count(line => line.Text.Contains("paypal token: Answered, HTTP 200", StringComparison.Ordinal)));
        Assert.DoesNotContain(PayPal.Log.Lines, line =>
            line.Text.Contains(PayPalUnderTest.ClientSecret, StringComparison.Ordinal) || line.Text.Contains("A21AA", StringComparison.Ordinal));
    }
}
