using Florin.Providers;
using Xunit;

namespace Florin.Tests.Providers;

/// <summary>Holds what the connector sends against Stripe's own OpenAPI document of the pinned version.</summary>
public sealed class StripeFormTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PaymentMethodKind.Card)]
    [InlineData(PaymentMethodKind.BankAccount)]
    public async Task Charge_is_a_request_that_stripe_knows(PaymentMethodKind kind)
    {
        SeenRequest seen = await SendAsync(provider => provider.ChargeAsync(StripeUnderTest.Card() with { PaymentMethodKind = kind }, Token));

        StripeSpecification.AssertKnown("/v1/payment_intents", seen);
        string types = kind == PaymentMethodKind.Card ? "card" : "us_bank_account";
        string mandate = kind == PaymentMethodKind.Card ? string.Empty : "&mandate_data[customer_acceptance][type]=offline";
        Assert.Equal(
            $"amount=1050&currency=usd&customer=cus_1&payment_method=pm_card_visa&payment_method_types[]={types}&confirm=true&off_session=false&metadata[florin_reference]=flow-1{mandate}",
            seen.Body);
        Assert.Equal("flow-1:charge", seen.IdempotencyKey);
    }

    [Fact]
    public async Task Payout_is_a_request_that_stripe_knows()
    {
        SeenRequest seen = await SendAsync(provider => provider.CreatePayoutAsync(StripeUnderTest.Payout(), Token));

        StripeSpecification.AssertKnown("/v1/payouts", seen);
        Assert.Equal("amount=1050&currency=usd&destination=ba_1&method=standard&metadata[florin_reference]=flow-2", seen.Body);
    }

    [Fact]
    public async Task Customer_is_a_request_that_stripe_knows_and_holds_nothing_personal()
    {
        SeenRequest seen = await SendAsync(provider => provider.CreateCustomerAsync(new CustomerRequest("user & 1=ü", "key-1"), Token));

        StripeSpecification.AssertKnown("/v1/customers", seen);
        Assert.Equal("metadata[florin_reference]=user%20%26%201%3D%C3%BC", seen.Body);
    }

    [Fact]
    public async Task Attaching_and_detaching_are_requests_that_stripe_knows()
    {
        SeenRequest attach = await SendAsync(provider => provider.AttachPaymentMethodAsync("pm_card_visa", "cus_1", "key-1", Token));
        SeenRequest detach = await SendAsync(provider => provider.DetachPaymentMethodAsync("pm_1", "key-2", Token));

        StripeSpecification.AssertKnown("/v1/payment_methods/{payment_method}/attach", attach);
        StripeSpecification.AssertKnown("/v1/payment_methods/{payment_method}/detach", detach);
        Assert.Equal("/stripe/v1/payment_methods/pm_card_visa/attach", attach.Path);
        Assert.Equal("/stripe/v1/payment_methods/pm_1/detach", detach.Path);
    }

    [Fact]
    public async Task Every_request_carries_key_and_pinned_version()
    {
        SeenRequest seen = await SendAsync(provider => provider.GetPayoutAsync("po_1", Token));

        Assert.Equal("Bearer " + StripeUnderTest.Key, seen.Authorization);
        Assert.Equal(StripeSpecification.Version, seen.Version);
        Assert.Equal("/stripe/v1/payouts/po_1", seen.Path);
    }

    [Theory]
    [InlineData("amount=1&currency=usd&amuont=2")]
    [InlineData("amount=one&currency=usd")]
    [InlineData("currency=usd")]
    [InlineData("amount=1&currency=usd&mandate_data[customer_acceptance][kind]=offline")]
    [InlineData("amount=1&currency=usd&payment_method_types=card")]
    public void Judge_itself_notices_what_stripe_would_refuse(string body)
    {
        SeenRequest seen = new("POST", "/stripe/v1/payment_intents", string.Empty, body, null, null, null);

        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => StripeSpecification.AssertKnown("/v1/payment_intents", seen));
    }

    private static async Task<SeenRequest> SendAsync<T>(Func<IPaymentProvider, ValueTask<T>> send)
    {
        await using StripeServer server = await StripeServer.StartAsync(400, StripeAnswers.Error("invalid_request_error"));
        await using StripeUnderTest stripe = new(server.ApiBase);
        await stripe.Play(send(stripe.Provider));
        return Assert.Single(server.Seen);
    }
}
