using Xunit;

namespace Florin.Tests.Faults;

/// <summary>Payments that PayPal takes, over HTTP, with its own record and SQL as judges.</summary>
public sealed class HttpPayPalTests(HttpPollingWorld world) : IClassFixture<HttpPollingWorld>
{
    private const string Source = "paypal:sandbox_ok";

    /// <summary>Enough faults to outlast the connector's own repeats.</summary>
    private const int OneCall = PayPalCalm.OneCall;

    [Fact]
    public async Task A_payment_is_captured_refunded_in_part_and_refunded_to_its_end()
    {
        HttpMerchant merchant = await CreateAsync();
        HttpAnswer paid = await merchant.PayAsync("100.00", source: Source);
        Assert.Equal((201, "captured"), (paid.Status, paid.MovementStatus));
        Assert.Equal(96_80, await merchant.AvailableAsync());
        Assert.Single(await PayPalBooks.CapturesAsync(world, paid.Id));
        Assert.Empty(await merchant.PaymentsAsync());

        await merchant.PayAsync("50.00", source: Source);
        Assert.Equal("succeeded", (await merchant.RefundAsync(paid.Id, "30.00")).MovementStatus);
        await merchant.StatusAsync(paid.Id, "partially_refunded");
        Assert.Equal("succeeded", (await merchant.RefundAsync(paid.Id)).MovementStatus);
        await merchant.StatusAsync(paid.Id, "refunded");
        await PayPalBooks.JudgeAsync(world, merchant);
    }

    [Fact]
    public async Task A_reservation_is_captured_in_part_and_another_is_voided()
    {
        HttpMerchant merchant = await CreateAsync();
        HttpAnswer reserved = await merchant.PayAsync("80.00", capture: "manual", source: Source);
        Assert.Equal((201, "authorized"), (reserved.Status, reserved.MovementStatus));
        Assert.Equal("captured", (await merchant.CaptureAsync(reserved.Id, "30.00")).MovementStatus);
        HttpAnswer other = await merchant.PayAsync("70.00", capture: "manual", source: Source);
        Assert.Equal("voided", (await merchant.VoidAsync(other.Id)).MovementStatus);
        Assert.Equal(30_00 - 87 - 30, await merchant.AvailableAsync());
        await PayPalBooks.JudgeAsync(world, merchant);
    }

    [Theory]
    [InlineData("sandbox_decline_INSTRUMENT_DECLINED", "INSTRUMENT_DECLINED")]
    [InlineData("sandbox_payer_action", "PAYER_ACTION_REQUIRED")]
    public async Task A_declined_payment_fails_with_PayPals_issue(string source, string code)
    {
        HttpMerchant merchant = await CreateAsync();
        HttpAnswer answer = await merchant.PayAsync("10.00", source: $"paypal:{source}");
        Assert.Equal((201, "failed", code), (answer.Status, answer.MovementStatus, answer.Movement.GetProperty("failure_code").GetString()));
        await PayPalBooks.JudgeAsync(world, merchant);
    }

    [Theory]
    [InlineData("malformed_body", 1)]
    [InlineData("empty_body", 1)]
    [InlineData("error_503", OneCall)]
    public async Task A_payment_whose_answer_is_lost_is_cleared_up_by_the_same_request_and_taken_once(string fault, int count)
    {
        HttpMerchant merchant = await CreateAsync();
        await world.Sandbox.PayPalFaultAsync("orders.create", fault, count);
        HttpAnswer answer = await merchant.PayAsync("11.00", obligation: "order-1", source: Source);
        Assert.Equal((202, "outcome_unknown", "unknown"), (answer.Status, answer.Code, answer.MovementStatus));
        Assert.Equal((409, "obligation_taken"), Refusal(await merchant.PayAsync("11.00", obligation: "order-1", source: "pm_card_visa")));
        await merchant.StatusAsync(answer.Id, "captured");
        Assert.Equal("created submitting unknown captured", await world.PathAsync(answer.Id));
        Assert.Single(await PayPalBooks.CapturesAsync(world, answer.Id));
        Assert.Equal(11_00 - 62, await merchant.AvailableAsync());
        await PayPalBooks.JudgeAsync(world, merchant);
    }

    [Fact]
    public async Task A_capture_a_void_and_a_refund_whose_answers_are_lost_are_unknown_and_happen_once()
    {
        HttpMerchant merchant = await CreateAsync();
        HttpAnswer first = await merchant.PayAsync("20.00", capture: "manual", source: Source);
        HttpAnswer second = await merchant.PayAsync("30.00", capture: "manual", source: Source);
        await world.Sandbox.PayPalFaultAsync("authorizations.capture", "malformed_body");
        await world.Sandbox.PayPalFaultAsync("authorizations.void", "error_503", count: OneCall);
        HttpAnswer[] answers = await Task.WhenAll(merchant.CaptureAsync(first.Id), merchant.VoidAsync(second.Id));

        // A repeat may clear it up while the caller still waits.
        Assert.All(answers, answer => Assert.True(answer is { Status: 202, Code: "outcome_unknown" } or { Status: 200, Code: null }, answer.ToString()));
        await merchant.StatusAsync(first.Id, "captured");
        await merchant.StatusAsync(second.Id, "voided");
        Assert.Equal("created submitting authorized capturing unknown captured", await world.PathAsync(first.Id));
        Assert.Equal("created submitting authorized voiding unknown voided", await world.PathAsync(second.Id));
        Assert.Single(await PayPalBooks.CapturesAsync(world, first.Id));

        await world.Sandbox.PayPalFaultAsync("captures.refund", "error_503", count: OneCall);
        HttpAnswer refund = await merchant.RefundAsync(first.Id, "5.00");
        Assert.Equal((202, "outcome_unknown", "pending"), (refund.Status, refund.Code, refund.MovementStatus));
        await world.StateAsync(refund.Id, "succeeded");
        await merchant.StatusAsync(first.Id, "partially_refunded");
        await PayPalBooks.JudgeAsync(world, merchant);
    }

    [Fact]
    public async Task A_repeat_that_cannot_leave_says_nothing_of_what_may_have_been_taken()
    {
        HttpMerchant merchant = await CreateAsync();
        await world.Sandbox.PayPalFaultAsync("orders.create", "malformed_body");
        HttpAnswer answer = await merchant.SendAsync(
            "/payments",
            new { amount = "12.00", currency = "USD", payment_source = Source, capture = "automatic", fallback_payment_source = "pm_card_visa" });
        Assert.Equal((202, "unknown"), (answer.Status, answer.MovementStatus));
        await world.Sandbox.PayPalFaultAsync("orders.create", "error_429", count: 1_000);

        // The second look has begun: the first repeat has come to nothing, and was decided on.
        await Eventually.GetAsync(() => world.StruckAsync("error_429"), struck => struck > OneCall, "a repeat that was refused");
        Assert.Equal("unknown", await world.StateAsync(answer.Id));
        Assert.Empty(await merchant.PaymentsAsync());
        await world.Sandbox.ClearFaultsAsync();
        await merchant.StatusAsync(answer.Id, "captured");
        Assert.Single(await PayPalBooks.CapturesAsync(world, answer.Id));
        await PayPalBooks.JudgeAsync(world, merchant);
    }

    [Fact]
    public async Task A_payment_goes_to_the_other_acquirer_only_when_the_first_certainly_was_not_asked()
    {
        HttpMerchant merchant = await CreateAsync();
        await world.Sandbox.PayPalFaultAsync("orders.create", "error_429", count: OneCall);
        HttpAnswer answer = await merchant.SendAsync(
            "/payments",
            new { amount = "13.00", currency = "USD", payment_source = Source, capture = "manual", fallback_payment_source = "pm_card_visa" });
        await merchant.StatusAsync(answer.Id, "authorized");
        Assert.Equal("created submitting queued submitting authorized", await world.PathAsync(answer.Id));
        Assert.Equal("stripe", await ProviderAsync(answer.Id));
        Assert.Empty(await PayPalBooks.OrdersAsync(world, answer.Id));
        Assert.Single(await merchant.PaymentsAsync());
        Assert.Equal("captured", (await merchant.CaptureAsync(answer.Id)).MovementStatus);
        await merchant.JudgeAsync();
    }

    [Theory]
    [InlineData("connection_reset", 1)]
    [InlineData("connection_reset_before_effect", 0)]
    [Fault("I-05")]
    public async Task What_PayPal_has_forgotten_is_never_sent_again(string fault, int captures)
    {
        HttpMerchant merchant = await CreateAsync();
        await world.Sandbox.PayPalFaultAsync("orders.create", fault, count: 1_000);
        HttpAnswer answer = await merchant.PayAsync("14.00", source: Source);
        Assert.Equal((202, "unknown"), (answer.Status, answer.MovementStatus));

        // The request is seven hours old: for the flow by its own note, for PayPal by its clock.
        await world.Database.ExecuteAsync(
            "alter table flows.flow disable trigger user; update flows.flow set data = jsonb_set(data::jsonb, '{submitted_at}', to_jsonb(now() - interval '7 hours'))::json "
            + $"where id = '{answer.Id}'; alter table flows.flow enable trigger user");
        await Eventually.GetAsync(() => RestsAsync(answer.Id), rests => rests, "a look at what is seven hours old");
        await world.Sandbox.AdvanceAsync(TimeSpan.FromHours(7));
        await world.Sandbox.ClearFaultsAsync();
        await world.Server.PostAsync($"/flows/{answer.Id}/retry", new { reason = "look" }, world.Server.AdminApiKey, world.NewKey());
        await Eventually.GetAsync(() => RestsAsync(answer.Id), rests => rests, "another look");
        Assert.Equal("unknown", await world.StateAsync(answer.Id));
        Assert.Equal(captures, (await PayPalBooks.CapturesAsync(world, answer.Id)).Count);
    }

    [Fact]
    public async Task A_decline_of_the_payer_is_no_reason_for_the_other_acquirer()
    {
        HttpMerchant merchant = await CreateAsync();
        HttpAnswer answer = await merchant.SendAsync(
            "/payments",
            new
            {
                amount = "13.00", currency = "USD", payment_source = "paypal:sandbox_decline_INSTRUMENT_DECLINED", capture = "automatic",
                fallback_payment_source = "pm_card_visa",
            });
        Assert.Equal((201, "failed"), (answer.Status, answer.MovementStatus));
        Assert.Empty(await merchant.PaymentsAsync());
    }

    [Fact]
    public async Task A_source_names_its_acquirer_and_the_rules_take_the_rest()
    {
        HttpMerchant merchant = await CreateAsync();
        Assert.Equal("stripe", await ProviderAsync((await merchant.PayAsync("1.00")).Id));
        Assert.Equal("paypal", await ProviderAsync((await merchant.PayAsync("1.00", source: "sandbox_ok")).Id));
        Assert.Equal("stripe", await ProviderAsync((await merchant.PayAsync("1.00", source: "stripe:pm_card_visa")).Id));
        HttpAnswer refused = await merchant.PayAsync("1.00", source: "adyen:x");
        Assert.Equal((422, "validation_failed"), Refusal(refused));
    }

    private Task<HttpMerchant> CreateAsync() => PayPalCalm.MerchantAsync(world);

    /// <summary>Whether the next look at a payment is far off: the one that was due has been made.</summary>
    private Task<bool> RestsAsync(string payment) => world.Database.QueryAsync<bool>(
        $"select lease is null and (due_at is null or due_at > now() + interval '30 minutes') from flows.flow where id = '{payment}'");

    private Task<string> ProviderAsync(string payment) => world.Database.QueryAsync<string>($"select data->>'provider' from flows.flow where id = '{payment}'");

    private static (int Status, string? Code) Refusal(HttpAnswer answer) => (answer.Status, answer.Code);
}
