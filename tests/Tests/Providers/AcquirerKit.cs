using Florin.Providers;
using Xunit;

namespace Florin.Tests.Providers;

/// <summary>
/// What every connector for merchants keeps, against its real sandbox: the flows of payments rely on exactly this. A connector passes it by deriving
/// from it with a bench of its own.
/// </summary>
public abstract class AcquirerKit : IAsyncLifetime
{
    private int _references;

    private protected IAcquirerBench Bench { get; private set; } = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IAcquirer Acquirer => Bench.Acquirer;

    public async ValueTask InitializeAsync() => Bench = await StartAsync();

    public async ValueTask DisposeAsync()
    {
        await Bench.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected abstract Task<IAcquirerBench> StartAsync();

    [Fact]
    public async Task Automatic_capture_takes_the_whole_amount_at_once()
    {
        (string reference, AcquirerPayment payment) = await PayAsync(CaptureMode.Automatic);
        Assert.Equal(
            (AcquirerPaymentStatus.Captured, (UInt128)1050, (UInt128)1050, (UInt128)0, (UInt128)0, "USD", reference),
            (payment.Status, payment.MinorUnits, payment.CapturedMinorUnits, payment.CapturableMinorUnits, payment.RefundedMinorUnits, payment.Currency, payment.OurReference));
        Assert.Equal((1050, 0), await Bench.JudgeAsync(reference));
        await AssertReadAsync(payment);
    }

    [Fact]
    public async Task Manual_capture_reserves_and_takes_nothing()
    {
        (string reference, AcquirerPayment payment) = await PayAsync(CaptureMode.Manual);
        Assert.Equal(
            (AcquirerPaymentStatus.Authorized, (UInt128)1050, (UInt128)0), (payment.Status, payment.CapturableMinorUnits, payment.CapturedMinorUnits));
        Assert.Equal((0, 0), await Bench.JudgeAsync(reference));
        await AssertReadAsync(payment);
    }

    [Theory]
    [InlineData(1050)]
    [InlineData(400)]
    public async Task Final_capture_takes_its_amount_and_gives_the_rest_back(int amount)
    {
        (string reference, AcquirerPayment payment) = await PayAsync(CaptureMode.Manual);
        AcquirerPayment captured = Value(await CaptureAsync(payment, amount, reference));
        Assert.Equal(
            (AcquirerPaymentStatus.Captured, (UInt128)amount, (UInt128)0, (UInt128)0),
            (captured.Status, captured.CapturedMinorUnits, captured.CapturableMinorUnits, captured.RefundedMinorUnits));
        Assert.Equal((amount, 0), await Bench.JudgeAsync(reference));
        await AssertReadAsync(captured);
    }

    [Fact]
    public async Task Captures_in_parts_are_taken_or_refused_before_anything_happens()
    {
        (string reference, AcquirerPayment payment) = await PayAsync(CaptureMode.Manual);
        ProviderOutcome<AcquirerPayment> first = await CaptureAsync(payment, 400, reference, isFinal: false);
        Assert.Equal(Bench.CapturesInParts, first is ProviderOutcome<AcquirerPayment>.Accepted);
        Assert.Equal((Bench.CapturesInParts ? 400 : 0, 0), await Bench.JudgeAsync(reference));
    }

    [Fact]
    public async Task After_a_capture_that_is_not_final_the_rest_can_be_captured_or_given_back()
    {
        (string reference, AcquirerPayment payment) = await PayAsync(CaptureMode.Manual);
        AcquirerPayment first = Value(await CaptureAsync(payment, 400, reference, isFinal: false));
        Assert.Equal(((UInt128)400, (UInt128)650, (UInt128)0), (first.CapturedMinorUnits, first.CapturableMinorUnits, first.RefundedMinorUnits));
        await AssertReadAsync(first);
        Assert.IsType<ProviderOutcome<AcquirerPayment>.Declined>(await CaptureAsync(payment, 651, reference + ":over", isFinal: false));
        AcquirerPayment second = Value(await CaptureAsync(payment, 150, reference + ":second", isFinal: false));
        Assert.Equal(((UInt128)550, (UInt128)500), (second.CapturedMinorUnits, second.CapturableMinorUnits));
        AcquirerPayment voided = Value(await Bench.Play(Acquirer.VoidAsync(payment.Id, reference + ":void", Token)));
        Assert.Equal(((UInt128)550, (UInt128)0, (UInt128)0), (voided.CapturedMinorUnits, voided.CapturableMinorUnits, voided.RefundedMinorUnits));
        Assert.Equal((550, 0), await Bench.JudgeAsync(reference));
        await AssertReadAsync(voided);
    }

    [Fact]
    public async Task Capture_of_more_than_is_reserved_is_declined()
    {
        (string reference, AcquirerPayment payment) = await PayAsync(CaptureMode.Manual);
        Assert.IsType<ProviderOutcome<AcquirerPayment>.Declined>(await CaptureAsync(payment, 5_000, reference));
        Assert.Equal((0, 0), await Bench.JudgeAsync(reference));
    }

    [Fact]
    public async Task Void_gives_the_reservation_back_and_a_capture_after_it_is_declined()
    {
        (string reference, AcquirerPayment payment) = await PayAsync(CaptureMode.Manual);
        AcquirerPayment voided = Value(await Bench.Play(Acquirer.VoidAsync(payment.Id, reference + ":void", Token)));
        Assert.Equal((AcquirerPaymentStatus.Voided, (UInt128)0), (voided.Status, voided.CapturableMinorUnits));
        Assert.IsType<ProviderOutcome<AcquirerPayment>.Declined>(await CaptureAsync(payment, 1050, reference));
        Assert.Equal((0, 0), await Bench.JudgeAsync(reference));
        await AssertReadAsync(voided);
    }

    [Fact]
    public async Task Void_of_what_was_captured_is_declined()
    {
        (string reference, AcquirerPayment payment) = await PayAsync(CaptureMode.Automatic);
        Assert.IsType<ProviderOutcome<AcquirerPayment>.Declined>(await Bench.Play(Acquirer.VoidAsync(payment.Id, reference + ":void", Token)));
        Assert.Equal((1050, 0), await Bench.JudgeAsync(reference));
    }

    [Theory]
    [InlineData(AcquirerScript.Declined)]
    [InlineData(AcquirerScript.NeedsThePayer)]
    public async Task What_the_payers_bank_refuses_is_declined_and_takes_nothing(AcquirerScript script)
    {
        string reference = NextReference();
        Assert.IsType<ProviderOutcome<AcquirerPayment>.Declined>(await AuthorizeAsync(reference, CaptureMode.Automatic, script));
        Assert.Equal((0, 0), await Bench.JudgeAsync(reference));
    }

    [Fact]
    public async Task The_same_key_and_content_again_is_the_same_payment()
    {
        string reference = NextReference();
        AcquirerPayment first = Value(await AuthorizeAsync(reference, CaptureMode.Automatic));
        AcquirerPayment second = Value(await AuthorizeAsync(reference, CaptureMode.Automatic));
        Assert.Equal(first.Id, second.Id);
        Assert.Equal(1, await Bench.CountAsync(reference));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_authorisation_whose_answer_is_lost_is_unknown_and_is_found_by_our_reference_or_by_a_repeat(bool afterEffect)
    {
        string reference = NextReference();
        await Bench.LoseAnswerAsync(AcquirerOperation.Authorize, afterEffect);
        Assert.IsType<ProviderOutcome<AcquirerPayment>.Unknown>(await Bench.PlayLost(
            Acquirer.AuthorizeAsync(Request(reference, CaptureMode.Automatic, AcquirerScript.Succeeds), Token)));
        ProviderLookup<AcquirerPayment> found = await Bench.Play(Acquirer.FindPaymentAsync(reference, Bench.Began, Token));
        if (Acquirer.RepeatsAnswerFor is not null)
        {
            // There is no list to look in: the same request again tells, and has one effect.
            Assert.IsType<ProviderLookup<AcquirerPayment>.Unavailable>(found);
            AcquirerPayment repeated = Value(await AuthorizeAsync(reference, CaptureMode.Automatic));
            Assert.Equal((AcquirerPaymentStatus.Captured, reference), (repeated.Status, repeated.OurReference));
            Assert.Equal((1050, 0), await Bench.JudgeAsync(reference));
            Assert.Equal(1, await Bench.CountAsync(reference));
        }
        else if (afterEffect)
        {
            Assert.Equal((AcquirerPaymentStatus.Captured, reference), (Value(found).Status, Value(found).OurReference));
        }
        else
        {
            Assert.IsType<ProviderLookup<AcquirerPayment>.NotFound>(found);
        }
    }

    [Fact]
    public async Task A_capture_whose_answer_is_lost_is_unknown_and_shows_at_the_payment()
    {
        (string reference, AcquirerPayment payment) = await PayAsync(CaptureMode.Manual);
        await Bench.LoseAnswerAsync(AcquirerOperation.Capture, afterEffect: true);
        Assert.IsType<ProviderOutcome<AcquirerPayment>.Unknown>(await Bench.PlayLost(Acquirer.CaptureAsync(Capture(payment, 700, reference, isFinal: true), Token)));
        Assert.Equal((UInt128)700, Value(await Bench.Play(Acquirer.GetPaymentAsync(payment.Id, Token))).CapturedMinorUnits);
    }

    [Fact]
    public async Task Refunds_in_parts_are_taken_up_to_what_was_captured_and_no_further()
    {
        (string reference, AcquirerPayment payment) = await PayAsync(CaptureMode.Automatic);
        AcquirerRefund first = Value(await RefundAsync(payment, 400, reference + "-a"));
        Assert.Equal((AcquirerRefundStatus.Succeeded, (UInt128)400, payment.Id, reference + "-a"), (first.Status, first.MinorUnits, first.PaymentId, first.OurReference));
        Assert.IsType<ProviderOutcome<AcquirerRefund>.Declined>(await RefundAsync(payment, 651, reference + "-b"));
        Value(await RefundAsync(payment, 650, reference + "-c"));
        Assert.Equal((1050, 1050), await Bench.JudgeAsync(reference));
        Assert.Equal((UInt128)1050, Value(await Bench.Play(Acquirer.GetPaymentAsync(payment.Id, Token))).RefundedMinorUnits);
        Assert.Equal(first.Id, Value(await Bench.Play(Acquirer.FindRefundAsync(payment.Id, reference + "-a", Token))).Id);
    }

    [Fact]
    public async Task Refund_after_a_partial_capture_ends_at_what_was_captured()
    {
        (string reference, AcquirerPayment payment) = await PayAsync(CaptureMode.Manual);
        Value(await CaptureAsync(payment, 400, reference));
        Assert.IsType<ProviderOutcome<AcquirerRefund>.Declined>(await RefundAsync(payment, 401, reference + "-a"));
        Value(await RefundAsync(payment, 400, reference + "-b"));
        Assert.Equal((400, 400), await Bench.JudgeAsync(reference));
    }

    [Fact]
    public async Task Refund_of_what_was_not_captured_is_declined()
    {
        (string reference, AcquirerPayment payment) = await PayAsync(CaptureMode.Manual);
        Assert.IsType<ProviderOutcome<AcquirerRefund>.Declined>(await RefundAsync(payment, 100, reference + "-a"));
    }

    [Fact]
    public async Task A_refund_whose_answer_is_lost_is_unknown_and_is_found_by_our_reference()
    {
        (string reference, AcquirerPayment payment) = await PayAsync(CaptureMode.Automatic);
        await Bench.LoseAnswerAsync(AcquirerOperation.Refund, afterEffect: true);
        Assert.IsType<ProviderOutcome<AcquirerRefund>.Unknown>(await Bench.PlayLost(Acquirer.RefundAsync(Refund(payment, 300, reference + "-a"), Token)));
        Assert.Equal((UInt128)300, Value(await Bench.Play(Acquirer.FindRefundAsync(payment.Id, reference + "-a", Token))).MinorUnits);
        Assert.IsType<ProviderLookup<AcquirerRefund>.NotFound>(await Bench.Play(Acquirer.FindRefundAsync(payment.Id, reference + "-b", Token)));
    }

    [Theory]
    [InlineData(AcquirerScript.RefundIsPending, AcquirerRefundStatus.Pending, AcquirerRefundStatus.Succeeded)]
    [InlineData(AcquirerScript.RefundFailsLater, AcquirerRefundStatus.Succeeded, AcquirerRefundStatus.Failed)]
    public async Task A_refund_can_end_later_than_it_is_answered(AcquirerScript script, AcquirerRefundStatus first, AcquirerRefundStatus last)
    {
        (string reference, AcquirerPayment payment) = await PayAsync(CaptureMode.Automatic, script);
        AcquirerRefund refund = Value(await RefundAsync(payment, 500, reference + "-a"));
        Assert.Equal(first, refund.Status);
        await Bench.AdvanceAsync();
        AcquirerRefund ended = Value(await Bench.Play(Acquirer.GetRefundAsync(refund.Id, Token)));
        Assert.Equal((last, last == AcquirerRefundStatus.Failed), (ended.Status, ended.FailureCode is not null));
        Assert.Equal((1050, last == AcquirerRefundStatus.Failed ? 0 : 500), await Bench.JudgeAsync(reference));
    }

    [Theory]
    [InlineData(true, AcquirerDisputeStatus.Won)]
    [InlineData(false, AcquirerDisputeStatus.Lost)]
    public async Task A_dispute_takes_evidence_and_ends(bool wins, AcquirerDisputeStatus end)
    {
        (_, AcquirerPayment payment) = await PayAsync(CaptureMode.Automatic, AcquirerScript.Disputed);
        await Bench.AdvanceAsync();
        string id = Assert.Single(await Bench.DisputesAsync(payment.Id));
        AcquirerDispute dispute = Value(await Bench.Play(Acquirer.GetDisputeAsync(id, Token)));
        Assert.Equal((AcquirerDisputeStatus.NeedsResponse, payment.Id, (UInt128)1050, "USD"), (dispute.Status, dispute.PaymentId, dispute.MinorUnits, dispute.Currency));
        Assert.NotNull(dispute.EvidenceDueBy);

        AcquirerDispute answered = Value(await Bench.Play(Acquirer.SubmitEvidenceAsync(id, Bench.Evidence(wins), id + ":evidence", Token)));
        Assert.Equal(AcquirerDisputeStatus.UnderReview, answered.Status);
        await Bench.AdvanceAsync();
        Assert.Equal(end, Value(await Bench.Play(Acquirer.GetDisputeAsync(id, Token))).Status);
    }

    [Fact]
    public async Task An_inquiry_is_no_dispute_yet()
    {
        (_, AcquirerPayment payment) = await PayAsync(CaptureMode.Automatic, AcquirerScript.Inquired);
        await Bench.AdvanceAsync();
        string id = Assert.Single(await Bench.DisputesAsync(payment.Id));
        AcquirerDispute dispute = Value(await Bench.Play(Acquirer.GetDisputeAsync(id, Token)));
        Assert.Equal((AcquirerDisputeStatus.Inquiry, (UInt128)0), (dispute.Status, dispute.FeeMinorUnits));
    }

    [Fact]
    public async Task What_is_not_there_is_not_found_and_says_nothing_else()
    {
        ProviderLookup<AcquirerPayment> found = await Bench.Play(Acquirer.FindPaymentAsync("no-such-flow", Bench.Began, Token));
        Assert.Equal(Acquirer.RepeatsAnswerFor is null, found is ProviderLookup<AcquirerPayment>.NotFound);
        Assert.Equal(Acquirer.RepeatsAnswerFor is not null, found is ProviderLookup<AcquirerPayment>.Unavailable);
    }

    private async Task<(string Reference, AcquirerPayment Payment)> PayAsync(CaptureMode mode, AcquirerScript script = AcquirerScript.Succeeds)
    {
        string reference = NextReference();
        return (reference, Value(await AuthorizeAsync(reference, mode, script)));
    }

    private Task<ProviderOutcome<AcquirerPayment>> AuthorizeAsync(string reference, CaptureMode mode, AcquirerScript script = AcquirerScript.Succeeds) =>
        Bench.Play(Acquirer.AuthorizeAsync(Request(reference, mode, script), Token));

    private AuthorizationRequest Request(string reference, CaptureMode mode, AcquirerScript script) =>
        new(1050, "USD", Bench.Source(script), CustomerId: null, mode, "an order", reference, reference + ":authorize");

    private static CaptureRequest Capture(AcquirerPayment payment, int amount, string reference, bool isFinal) =>
        new(payment.Id, (UInt128)amount, "USD", isFinal, reference, $"{reference}:capture:{amount}");

    private Task<ProviderOutcome<AcquirerPayment>> CaptureAsync(AcquirerPayment payment, int amount, string reference, bool isFinal = true) =>
        Bench.Play(Acquirer.CaptureAsync(Capture(payment, amount, reference, isFinal), Token));

    private static RefundRequest Refund(AcquirerPayment payment, int amount, string reference) =>
        new(payment.Id, payment.CaptureIds.Count > 0 ? payment.CaptureIds[0] : null, (UInt128)amount, "USD", reference, reference + ":refund");

    private Task<ProviderOutcome<AcquirerRefund>> RefundAsync(AcquirerPayment payment, int amount, string reference) =>
        Bench.Play(Acquirer.RefundAsync(Refund(payment, amount, reference), Token));

    /// <summary>A read says the same as the answer did.</summary>
    private async Task AssertReadAsync(AcquirerPayment answered)
    {
        AcquirerPayment read = Value(await Bench.Play(Acquirer.GetPaymentAsync(answered.Id, Token)));
        Assert.Equal(answered with { CaptureIds = [], Captures = [] }, read with { CaptureIds = [], Captures = [] });
        Assert.Equal(answered.CaptureIds, read.CaptureIds);
        Assert.Equal(answered.Captures, read.Captures);
    }

    private string NextReference() => $"kit-{TimeProvider.System.GetTimestamp()}-{++_references}";

    private static T Value<T>(ProviderOutcome<T> outcome)
    {
        Assert.True(outcome is ProviderOutcome<T>.Accepted, outcome.ToString());
        return ((ProviderOutcome<T>.Accepted)outcome).Value;
    }

    private static T Value<T>(ProviderLookup<T> lookup)
    {
        Assert.True(lookup is ProviderLookup<T>.Found, lookup.ToString());
        return ((ProviderLookup<T>.Found)lookup).Value;
    }
}
