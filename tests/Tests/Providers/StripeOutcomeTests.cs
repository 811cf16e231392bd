using Florin.Providers;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Florin.Tests.Providers;

public sealed class StripeOutcomeTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    /// <summary>What a charge makes of an answer, and how many requests it may take to see it.</summary>
    [Theory]
    [InlineData(200, "payment", "Accepted", 1)]
    [InlineData(201, "payment", "Accepted", 1)]
    [InlineData(200, "", "Unknown", 1)]
    [InlineData(200, "not json", "Unknown", 1)]
    [InlineData(200, "{\"id\":\"pi_1\",\"object\":\"payment_int", "Unknown", 1)]
    [InlineData(200, "[]", "Unknown", 1)]
    [InlineData(200, "{}", "Unknown", 1)]
    [InlineData(200, "{\"id\":\"ch_1\",\"object\":\"charge\",\"amount\":1050,\"currency\":\"usd\",\"status\":\"succeeded\"}", "Unknown", 1)]
    [InlineData(200, "{\"id\":\"pi_1\",\"object\":\"payment_intent\",\"amount\":10.5,\"currency\":\"usd\",\"status\":\"succeeded\"}", "Unknown", 1)]
    [InlineData(200, "{\"id\":\"pi_1\",\"object\":\"payment_intent\",\"amount\":-5,\"currency\":\"usd\",\"status\":\"succeeded\"}", "Unknown", 1)]
    [InlineData(200, "{\"id\":\"pi_1\",\"object\":\"payment_intent\",\"amount\":5,\"currency\":\"zzz\",\"status\":\"succeeded\"}", "Unknown", 1)]
    [InlineData(302, "", "Unknown", 1)]
    [InlineData(400, "error", "Declined", 1)]
    [InlineData(402, "decline", "Declined", 1)]
    [InlineData(403, "error", "NotSent", 1)]
    [InlineData(404, "error", "Declined", 1)]
    [InlineData(400, "key reuse", "Unknown", 1)]
    [InlineData(402, "", "Unknown", 1)]
    [InlineData(403, "<html>blocked by a proxy</html>", "Unknown", 1)]
    [InlineData(401, "error", "NotSent", 1)]
    [InlineData(408, "", "Unknown", 1)]
    [InlineData(409, "in use", "Unknown", 4)]
    [InlineData(424, "error", "Unknown", 1)]
    [InlineData(429, "rate limit", "NotSent", 4)]
    [InlineData(500, "server error", "Unknown", 1)]
    [InlineData(502, "<html>bad gateway</html>", "Unknown", 1)]
    [InlineData(503, "", "Unknown", 1)]
    [InlineData(504, "", "Unknown", 1)]
    public async Task Charge_is_classified_by_what_it_proves(int status, string body, string expected, int requests)
    {
        await using StripeServer server = await StripeServer.StartAsync(status, Body(body));
        await using StripeUnderTest stripe = new(server.ApiBase);

        ProviderOutcome<ProviderPayment> outcome = await stripe.ChargeAsync();

        Assert.Equal(expected, outcome.GetType().Name);
        Assert.Equal(requests, server.Seen.Count);
        Assert.Single(server.Seen.Select(seen => (seen.Body, seen.IdempotencyKey)).Distinct());
    }

    [Fact]
    public async Task Decline_tells_the_issuers_code()
    {
        await using StripeServer server = await StripeServer.StartAsync(402, StripeAnswers.Decline);
        await using StripeUnderTest stripe = new(server.ApiBase);

        ProviderOutcome<ProviderPayment>.Declined declined = Assert.IsType<ProviderOutcome<ProviderPayment>.Declined>(await stripe.ChargeAsync());

        Assert.Equal("insufficient_funds", declined.Code);
        Assert.Equal("Your card has insufficient funds.", declined.Message);
    }

    [Fact]
    public async Task Accepted_charge_is_read_with_our_reference()
    {
        await using StripeServer server = await StripeServer.StartAsync(200, StripeAnswers.Payment);
        await using StripeUnderTest stripe = new(server.ApiBase);

        ProviderOutcome<ProviderPayment>.Accepted accepted = Assert.IsType<ProviderOutcome<ProviderPayment>.Accepted>(await stripe.ChargeAsync());

        Assert.Equal(new ProviderPayment("pi_1", ProviderPaymentStatus.Succeeded, 1050, 1050, "USD", "flow-1", null, "succeeded"), accepted.Value);
    }

    [Theory]
    [InlineData("succeeded", "", ProviderPaymentStatus.Succeeded)]
    [InlineData("processing", "", ProviderPaymentStatus.Processing)]
    [InlineData("requires_action", "", ProviderPaymentStatus.RequiresAction)]
    [InlineData("requires_confirmation", "", ProviderPaymentStatus.RequiresAction)]
    [InlineData("requires_payment_method", "", ProviderPaymentStatus.RequiresAction)]
    [InlineData("requires_payment_method", ",\"last_payment_error\":{\"type\":\"card_error\",\"code\":\"card_declined\"}", ProviderPaymentStatus.Failed)]
    [InlineData("canceled", "", ProviderPaymentStatus.Failed)]
    [InlineData("requires_capture", "", ProviderPaymentStatus.Unrecognised)]
    [InlineData("succeeded_v2", "", ProviderPaymentStatus.Unrecognised)]
    [InlineData("Succeeded", "", ProviderPaymentStatus.Unrecognised)]
    public async Task Payment_status_that_is_not_known_is_never_success(string status, string extra, ProviderPaymentStatus expected)
    {
        await using StripeServer server = await StripeServer.StartAsync(200, StripeAnswers.PaymentWith(status, extra));
        await using StripeUnderTest stripe = new(server.ApiBase);

        ProviderOutcome<ProviderPayment>.Accepted accepted = Assert.IsType<ProviderOutcome<ProviderPayment>.Accepted>(await stripe.ChargeAsync());

        Assert.Equal(expected, accepted.Value.Status);
        Assert.Equal(status, accepted.Value.RawStatus);
    }

    [Theory]
    [InlineData("pending", ProviderPayoutStatus.Pending)]
    [InlineData("in_transit", ProviderPayoutStatus.InTransit)]
    [InlineData("paid", ProviderPayoutStatus.Paid)]
    [InlineData("failed", ProviderPayoutStatus.Failed)]
    [InlineData("canceled", ProviderPayoutStatus.Canceled)]
    [InlineData("paid_probably", ProviderPayoutStatus.Unrecognised)]
    public async Task Payout_status_that_is_not_known_is_never_success(string status, ProviderPayoutStatus expected)
    {
        await using StripeServer server = await StripeServer.StartAsync(200, StripeAnswers.Payout.Replace("pending", status, StringComparison.Ordinal));
        await using StripeUnderTest stripe = new(server.ApiBase);

        ProviderOutcome<ProviderPayout> outcome = await stripe.Play(stripe.Provider.CreatePayoutAsync(StripeUnderTest.Payout(), Token));

        ProviderPayout payout = Assert.IsType<ProviderOutcome<ProviderPayout>.Accepted>(outcome).Value;
        Assert.Equal(expected, payout.Status);
        Assert.Equal("flow-2", payout.OurReference);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"id\":\"pi_1\",\"object\":\"payment_intent\",\"client_secret\":\"pi_1_secret_hidden\",\"email\":\"a@b.example")]
    [Fault("U-14")]
    public async Task Unreadable_success_is_unknown_and_its_body_is_kept_without_secrets(string body)
    {
        await using StripeServer server = await StripeServer.StartAsync(200, body);
        await using StripeUnderTest stripe = new(server.ApiBase);

        ProviderOutcome<ProviderPayment>.Unknown unknown = Assert.IsType<ProviderOutcome<ProviderPayment>.Unknown>(await stripe.ChargeAsync());

        Assert.Equal(body.Length == 0, unknown.RawBody is null);
        Assert.DoesNotContain("hidden", unknown.RawBody ?? string.Empty, StringComparison.Ordinal);
        Assert.DoesNotContain("a@b", unknown.RawBody ?? string.Empty, StringComparison.Ordinal);
        Assert.Contains(stripe.Log.Lines, line => line.Level == LogLevel.Warning && line.Id == 3002);
    }

    [Fact]
    public async Task Refused_key_is_said_loudly_and_is_no_decline()
    {
        await using StripeServer server = await StripeServer.StartAsync(401, StripeAnswers.Error("invalid_request_error"));
        await using StripeUnderTest stripe = new(server.ApiBase);

        ProviderOutcome<ProviderPayment>.NotSent notSent = Assert.IsType<ProviderOutcome<ProviderPayment>.NotSent>(await stripe.ChargeAsync());

        Assert.Contains("API key", notSent.Reason, StringComparison.Ordinal);
        Assert.Contains(stripe.Log.Lines, line => line.Level == LogLevel.Error && line.Id == 3003);
    }

    [Theory]
    [InlineData(200, "payment", "Found")]
    [InlineData(404, "missing", "NotFound")]
    [InlineData(404, "error", "Unavailable")]
    [InlineData(404, "<html>", "Unavailable")]
    [InlineData(200, "", "Unavailable")]
    [InlineData(401, "error", "Unavailable")]
    [InlineData(403, "error", "Unavailable")]
    [InlineData(429, "rate limit", "Unavailable")]
    [InlineData(500, "server error", "Unavailable")]
    public async Task Read_that_fails_says_nothing_about_the_payment(int status, string body, string expected)
    {
        await using StripeServer server = await StripeServer.StartAsync(status, Body(body));
        await using StripeUnderTest stripe = new(server.ApiBase);

        ProviderLookup<ProviderPayment> lookup = await stripe.Play(stripe.Provider.GetPaymentAsync("pi_1", Token));

        Assert.Equal(expected, lookup.GetType().Name);
    }

    [Fact]
    public async Task Logs_and_reasons_hold_neither_keys_nor_bodies()
    {
        await using StripeServer server = await StripeServer.StartAsync(500, StripeAnswers.Decline);
        await using StripeUnderTest stripe = new(server.ApiBase);

        await stripe.ChargeAsync();

        string log = string.Join('\n', stripe.Log.Lines.Select(line => line.Text));
        Assert.Contains("charge", log, StringComparison.Ordinal);
        string[] forbidden = [StripeUnderTest.Key, StripeUnderTest.Secret, "insufficient", "pm_card_visa", "cus_1"];
        Assert.All(forbidden, text => Assert.DoesNotContain(text, log, StringComparison.Ordinal));
    }

    private static string Body(string name) => name switch
    {
        "payment" => StripeAnswers.Payment,
        "decline" => StripeAnswers.Decline,
        "in use" => StripeAnswers.KeyInUse,
        "rate limit" => StripeAnswers.RateLimit,
        "server error" => StripeAnswers.ServerError,
        "key reuse" => StripeAnswers.Error("idempotency_error"),
        "missing" => StripeAnswers.Error("invalid_request_error", "resource_missing"),
        "error" => StripeAnswers.Error("invalid_request_error"),
        _ => name,
    };
}
