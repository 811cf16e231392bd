using Florin.Providers;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Florin.Tests.Providers;

/// <summary>What the connector makes of answers that the sandbox does not give.</summary>
public sealed class PayPalOutcomeTests
{
    internal const string TokenAnswer = """{"access_token":"A21AAtoken","token_type":"Bearer","expires_in":32400}""";

    private static readonly AuthorizationRequest Request = new(1050, "USD", "8kk8451t", null, CaptureMode.Automatic, null, "flow-1", "flow-1:authorize");

    [Theory]
    [InlineData(201, """{"id":"5O190127TN364715T","status":"COMPLETED"}""", "Unknown")]
    [InlineData(201, """{"id":"5O190127TN364715T","status":"COMPLETED","purchase_units":[{"amount":{"currency_code":"USD","value":"10.505"}}]}""", "Unknown")]
    [InlineData(201, """{"id":"5O190127TN364715T","status":"SOMETHING_NEW","purchase_units":[{"amount":{"currency_code":"USD","value":"10.50"}}]}""", "Unrecognised")]
    [InlineData(201, "[]", "Unknown")]
    [InlineData(400, "<html>Bad gateway</html>", "Unknown")]
    [InlineData(422, """{"name":"UNPROCESSABLE_ENTITY","details":[{"issue":"SOMETHING_NEW"}]}""", "Declined")]
    [InlineData(422, """{"name":"UNPROCESSABLE_ENTITY","details":[{"issue":"ORDER_COMPLETION_IN_PROGRESS"}]}""", "Unknown")]
    [InlineData(403, """{"name":"NOT_AUTHORIZED","details":[{"issue":"PERMISSION_DENIED"}]}""", "NotSent")]
    [InlineData(401, """{"name":"AUTHENTICATION_FAILURE"}""", "NotSent")]
    [InlineData(302, "", "Unknown")]
    [Fault("T-08")]
    public async Task Answer_means_what_it_certainly_says(int status, string body, string expected)
    {
        await using StripeServer server = await ServerAsync(status, body);
        await using PayPalUnderTest paypal = new(server.ApiBase);
        ProviderOutcome<AcquirerPayment> outcome = await paypal.Play(paypal.Acquirer.AuthorizeAsync(Request, StripeUnderTest.Token));

        Assert.Equal(expected, outcome is ProviderOutcome<AcquirerPayment>.Accepted accepted ? accepted.Value.Status.ToString() : outcome.GetType().Name);
    }

    [Fact]
    public async Task Client_that_is_refused_is_told_and_nothing_is_sent()
    {
        await using StripeServer server = await StripeServer.StartAsync(401, """{"error":"invalid_client"}""");
        await using PayPalUnderTest paypal = new(server.ApiBase);
        ProviderOutcome<AcquirerPayment> outcome = await paypal.Play(paypal.Acquirer.AuthorizeAsync(Request, StripeUnderTest.Token));

        Assert.Contains("client", Assert.IsType<ProviderOutcome<AcquirerPayment>.NotSent>(outcome).Reason, StringComparison.Ordinal);
        Assert.All(server.Seen, seen => Assert.EndsWith("/v1/oauth2/token", seen.Path, StringComparison.Ordinal));
        Assert.Contains(paypal.Log.Lines, line => line.Id == 3003);
    }

    [Fact]
    public async Task Nobody_listening_is_not_sent()
    {
        await using PayPalUnderTest paypal = new(StripeServer.ClosedAddress());

        Assert.IsType<ProviderOutcome<AcquirerPayment>.NotSent>(await paypal.Play(paypal.Acquirer.AuthorizeAsync(Request, StripeUnderTest.Token)));
    }

    [Fact]
    public async Task Evidence_that_is_kept_names_nobody()
    {
        await using StripeServer server = await ServerAsync(500, """{"email_address":"jane@example.com","payer_id":"QYR5Z8XDVJNXQ","name":{"given_name":"Jane"}}""");
        await using PayPalUnderTest paypal = new(server.ApiBase);
        ProviderOutcome<AcquirerPayment> outcome = await paypal.Play(paypal.Acquirer.AuthorizeAsync(Request, StripeUnderTest.Token));

        string? kept = Assert.IsType<ProviderOutcome<AcquirerPayment>.Unknown>(outcome).RawBody;
        Assert.NotNull(kept);
        Assert.All((string[])["jane@", "QYR5Z8", "Jane"], personal => Assert.DoesNotContain(personal, kept, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("USD", "0", "8kk8451t", "local:amount_zero")]
    [InlineData("HUF", "1050", "8kk8451t", "local:amount_not_representable")]
    [InlineData("KWD", "1050", "8kk8451t", "local:unsupported_currency")]
    [InlineData("USD", "100000000000000000", "8kk8451t", "local:amount_too_large")]
    [InlineData("USD", "1050", "../orders", "local:invalid_payment_method")]
    public async Task Request_that_cannot_be_is_refused_before_anything_leaves(string currency, string amount, string source, string code)
    {
        await using StripeServer server = await ServerAsync(500, "{}");
        await using PayPalUnderTest paypal = new(server.ApiBase);
        AuthorizationRequest request = Request with
        {
            Currency = currency, MinorUnits = UInt128.Parse(amount, System.Globalization.CultureInfo.InvariantCulture), PaymentSource = source,
        };
        ProviderOutcome<AcquirerPayment> outcome = await paypal.Play(paypal.Acquirer.AuthorizeAsync(request, StripeUnderTest.Token));

        Assert.Equal(code, Assert.IsType<ProviderOutcome<AcquirerPayment>.Declined>(outcome).Code);
        Assert.Empty(server.Seen);
    }

    [Fact]
    public async Task Each_operation_has_a_request_id_of_its_own_and_the_same_at_every_repeat()
    {
        List<string> ids = [];
        await using StripeServer server = await StripeServer.StartAsync((seen, context) =>
        {
            if (context.Request.Headers["PayPal-Request-Id"].ToString() is { Length: > 0 } id)
            {
                lock (ids)
                {
                    ids.Add(id);
                }
            }

            return StripeServer.AnswerAsync(context, seen.Path.EndsWith("token", StringComparison.Ordinal) ? 200 : 503, seen.Path.EndsWith("token", StringComparison.Ordinal) ? TokenAnswer : "{}");
        });
        await using PayPalUnderTest paypal = new(server.ApiBase);
        await paypal.Play(paypal.Acquirer.AuthorizeAsync(Request, StripeUnderTest.Token));
        await paypal.Play(paypal.Acquirer.AuthorizeAsync(Request with { IdempotencyKey = new string('k', 255) }, StripeUnderTest.Token));
        await paypal.Play(paypal.Acquirer.RefundAsync(new("5O190127TN364715T", "3C679366HH908993F", 1, "USD", "r-1", "flow-1:authorize"), StripeUnderTest.Token));

        Assert.Equal(["flow-1:authorize-order", "flow-1:authorize-refund"], ids.Where(id => id.StartsWith("flow", StringComparison.Ordinal)).Distinct());
        Assert.Equal(12, ids.Count);
        Assert.Equal(3, ids.Distinct().Count());
        Assert.All(ids, id => Assert.InRange(id.Length, 1, 108));
    }

    private static Task<StripeServer> ServerAsync(int status, string body) => StripeServer.StartAsync((seen, context) =>
        seen.Path.EndsWith("/v1/oauth2/token", StringComparison.Ordinal) ? StripeServer.AnswerAsync(context, 200, TokenAnswer) : AnswerAsync(context, status, body));

    private static Task AnswerAsync(HttpContext context, int status, string body) => StripeServer.AnswerAsync(context, status, body);
}
