using Florin.Providers;
using Florin.Providers.PayPal;
using Xunit;

namespace Florin.Tests.Providers;

/// <summary>What the connector makes of answers about payouts that the sandbox does not give.</summary>
public sealed class PayPalPayoutAnswerTests
{
    private const string Batch = "5UXD2E8A7EBQJ";
    private const string Link = $$"""[{"href":"https://api-m.paypal.com/v1/payments/payouts/{{Batch}}","rel":"self","method":"GET"}]""";
    private const string Taken = "Batch with given sender_batch_id already exists";

    private static readonly PayoutRequest Request = new(987, "USD", "someone@example.com", "flow-1", "florin:flow-1:payout");

    private static readonly string Original = Read("SUCCESS", "SUCCESS");

    /// <summary>PayPal links from the detail and has shown the link at the root; without a link it may be taken all the same.</summary>
    [Theory]
    [InlineData($$"""{"name":"USER_BUSINESS_ERROR","details":[{"field":"SENDER_BATCH_ID","issue":"{{Taken}}","link":{{Link}}}],"links":[]}""", "Paid")]
    [InlineData($$"""{"name":"USER_BUSINESS_ERROR","message":"{{Taken}}","links":{{Link}}}""", "Paid")]
    [InlineData("""{"name":"USER_BUSINESS_ERROR","details":[{"field":"SENDER_BATCH_ID","issue":"Duplicate batch request"}]}""", "Unknown")]
    [InlineData("""{"name":"USER_BUSINESS_ERROR","message":"User business error."}""", "Unknown")]
    [InlineData("""{"name":"USER_BUSINESS_ERROR","details":[{"field":"ITEMS","issue":"Receiver is not permitted"}]}""", "USER_BUSINESS_ERROR")]
    [InlineData("""{"name":"VALIDATION_ERROR","details":[{"field":"items[0].receiver","issue":"Receiver is invalid or does not match with type"}]}""", "VALIDATION_ERROR")]
    [InlineData("""{"name":"INSUFFICIENT_FUNDS","details":[]}""", "INSUFFICIENT_FUNDS")]
    [InlineData("""{"name":"AUTHORIZATION_ERROR","details":[]}""", "NotSent")]
    [Fault("U-15")]
    public async Task Refusal_means_what_it_certainly_says(string body, string expected)
    {
        await using StripeServer server = await ServerAsync(body);
        await using PayPalUnderTest paypal = new(server.ApiBase);

        Assert.Equal(expected, Shown(await paypal.Play(paypal.Payouts.CreatePayoutAsync(Request, StripeUnderTest.Token))));
    }

    /// <summary>The balance may be short because the call whose answer was lost took it.</summary>
    [Theory]
    [InlineData("INSUFFICIENT_FUNDS", "Unknown")]
    [InlineData("VALIDATION_ERROR", "VALIDATION_ERROR")]
    [Fault("U-07")]
    public async Task Short_balance_at_a_repeat_says_nothing_of_the_original(string name, string expected)
    {
        await using StripeServer server = await ServerAsync($$"""{"name":"{{name}}","details":[]}""");
        await using PayPalUnderTest paypal = new(server.ApiBase);

        Assert.Equal(expected, Shown(await paypal.Play(paypal.Payouts.CreatePayoutAsync(Request with { IsRepeat = true }, StripeUnderTest.Token))));
    }

    [Theory]
    [InlineData("PENDING", "PENDING", ProviderPayoutStatus.Pending)]
    [InlineData("SUCCESS", "SUCCESS", ProviderPayoutStatus.Paid)]
    [InlineData("SUCCESS", "UNCLAIMED", ProviderPayoutStatus.Unclaimed)]
    [InlineData("SUCCESS", "ONHOLD", ProviderPayoutStatus.OnHold)]
    [InlineData("SUCCESS", "FAILED", ProviderPayoutStatus.Failed)]
    [InlineData("SUCCESS", "BLOCKED", ProviderPayoutStatus.Failed)]
    [InlineData("SUCCESS", "DENIED", ProviderPayoutStatus.Failed)]
    [InlineData("SUCCESS", "RETURNED", ProviderPayoutStatus.Failed)]
    [InlineData("SUCCESS", "REFUNDED", ProviderPayoutStatus.Failed)]
    [InlineData("SUCCESS", "REVERSED", ProviderPayoutStatus.Failed)]
    [InlineData("DENIED", "PENDING", ProviderPayoutStatus.Failed)]
    [InlineData("CANCELED", "PENDING", ProviderPayoutStatus.Canceled)]
    [InlineData("DENIED", null, ProviderPayoutStatus.Failed)]
    [InlineData("DENIED", "SUCCESS", ProviderPayoutStatus.Unrecognised)]
    [InlineData("CANCELED", "UNCLAIMED", ProviderPayoutStatus.Unrecognised)]
    [InlineData("SUCCESS", "SOMETHING_NEW", ProviderPayoutStatus.Unrecognised)]
    public async Task Every_state_of_batch_and_item_has_a_meaning(string batch, string? item, ProviderPayoutStatus expected)
    {
        await using StripeServer server = await StripeServer.StartAsync((seen, context) => StripeServer.AnswerAsync(
            context, 200, seen.Path.EndsWith("/v1/oauth2/token", StringComparison.Ordinal) ? PayPalOutcomeTests.TokenAnswer : Read(batch, item)));
        await using PayPalUnderTest paypal = new(server.ApiBase);
        ProviderPayout read = Assert.IsType<ProviderLookup<ProviderPayout>.Found>(
            await paypal.Play(paypal.Payouts.GetPayoutAsync(Batch, StripeUnderTest.Token))).Value;

        Assert.Equal((expected, (UInt128)987, "USD", item is null ? null : "flow-1"), (read.Status, read.MinorUnits, read.Currency, read.OurReference));
    }

    [Theory]
    [InlineData("USD", 1)]
    [InlineData("JPY", 1)]
    [InlineData("HUF", 100)]
    [InlineData("TWD", 100)]
    [InlineData("AED", null)]
    public async Task Smallest_amount_of_a_currency_is_told(string currency, int? step)
    {
        await using PayPalUnderTest paypal = new(StripeServer.ClosedAddress());
        UInt128? expected = step is { } units ? (UInt128)units : null;

        Assert.Equal(expected, paypal.Payouts.StepOf(currency));
    }

    [Fact]
    public void What_is_kept_of_an_event_names_nobody()
    {
        const string told =
            """
            {"id":"WH-1","resource":{"payout_batch_id":"5UXD2E8A7EBQJ","payout_item":{"receiver" : "KL9FVZ3RZ7Q2M","sender_item_id":"flow-1","note":"to \"a@b.example\""},
            "payer":{"email_address":"jane\u0040example.com","name":"Jane \"J\" Doe"},"amount":{"value":"9.87"},"lone":"\ud800"}}
            """;
        string kept = PayPalEventText.Mask(told);

        Assert.DoesNotContain("KL9FVZ3RZ7Q2M", kept, StringComparison.Ordinal);
        Assert.DoesNotContain("b.example", kept, StringComparison.Ordinal);
        Assert.DoesNotContain("jane", kept, StringComparison.Ordinal);
        Assert.Equal(new PayPalEventBody("5UXD2E8A7EBQJ", null, "flow-1"), PayPalEventBody.Read(kept));
        Assert.Contains("\"amount\":{\"value\":\"9.87\"},\"lone\":\"\\ud800\"", kept, StringComparison.Ordinal);
    }

    private static string Shown(ProviderOutcome<ProviderPayout> outcome) => outcome switch
    {
        ProviderOutcome<ProviderPayout>.Accepted accepted => accepted.Value.Status.ToString(),
        ProviderOutcome<ProviderPayout>.Declined declined => declined.Code,
        _ => outcome.GetType().Name,
    };

    /// <summary>Refuses to pay, and shows the original.</summary>
    private static Task<StripeServer> ServerAsync(string refusal) => StripeServer.StartAsync((seen, context) => seen switch
    {
        { Method: "GET" } => StripeServer.AnswerAsync(context, 200, Original),
        _ when seen.Path.EndsWith("/v1/oauth2/token", StringComparison.Ordinal) => StripeServer.AnswerAsync(context, 200, PayPalOutcomeTests.TokenAnswer),
        _ => StripeServer.AnswerAsync(context, 400, refusal),
    });

    private static string Read(string batch, string? item)
    {
        string items = item is null
            ? "[]"
            : $$$$"""[{"transaction_status":"{{{{item}}}}","payout_item":{"sender_item_id":"flow-1","amount":{"currency":"USD","value":"9.87"}}}]""";
        return $$$"""{"batch_header":{"payout_batch_id":"{{{Batch}}}","batch_status":"{{{batch}}}","amount":{"currency":"USD","value":"9.87"}},"items":{{{items}}}}""";
    }
}
