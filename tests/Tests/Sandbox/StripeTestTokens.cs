using System.Net;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Sandbox;

/// <summary>Each documented test token does what its documentation says.</summary>
public sealed class StripeTestTokens(SandboxFixture fixture) : IClassFixture<SandboxFixture>
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private readonly StripeCaller stripe = new(fixture.Sandbox);

    private SandboxProcess Sandbox => fixture.Sandbox;

    [Theory]
    [InlineData("pm_card_visa", "visa", "4242")]
    [InlineData("pm_card_visa_debit", "visa", "5556")]
    [InlineData("pm_card_mastercard", "mastercard", "4444")]
    [InlineData("pm_card_amex", "amex", "0005")]
    [InlineData("pm_card_discover", "discover", "1117")]
    [InlineData("pm_card_diners", "diners", "0004")]
    [InlineData("pm_card_jcb", "jcb", "0505")]
    [InlineData("pm_card_unionpay", "unionpay", "0005")]
    [InlineData("pm_card_riskLevelElevated", "visa", "9235")]
    [InlineData("pm_card_createIssuerFraudRecord", "visa", "5423")]
    public async Task Good_cards_succeed(string token, string brand, string last4)
    {
        var paid = await stripe.ChargeAsync(token);
        Assert.Equal("succeeded", paid.Member("status"));
        Assert.Equal(5000, paid.Number("amount_received"));
        var card = (await stripe.GetAsync($"/v1/payment_methods/{paid.Member("payment_method")}")).Body.GetProperty("card");
        Assert.Equal(brand, card.GetProperty("brand").GetString());
        Assert.Equal(last4, card.GetProperty("last4").GetString());
    }

    [Theory]
    [InlineData("pm_card_chargeDeclined", "card_declined", "generic_decline")]
    [InlineData("pm_card_visa_chargeDeclined", "card_declined", "generic_decline")]
    [InlineData("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds")]
    [InlineData("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds")]
    [InlineData("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card")]
    [InlineData("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card")]
    [InlineData("pm_card_chargeDeclinedExpiredCard", "expired_card", null)]
    [InlineData("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", null)]
    [InlineData("pm_card_chargeDeclinedProcessingError", "processing_error", null)]
    [InlineData("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "card_declined", "card_velocity_exceeded")]
    [InlineData("pm_card_chargeCustomerFail", "card_declined", "generic_decline")]
    [InlineData("pm_card_radarBlock", "card_declined", "fraudulent")]
    [InlineData("pm_card_riskLevelHighest", "card_declined", "fraudulent")]
    public async Task Bad_cards_are_declined_and_take_nothing(string token, string code, string? declineCode)
    {
        var declined = await stripe.ChargeAsync(token);
        Assert.Equal(HttpStatusCode.PaymentRequired, declined.Status);
        Assert.Equal("card_error", declined.Error("type"));
        Assert.Equal(code, declined.Error("code"));
        Assert.Equal(declineCode, declined.Error("decline_code"));
        var intent = declined.Body.GetProperty("error").GetProperty("payment_intent");
        Assert.Equal("requires_payment_method", intent.GetProperty("status").GetString());
        Assert.Equal(0, intent.GetProperty("amount_received").GetInt64());
        var charge = await stripe.GetAsync($"/v1/charges/{declined.Error("charge")}");
        Assert.Equal("failed", charge.Member("status"));
        Assert.Equal(code, charge.Member("failure_code"));
    }

    [Theory]
    [InlineData("pm_card_authenticationRequired", "succeed", "succeeded")]
    [InlineData("pm_card_authenticationRequiredOnSetup", "succeed", "succeeded")]
    [InlineData("pm_card_threeDSecure2Required", "succeed", "succeeded")]
    [InlineData("pm_card_threeDSecure2Required", "fail", "requires_payment_method")]
    [InlineData("pm_card_threeDSecureRequiredChargeDeclined", "succeed", "requires_payment_method")]
    public async Task Cards_with_authentication_wait_for_the_payer(string token, string outcome, string status)
    {
        var asked = await stripe.ChargeAsync(token, 5000, null, ("return_url", "https://example.com/back"));
        Assert.Equal("requires_action", asked.Member("status"));
        Assert.Equal("redirect_to_url", asked.Body.GetProperty("next_action").GetProperty("type").GetString());
        using var content = new StringContent($$"""{"outcome":"{{outcome}}"}""");
        using var done = await Sandbox.Http.PostAsync(
            new Uri($"/_sandbox/stripe/payment_intents/{asked.Id}/authenticate", UriKind.Relative), content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
        Assert.Equal(status, (await stripe.GetAsync($"/v1/payment_intents/{asked.Id}")).Member("status"));
    }

    [Fact]
    public async Task A_payer_who_is_away_cannot_authenticate()
    {
        var declined = await stripe.ChargeAsync("pm_card_authenticationRequired", 5000, null, ("off_session", "true"));
        Assert.Equal(HttpStatusCode.PaymentRequired, declined.Status);
        Assert.Equal("authentication_required", declined.Error("code"));
    }

    [Fact]
    public async Task A_card_that_was_set_up_needs_no_authentication()
    {
        var (customer, card) = await stripe.CustomerWithAsync("pm_card_authenticationRequiredOnSetup");
        await stripe.PostAsync("/v1/setup_intents", ("customer", customer), ("payment_method", card), ("confirm", "true"));
        var paid = await stripe.PostAsync(
            "/v1/payment_intents", ("amount", "900"), ("currency", "usd"), ("customer", customer), ("payment_method", card), ("confirm", "true"),
            ("payment_method_types[]", "card"), ("off_session", "true"));
        Assert.Equal("succeeded", paid.Member("status"));
    }

    [Theory]
    [InlineData("pm_usBankAccount", "succeeded", null)]
    [InlineData("pm_usBankAccount_success", "succeeded", null)]
    [InlineData("pm_usBankAccount_dispute", "succeeded", null)]
    [InlineData("pm_usBankAccount_accountClosed", "requires_payment_method", "account_closed")]
    [InlineData("pm_usBankAccount_noAccount", "requires_payment_method", "no_account")]
    [InlineData("pm_usBankAccount_insufficientFunds", "requires_payment_method", "insufficient_funds")]
    [InlineData("pm_usBankAccount_debitNotAuthorized", "requires_payment_method", "debit_not_authorized")]
    [InlineData("pm_usBankAccount_invalidCurrency", "requires_payment_method", "invalid_currency")]
    [InlineData("pm_usBankAccount_weeklyLimitExceeded", "requires_payment_method", "charge_exceeds_weekly_limit")]
    [InlineData("pm_usBankAccount_processing", "processing", null)]
    public async Task Bank_debits_process_and_end_later(string token, string end, string? code)
    {
        var started = await stripe.ChargeAsync(token);
        Assert.Equal("processing", started.Member("status"));
        Assert.Equal(0, started.Number("amount_received"));
        await Sandbox.AdvanceAsync(Long);
        var ended = await stripe.GetAsync($"/v1/payment_intents/{started.Id}");
        Assert.Equal(end, ended.Member("status"));
        Assert.Equal(end == "succeeded" ? 5000 : 0, ended.Number("amount_received"));
        var charge = await stripe.GetAsync($"/v1/charges/{ended.Member("latest_charge")}");
        Assert.Equal(code, charge.Member("failure_code"));
    }

    [Fact]
    public async Task A_debit_that_stays_processing_can_be_canceled()
    {
        var started = await stripe.ChargeAsync("pm_usBankAccount_processing");
        Assert.Equal("canceled", (await stripe.PostAsync($"/v1/payment_intents/{started.Id}/cancel")).Member("status"));
        var again = await stripe.PostAsync($"/v1/payment_intents/{started.Id}/cancel");
        Assert.Equal("payment_intent_unexpected_state", again.Error("code"));
    }

    [Fact]
    public async Task A_bank_account_of_highest_risk_is_blocked_at_once() =>
        Assert.Equal(HttpStatusCode.PaymentRequired, (await stripe.ChargeAsync("pm_usBankAccount_riskLevelHighest")).Status);

    [Fact]
    public async Task A_bank_account_that_cannot_be_verified_ends_without_payment()
    {
        var asked = await stripe.ChargeAsync("pm_usBankAccount_failMicrodeposits");
        Assert.Equal("verify_with_microdeposits", asked.Body.GetProperty("next_action").GetProperty("type").GetString());
        await Sandbox.AdvanceAsync(Long);
        Assert.Equal("requires_payment_method", (await stripe.GetAsync($"/v1/payment_intents/{asked.Id}")).Member("status"));
    }

    [Theory]
    [InlineData("pm_card_pendingRefund", "pending", "succeeded")]
    [InlineData("pm_card_refundFail", "succeeded", "failed")]
    [InlineData("pm_card_visa", "succeeded", "succeeded")]
    public async Task Refunds_end_as_the_card_says(string token, string at, string later)
    {
        var paid = await stripe.ChargeAsync(token);
        var refund = await stripe.PostAsync("/v1/refunds", ("payment_intent", paid.Id), ("amount", "1200"));
        Assert.Equal(at, refund.Member("status"));
        await Sandbox.AdvanceAsync(Long);
        Assert.Equal(later, (await stripe.GetAsync($"/v1/refunds/{refund.Id}")).Member("status"));
    }

    [Theory]
    [InlineData("pm_card_createDispute", "fraudulent", "needs_response", 1)]
    [InlineData("pm_card_createDisputeProductNotReceived", "product_not_received", "needs_response", 1)]
    [InlineData("pm_card_createDisputeInquiry", "general", "warning_needs_response", 0)]
    [InlineData("pm_usBankAccount_dispute", "debit_not_authorized", "lost", 1)]
    public async Task Disputes_follow_the_charge(string token, string reason, string status, int moves)
    {
        var paid = await stripe.ChargeAsync(token);
        await Sandbox.AdvanceAsync(Long);
        var dispute = (await stripe.GetAsync($"/v1/disputes?payment_intent={paid.Id}")).Body.GetProperty("data").EnumerateArray().Single();
        Assert.Equal(reason, dispute.GetProperty("reason").GetString());
        Assert.Equal(status, dispute.GetProperty("status").GetString());
        Assert.Equal(moves, dispute.GetProperty("balance_transactions").GetArrayLength());
    }

    [Fact]
    public async Task A_test_token_is_a_fresh_payment_method_each_time_it_is_attached()
    {
        var (_, first) = await stripe.CustomerWithAsync("pm_card_visa");
        var (_, second) = await stripe.CustomerWithAsync("pm_card_visa");
        Assert.NotEqual(first, second);
        Assert.StartsWith("pm_", first, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_detached_payment_method_may_not_be_used_again()
    {
        var (customer, card) = await stripe.CustomerWithAsync("pm_card_visa");
        Assert.Equal(HttpStatusCode.OK, (await stripe.PostAsync($"/v1/payment_methods/{card}/detach")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await stripe.PostAsync($"/v1/payment_methods/{card}/attach", ("customer", customer))).Status);
        Assert.Empty((await stripe.GetAsync($"/v1/customers/{customer}/payment_methods")).Body.GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task Every_token_that_the_sandbox_knows_can_be_attached()
    {
        foreach (var token in Florin.Sandbox.Stripe.TestCards.Tokens.Concat(Florin.Sandbox.Stripe.TestBankAccounts.Tokens))
        {
            Assert.StartsWith("pm_", (await stripe.CustomerWithAsync(token)).PaymentMethod, StringComparison.Ordinal);
        }
    }
}
