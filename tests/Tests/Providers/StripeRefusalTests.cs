using Florin.Providers;
using Xunit;

namespace Florin.Tests.Providers;

/// <summary>What is refused before any of it leaves.</summary>
public sealed class StripeRefusalTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, "USD", "local:amount_zero")]
    [InlineData(100_000_000, "USD", "local:amount_too_large")]
    [InlineData(ulong.MaxValue, "USD", "local:amount_too_large")]
    [InlineData(1_000_000, "UGX", "local:amount_too_large")]
    [InlineData(1_000, "usd", "local:unsupported_currency")]
    [InlineData(1_000, "BTC", "local:unsupported_currency")]
    [InlineData(1_000, "IQD", "local:unsupported_currency")]
    [InlineData(1_000, "", "local:unsupported_currency")]
    [InlineData(1_005, "KWD", "local:amount_not_representable")]
    [InlineData(150, "MGA", "local:amount_not_representable")]
    public async Task Amount_that_stripe_cannot_take_is_declined_without_a_request(ulong minorUnits, string currency, string code)
    {
        await using StripeServer server = await StripeServer.StartAsync(200, StripeAnswers.Payment);
        await using StripeUnderTest stripe = new(server.ApiBase);

        ProviderOutcome<ProviderPayment> charge = await stripe.ChargeAsync(StripeUnderTest.Card(minorUnits, currency));
        ProviderOutcome<ProviderPayout> payout = await stripe.Play(stripe.Provider.CreatePayoutAsync(StripeUnderTest.Payout(minorUnits, currency), Token));

        Assert.Equal(code, Assert.IsType<ProviderOutcome<ProviderPayment>.Declined>(charge).Code);
        Assert.Equal(code, Assert.IsType<ProviderOutcome<ProviderPayout>.Declined>(payout).Code);
        Assert.Empty(server.Seen);
    }

    [Theory]
    [InlineData("../refunds", "cus_1", "local:invalid_payment_method")]
    [InlineData("4242424242424242", "cus_1", "local:invalid_payment_method")]
    [InlineData("pm_1/../../refunds?x=", "cus_1", "local:invalid_payment_method")]
    [InlineData("pm_", "cus_1", "local:invalid_payment_method")]
    [InlineData("pm_1", "cus_1&amount=1", "local:invalid_customer")]
    [InlineData("pm_1", "", "local:invalid_customer")]
    public async Task Id_that_is_none_never_becomes_part_of_a_request(string paymentMethod, string customer, string code)
    {
        await using StripeServer server = await StripeServer.StartAsync(200, StripeAnswers.Payment);
        await using StripeUnderTest stripe = new(server.ApiBase);

        ProviderOutcome<ProviderPayment> charge = await stripe.ChargeAsync(StripeUnderTest.Card() with { PaymentMethodId = paymentMethod, CustomerId = customer });
        ProviderOutcome<ProviderPaymentMethod> attach = await stripe.Play(stripe.Provider.AttachPaymentMethodAsync(paymentMethod, customer, "k", Token));

        Assert.Equal(code, Assert.IsType<ProviderOutcome<ProviderPayment>.Declined>(charge).Code);
        Assert.Equal(code, Assert.IsType<ProviderOutcome<ProviderPaymentMethod>.Declined>(attach).Code);
        Assert.Empty(server.Seen);
    }

    [Fact]
    public async Task Bank_debit_in_another_currency_than_dollars_is_declined_without_a_request()
    {
        await using StripeServer server = await StripeServer.StartAsync(200, StripeAnswers.Payment);
        await using StripeUnderTest stripe = new(server.ApiBase);

        ProviderOutcome<ProviderPayment> charge = await stripe.ChargeAsync(StripeUnderTest.Card(currency: "EUR") with { PaymentMethodKind = PaymentMethodKind.BankAccount });

        Assert.Equal("local:unsupported_currency", Assert.IsType<ProviderOutcome<ProviderPayment>.Declined>(charge).Code);
        Assert.Empty(server.Seen);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("line\r\nX-Injected: 1")]
    public async Task Key_that_cannot_be_a_header_is_the_callers_mistake(string key)
    {
        await using StripeServer server = await StripeServer.StartAsync(200, StripeAnswers.Payment);
        await using StripeUnderTest stripe = new(server.ApiBase);

        await Assert.ThrowsAnyAsync<ArgumentException>(() => stripe.ChargeAsync(StripeUnderTest.Card(key: key)));
        Assert.Empty(server.Seen);
    }

    [Theory]
    [InlineData("sk_live_abc", "https://evil.example/stripe")]
    [InlineData("sk_live_abc", "http://127.0.0.1:1/stripe")]
    [InlineData("sk_test_abc", "http://stripe.example/")]
    [InlineData("pk_test_abc", "https://api.stripe.com")]
    [InlineData("sk_test_a\nb", "https://api.stripe.com")]
    public void Options_that_would_send_the_key_astray_are_refused(string key, string apiBase)
    {
        StripeOptions options = new() { SecretKey = key, WebhookSecrets = ["whsec_1"], ApiBase = new Uri(apiBase) };

        ArgumentException refused = Assert.ThrowsAny<ArgumentException>(options.Validate);

        Assert.DoesNotContain(key, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_for_the_real_service_and_the_sandbox_are_taken()
    {
        new StripeOptions { SecretKey = "sk_live_abc", WebhookSecrets = ["whsec_1", "whsec_2"] }.Validate();
        new StripeOptions { SecretKey = "rk_test_abc", WebhookSecrets = ["whsec_1"], ApiBase = new Uri("http://127.0.0.1:9/stripe") }.Validate();
    }
}
