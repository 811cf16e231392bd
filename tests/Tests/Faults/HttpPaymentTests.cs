using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>Payments of merchants over HTTP, with the provider's record and SQL as judges.</summary>
public sealed class HttpPaymentTests(HttpPollingWorld world) : IClassFixture<HttpPollingWorld>
{
    private const int Callers = 50;

    [Fact]
    public async Task A_payment_is_captured_at_once_and_credited_less_the_fee()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer answer = await merchant.PayAsync("100.00");
        Assert.Equal((201, "captured", "100.00", "3.20"), (answer.Status, answer.MovementStatus, Member(answer, "amount_captured"), Member(answer, "fee")));
        Assert.Equal(96_80, await merchant.AvailableAsync());
        Assert.Equal(-3_20, await merchant.ShareAsync("revenue:fees"));
        JsonElement read = await merchant.GetAsync($"/payments/{answer.Id}");
        Assert.Equal(["created", "created", "captured"], read.GetProperty("timeline").EnumerateArray().Select(entry => entry.GetProperty("status").GetString()));
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task A_reservation_is_captured_in_part_and_the_rest_is_given_back()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer reserved = await merchant.PayAsync("80.00", capture: "manual");
        Assert.Equal((201, "authorized", "0.00"), (reserved.Status, reserved.MovementStatus, Member(reserved, "amount_captured")));
        Assert.Equal(0, await merchant.AvailableAsync());
        Assert.Equal((409, "limit_exceeded"), Refusal(await merchant.CaptureAsync(reserved.Id, "80.01")));

        string key = world.NewKey();
        HttpAnswer captured = await merchant.CaptureAsync(reserved.Id, "30.00", key);
        Assert.Equal((200, "captured", "30.00", false), (captured.Status, captured.MovementStatus, Member(captured, "amount_captured"), captured.IsReplayed));
        HttpAnswer repeat = await merchant.CaptureAsync(reserved.Id, "30.00", key);
        Assert.Equal((200, true), (repeat.Status, repeat.IsReplayed));
        Assert.Equal((422, "idempotency_key_mismatch"), Refusal(await merchant.CaptureAsync(reserved.Id, "31.00", key)));
        Assert.Equal((409, "invalid_transition"), Refusal(await merchant.CaptureAsync(reserved.Id, "1.00")));
        Assert.Equal(30_00 - 87 - 30, await merchant.AvailableAsync());
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task A_void_gives_the_reservation_back()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer reserved = await merchant.PayAsync("80.00", capture: "manual");
        HttpAnswer voided = await merchant.VoidAsync(reserved.Id);
        Assert.Equal((200, "voided"), (voided.Status, voided.MovementStatus));
        Assert.Equal((409, "invalid_transition"), Refusal(await merchant.CaptureAsync(reserved.Id)));
        Assert.Equal("canceled", Assert.Single(await merchant.PaymentsAsync()).GetProperty("status").GetString());
        await merchant.JudgeAsync();
    }

    [Fact]
    [Fault("R-12")]
    public async Task Of_a_void_and_a_capture_at_once_exactly_one_wins()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer reserved = await merchant.PayAsync("80.00", capture: "manual");
        await world.Sandbox.FaultAsync("*", "slow", count: 2, more: new JsonObject { ["delay_ms"] = 300 });
        HttpAnswer[] answers = await Task.WhenAll(merchant.CaptureAsync(reserved.Id), merchant.VoidAsync(reserved.Id));
        Assert.Single(answers, answer => answer.Status == 200);
        Assert.Equal((409, "invalid_transition"), Refusal(Assert.Single(answers, answer => answer.Status != 200)));
        string status = answers.Single(answer => answer.Status == 200).MovementStatus;
        Assert.Equal(status, await merchant.StatusAsync(reserved.Id));
        Assert.Equal(status == "captured" ? "succeeded" : "canceled", Assert.Single(await merchant.PaymentsAsync()).GetProperty("status").GetString());
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task A_declined_payment_fails_with_the_banks_reason()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer answer = await merchant.PayAsync("10.00", source: "pm_card_chargeDeclinedInsufficientFunds");
        Assert.Equal((201, "failed", "insufficient_funds"), (answer.Status, answer.MovementStatus, Member(answer, "failure_code")));
        Assert.Equal(0, await merchant.AvailableAsync());
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task Only_a_business_takes_payments_and_only_its_own_are_seen()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpMerchant other = await HttpMerchant.CreateAsync(world);
        HttpAnswer answer = await merchant.PayAsync("10.00");
        Assert.Equal((404, "not_found"), Refusal(await other.RefundAsync(answer.Id, "1.00")));
        Assert.Equal((404, "not_found"), Refusal(await other.CaptureAsync(answer.Id)));
        LoadUser person = await world.CreateUserAsync();
        HttpAnswer refused = await world.SendAsync(
            person, "/payments", new { amount = "1.00", currency = "USD", payment_source = "pm_card_visa", capture = "automatic" });
        Assert.Equal((403, "forbidden"), (refused.Status, refused.Code));
    }

    [Fact]
    [Fault("I-01")]
    [Fault("I-02")]
    public async Task A_repeat_is_the_same_payment_and_another_body_is_refused()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        string key = world.NewKey();
        HttpAnswer first = await merchant.PayAsync("10.00", key);
        HttpAnswer repeat = await merchant.PayAsync("10.00", key);
        Assert.Equal((201, true, first.Id), (repeat.Status, repeat.IsReplayed, repeat.Id));
        Assert.Equal((422, "idempotency_key_mismatch"), Refusal(await merchant.PayAsync("10.01", key)));
        Assert.Equal((422, "idempotency_key_mismatch"), Refusal(await merchant.PayAsync("10.00", key, source: "pm_card_mastercard")));
        Assert.Single(await merchant.PaymentsAsync());
        await merchant.JudgeAsync();
    }

    [Fact]
    [Fault("I-03")]
    public async Task Fifty_concurrent_payments_with_one_key_are_one_charge()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        string key = world.NewKey();
        await world.Sandbox.FaultAsync("payment_intents.create", "slow", more: new JsonObject { ["delay_ms"] = 500 });
        HttpAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => merchant.PayAsync("7.00", key)));
        Assert.All(answers, answer => Assert.True(answer is { Status: 201 or 202 } || answer is { Status: 409, HasRetryAfter: true }, answer.ToString()));
        Assert.Single(answers, answer => answer is { Status: 201 or 202, IsReplayed: false });
        string id = Assert.Single(answers.Where(answer => answer.Status != 409).Select(answer => answer.Id).Distinct());
        await merchant.StatusAsync(id, "captured");
        Assert.Single(await merchant.PaymentsAsync());
        await merchant.JudgeAsync();
    }

    [Fact]
    [Fault("U-05")]
    public async Task Fifty_concurrent_payments_of_one_obligation_with_different_keys_pay_once()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => merchant.PayAsync("7.00", obligation: "order-1")));
        HttpAnswer paid = Assert.Single(answers, answer => answer.Status != 409);
        Assert.All(answers.Where(answer => answer != paid), answer =>
        {
            Assert.Equal("obligation_taken", answer.Code);
            Assert.Equal(paid.Id, answer.Body.GetProperty("payment_id").GetString());
        });
        await merchant.StatusAsync(paid.Id, "captured");
        Assert.Single(await merchant.PaymentsAsync());
        await merchant.JudgeAsync();
    }

    [Fact]
    public async Task An_obligation_can_be_paid_again_after_a_decline_and_only_once()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        Assert.Equal("failed", (await merchant.PayAsync("5.00", obligation: "order-2", source: "pm_card_chargeDeclined")).MovementStatus);
        Assert.Equal("captured", (await merchant.PayAsync("5.00", obligation: "order-2")).MovementStatus);
        Assert.Equal((409, "obligation_taken"), Refusal(await merchant.PayAsync("5.00", obligation: "order-2")));
        Assert.Equal("captured", (await (await HttpMerchant.CreateAsync(world)).PayAsync("5.00", obligation: "order-2")).MovementStatus);
        await merchant.JudgeAsync();
    }

    [Theory]
    [InlineData("timeout_after_effect", 1)]
    [InlineData("timeout_before_effect", 0)]
    [Fault("U-01")]
    [Fault("U-02")]
    [Fault("U-05")]
    public async Task A_payment_that_times_out_is_unknown_attempted_once_and_keeps_its_obligation(string fault, int charges)
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        await world.HideAsync("payment_intents.list");
        await world.Sandbox.FaultAsync("payment_intents.create", fault, count: 100);
        HttpAnswer answer = await merchant.PayAsync("11.00", obligation: "order-3");
        Assert.Equal((202, "outcome_unknown", "unknown"), (answer.Status, answer.Code, answer.MovementStatus));

        // Looks that find nothing are no reason for another attempt, and nobody else may pay meanwhile.
        await world.StaysAsync(answer.Id, "unknown", "not_found_for");
        Assert.Equal((409, "obligation_taken"), Refusal(await merchant.PayAsync("11.00", obligation: "order-3")));
        Assert.Equal(1, await world.StruckAsync(fault));
        Assert.Equal(charges, (await merchant.PaymentsAsync()).Count);
        Assert.Equal(0, await merchant.AvailableAsync());
        await world.Sandbox.ClearFaultsAsync();
        if (charges == 1)
        {
            await merchant.StatusAsync(answer.Id, "captured");
            Assert.Equal("created submitting unknown captured", await world.PathAsync(answer.Id));
            Assert.Equal(11_00 - 62, await merchant.AvailableAsync());
            Assert.Equal((409, "obligation_taken"), Refusal(await merchant.PayAsync("11.00", obligation: "order-3")));
            await merchant.JudgeAsync();
        }
    }

    [Fact]
    [Fault("U-06")]
    public async Task A_capture_a_void_and_a_refund_that_time_out_are_unknown_and_happen_once()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer first = await merchant.PayAsync("20.00", capture: "manual");
        HttpAnswer second = await merchant.PayAsync("30.00", capture: "manual");
        await world.Sandbox.FaultAsync("payment_intents.capture", "timeout_after_effect");
        await world.Sandbox.FaultAsync("payment_intents.cancel", "timeout_after_effect");
        await world.Sandbox.FaultAsync("payment_intents.get", "error_500", count: 1_000);
        HttpAnswer[] answers = await Task.WhenAll(merchant.CaptureAsync(first.Id), merchant.VoidAsync(second.Id));
        Assert.All(answers, answer => Assert.Equal((202, "outcome_unknown", "unknown"), (answer.Status, answer.Code, answer.MovementStatus)));
        Assert.Equal(0, await merchant.AvailableAsync());
        await world.Sandbox.ClearFaultsAsync();
        await merchant.StatusAsync(first.Id, "captured");
        await merchant.StatusAsync(second.Id, "voided");

        await world.Sandbox.FaultAsync("refunds.create", "timeout_after_effect");
        await world.HideAsync("refunds.list");
        HttpAnswer refund = await merchant.RefundAsync(first.Id, "5.00");
        Assert.Equal((202, "outcome_unknown", "pending"), (refund.Status, refund.Code, refund.MovementStatus));
        Assert.Equal(20_00 - 88 - 5_00 + 22, await merchant.AvailableAsync());
        await world.Sandbox.ClearFaultsAsync();
        await world.StateAsync(refund.Id, "succeeded");
        await merchant.StatusAsync(first.Id, "partially_refunded");
        await merchant.JudgeAsync();
    }

    [Fact]
    [Fault("R-01")]
    public async Task Concurrent_partial_refunds_never_exceed_what_was_captured_and_the_exact_remainder_is_allowed()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);

        // Enough of other money that only the payment itself limits its refunds.
        await merchant.PayAsync("500.00");
        HttpAnswer payment = await merchant.PayAsync("100.00");
        await world.Sandbox.FaultAsync("refunds.create", "slow", count: 100, more: new JsonObject { ["delay_ms"] = 200 });
        HttpAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => merchant.RefundAsync(payment.Id, "7.00")));
        Assert.Equal(14, answers.Count(answer => answer.Status is 201 or 202));
        Assert.All(answers.Where(answer => answer.Status is not (201 or 202)), answer => Assert.Equal((409, "limit_exceeded"), Refusal(answer)));
        Assert.Equal((409, "limit_exceeded"), Refusal(await merchant.RefundAsync(payment.Id, "2.01")));
        Assert.Equal("2.00", Member(await merchant.RefundAsync(payment.Id), "amount"));
        await merchant.StatusAsync(payment.Id, "refunded");
        Assert.Equal((409, "limit_exceeded"), Refusal(await merchant.RefundAsync(payment.Id, "0.01")));
        Assert.Equal(15, (await merchant.GetAsync($"/payments/{payment.Id}/refunds")).GetProperty("data").GetArrayLength());
        await world.Sandbox.ClearFaultsAsync();
        await merchant.JudgeAsync();
    }

    [Fact]
    [Fault("R-02")]
    public async Task What_is_reserved_and_not_captured_is_voided_not_refunded()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer reserved = await merchant.PayAsync("40.00", capture: "manual");
        Assert.Equal((409, "invalid_transition"), Refusal(await merchant.RefundAsync(reserved.Id, "1.00")));
        Assert.Equal(0, await merchant.FlowsAsync("payment.refund"));
        Assert.Equal("voided", (await merchant.VoidAsync(reserved.Id)).MovementStatus);
        Assert.Equal((409, "invalid_transition"), Refusal(await merchant.RefundAsync(reserved.Id, "1.00")));
        await merchant.JudgeAsync();
    }

    [Fact]
    [Fault("R-04")]
    public async Task A_refund_that_the_balance_does_not_cover_waits_with_its_reason_and_goes_on_when_funded()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        HttpAnswer payment = await merchant.PayAsync("100.00");
        await merchant.TakeAsync("90.00");
        HttpAnswer refund = await merchant.RefundAsync(payment.Id, "50.00");
        Assert.Equal((201, "pending", "insufficient_balance"), (refund.Status, refund.MovementStatus, Member(refund, "pending_reason")));
        Assert.DoesNotContain(await world.Sandbox.ObjectsAsync("refund"), one => one.GetProperty("amount").GetInt64() == 50_00);

        // It keeps its claim on the payment while it waits.
        Assert.Equal((409, "limit_exceeded"), Refusal(await merchant.RefundAsync(payment.Id, "50.01")));
        await merchant.PayAsync("60.00");
        await world.StateAsync(refund.Id, "succeeded");
        await merchant.StatusAsync(payment.Id, "partially_refunded");
        Assert.Equal("created awaiting_funds submitting succeeded succeeded", await world.PathAsync(refund.Id));
        await merchant.JudgeAsync();
    }

    private static string? Member(HttpAnswer answer, string name) => answer.Movement.GetProperty(name).GetString();

    private static (int Status, string? Code) Refusal(HttpAnswer answer) => (answer.Status, answer.Code);
}
