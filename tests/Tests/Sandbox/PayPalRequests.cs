using System.Net;
using System.Text.Json.Nodes;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Sandbox;

/// <summary>The sandbox speaks PayPal as PayPal documents it: tokens, request ids, errors, mock header, vault, payouts.</summary>
public sealed class PayPalRequests(SandboxFixture fixture) : IClassFixture<SandboxFixture>
{
    private SandboxProcess Sandbox => fixture.Sandbox;

    [Theory]
    [InlineData("client:secret", "client_credentials", HttpStatusCode.OK, null)]
    [InlineData("client:", "client_credentials", HttpStatusCode.Unauthorized, "invalid_client")]
    [InlineData("client:secret", "password", HttpStatusCode.BadRequest, "unsupported_grant_type")]
    public async Task Token_is_given_for_an_id_and_a_secret(string client, string grant, HttpStatusCode status, string? error)
    {
        var reply = await PayPalCaller.TokenAsync(Sandbox, client, grant);
        Assert.Equal((status, error), (reply.Status, reply.Member("error")));
    }

    [Fact]
    public async Task Without_a_token_nothing_is_answered()
    {
        using var answer = await Sandbox.Http.GetAsync(new Uri("/paypal/v2/checkout/orders/X", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task Repeat_under_a_request_id_is_answered_with_200_and_the_state_of_now()
    {
        var paypal = await PayPalCaller.StartAsync(Sandbox);
        var order = PayPalCaller.Order(null);
        var first = await paypal.PostAsync("/v2/checkout/orders", order, "repeat-1");
        await ApproveAsync($"orders/{first.Id}");
        var again = await paypal.PostAsync("/v2/checkout/orders", PayPalCaller.Order(null, value: "99.00"), "repeat-1");
        var other = await paypal.PostAsync("/v2/checkout/orders", order, "repeat-2");
        await Sandbox.AdvanceAsync(TimeSpan.FromHours(6));
        paypal = await PayPalCaller.StartAsync(Sandbox);
        var forgotten = await paypal.PostAsync("/v2/checkout/orders", order, "repeat-1");
        Assert.Equal((HttpStatusCode.Created, "CREATED"), (first.Status, first.Member("status")));
        Assert.Equal((HttpStatusCode.OK, first.Id, "APPROVED"), (again.Status, again.Id, again.Member("status")));
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (other.Status, forgotten.Status));
        Assert.Equal(3, new[] { first.Id, other.Id, forgotten.Id }.Distinct().Count());
    }

    [Theory]
    [InlineData(null, HttpStatusCode.BadRequest, "PAYPAL_REQUEST_ID_REQUIRED")]
    [InlineData(108, HttpStatusCode.Created, null)]
    [InlineData(109, HttpStatusCode.BadRequest, "INVALID_PARAMETER_LENGTH")]
    public async Task Charging_a_stored_token_needs_a_request_id_that_fits(int? characters, HttpStatusCode status, string? issue)
    {
        var paypal = await PayPalCaller.StartAsync(Sandbox);
        var reply = await paypal.PostAsync("/v2/checkout/orders", PayPalCaller.Order(), characters is { } count ? new string('k', count) : null);
        Assert.Equal((status, issue), (reply.Status, reply.Issue));
    }

    [Theory]
    [InlineData("USD", "10.505", "DECIMAL_PRECISION")]
    [InlineData("JPY", "10.50", "DECIMALS_NOT_SUPPORTED")]
    [InlineData("HUF", "10.00", "DECIMALS_NOT_SUPPORTED")]
    [InlineData("TWD", "1.0", "DECIMALS_NOT_SUPPORTED")]
    [InlineData("KWD", "1.000", "CURRENCY_NOT_SUPPORTED")]
    [InlineData("usd", "1.00", "INVALID_CURRENCY_CODE")]
    [InlineData("USD", "0.00", "CANNOT_BE_ZERO_OR_NEGATIVE")]
    [InlineData("USD", "-1.00", "CANNOT_BE_ZERO_OR_NEGATIVE")]
    [InlineData("USD", "1,00", "INVALID_STRING_FORMAT")]
    [InlineData("USD", "1000000000000000.00", "MAX_VALUE_EXCEEDED")]
    [InlineData("USD", "999999999999999.99", null)]
    [InlineData("JPY", "1050", null)]
    public async Task Amount_is_taken_only_as_the_currency_has_it(string currency, string value, string? issue)
    {
        var paypal = await PayPalCaller.StartAsync(Sandbox);
        var reply = await paypal.PostAsync("/v2/checkout/orders", PayPalCaller.Order(null, value: value, currency: currency));
        Assert.Equal(issue, reply.Status == HttpStatusCode.Created ? null : reply.Issue);
    }

    [Fact]
    public async Task Amount_is_the_sum_of_its_breakdown()
    {
        var paypal = await PayPalCaller.StartAsync(Sandbox);
        var order = PayPalCaller.Order(null);
        order["purchase_units"]![0]!["amount"]!["breakdown"] = new JsonObject
        {
            ["item_total"] = new JsonObject { ["currency_code"] = "USD", ["value"] = "11.00" },
            ["discount"] = new JsonObject { ["currency_code"] = "USD", ["value"] = "0.50" },
        };
        Assert.Equal(HttpStatusCode.Created, (await paypal.PostAsync("/v2/checkout/orders", order)).Status);
        order["purchase_units"]![0]!["amount"]!["breakdown"]!["discount"]!["value"] = "0.49";
        Assert.Equal("AMOUNT_MISMATCH", (await paypal.PostAsync("/v2/checkout/orders", order)).Issue);
    }

    [Fact]
    public async Task Error_names_the_issue_and_the_request()
    {
        var paypal = await PayPalCaller.StartAsync(Sandbox);
        var reply = await paypal.PostAsync("/v2/checkout/orders/NOBODY/capture", []);
        Assert.Equal((HttpStatusCode.NotFound, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID"), (reply.Status, reply.Member("name"), reply.Issue));
        Assert.NotEmpty(reply.Member("debug_id")!);
    }

    [Theory]
    [InlineData("INSTRUMENT_DECLINED", 422)]
    [InlineData("INTERNAL_SERVER_ERROR", 500)]
    [InlineData("PERMISSION_DENIED", 403)]
    [InlineData("MISSING_REQUIRED_PARAMETER", 400)]
    [InlineData("instrument_declined", 201)]
    public async Task Mock_header_has_the_issue_that_it_names(string issue, int status)
    {
        var paypal = await PayPalCaller.StartAsync(Sandbox);
        var reply = await paypal.SendAsync(
            HttpMethod.Post,
            "/v2/checkout/orders",
            PayPalCaller.Order(null).ToJsonString(),
            [("PayPal-Mock-Response", $$"""{"mock_application_codes":"{{issue}}"}""")]);
        Assert.Equal(status, (int)reply.Status);
        Assert.Equal(status == 201 ? null : issue, reply.Issue);
    }

    [Fact]
    public async Task Little_is_answered_unless_the_representation_is_asked_for()
    {
        var paypal = await PayPalCaller.StartAsync(Sandbox);
        var order = PayPalCaller.Order(intent: "AUTHORIZE");
        var little = await paypal.SendAsync(HttpMethod.Post, "/v2/checkout/orders", order.ToJsonString(), [("PayPal-Request-Id", "little-1")]);
        var much = await paypal.PostAsync("/v2/checkout/orders", order, "little-1");
        var authorization = much.Body.GetProperty("purchase_units")[0].GetProperty("payments").GetProperty("authorizations")[0].GetProperty("id").GetString();
        var voided = await paypal.SendAsync(HttpMethod.Post, $"/v2/payments/authorizations/{authorization}/void", "{}", []);
        Assert.False(little.Body.TryGetProperty("purchase_units", out _));
        Assert.Equal(HttpStatusCode.NoContent, voided.Status);
    }

    [Fact]
    public async Task Order_of_a_payer_is_charged_after_the_payer_agreed()
    {
        var paypal = await PayPalCaller.StartAsync(Sandbox);
        var order = await paypal.PostAsync("/v2/checkout/orders", PayPalCaller.Order(null));
        var early = await paypal.PostAsync($"/v2/checkout/orders/{order.Id}/capture", []);
        await ApproveAsync($"orders/{order.Id}");
        var wrong = await paypal.PostAsync($"/v2/checkout/orders/{order.Id}/authorize", []);
        var captured = await paypal.PostAsync($"/v2/checkout/orders/{order.Id}/capture", []);
        var again = await paypal.PostAsync($"/v2/checkout/orders/{order.Id}/capture", []);
        Assert.Equal("ORDER_NOT_APPROVED", early.Issue);
        Assert.Equal("ACTION_DOES_NOT_MATCH_INTENT", wrong.Issue);
        Assert.Equal((HttpStatusCode.Created, "COMPLETED"), (captured.Status, captured.Member("status")));
        Assert.Equal("ORDER_ALREADY_CAPTURED", again.Issue);
    }

    [Fact]
    public async Task Invoice_is_paid_once()
    {
        var paypal = await PayPalCaller.StartAsync(Sandbox);
        var first = await paypal.PostAsync("/v2/checkout/orders", PayPalCaller.Order(invoice: "inv-7"), "invoice-1");
        var second = await paypal.PostAsync("/v2/checkout/orders", PayPalCaller.Order(invoice: "inv-7"), "invoice-2");
        Assert.Equal((HttpStatusCode.Created, "DUPLICATE_INVOICE_ID"), (first.Status, second.Issue));
    }

    [Fact]
    public async Task Wallet_is_stored_with_the_payers_consent_and_charged_until_it_is_deleted()
    {
        var paypal = await PayPalCaller.StartAsync(Sandbox);
        JsonObject wanted = new()
        {
            ["payment_source"] = new JsonObject
            {
                ["paypal"] = new JsonObject
                {
                    ["usage_type"] = "MERCHANT",
                    ["experience_context"] = new JsonObject { ["return_url"] = "https://a.example/ok", ["cancel_url"] = "https://a.example/no" },
                },
            },
        };
        var setup = await paypal.PostAsync("/v3/vault/setup-tokens", wanted, "setup-1");
        JsonObject made = new() { ["payment_source"] = new JsonObject { ["token"] = new JsonObject { ["id"] = setup.Id, ["type"] = "SETUP_TOKEN" } } };
        var early = await paypal.PostAsync("/v3/vault/payment-tokens", made, "token-1");
        await ApproveAsync($"setup_tokens/{setup.Id}");
        var token = await paypal.PostAsync("/v3/vault/payment-tokens", made, "token-2");
        var customer = token.Body.GetProperty("customer").GetProperty("id").GetString();
        var list = await paypal.GetAsync($"/v3/vault/payment-tokens?customer_id={customer}");
        var charged = await paypal.PostAsync("/v2/checkout/orders", PayPalCaller.Order(token.Id), "charge-1");
        var deleted = await paypal.DeleteAsync($"/v3/vault/payment-tokens/{token.Id}");
        var late = await paypal.PostAsync("/v2/checkout/orders", PayPalCaller.Order(token.Id), "charge-2");
        Assert.Equal("PAYER_ACTION_REQUIRED", setup.Member("status"));
        Assert.Equal("ACTION_NOT_ALLOWED", early.Issue);
        Assert.Equal(token.Id, list.Body.GetProperty("payment_tokens")[0].GetProperty("id").GetString());
        Assert.Equal("COMPLETED", charged.Member("status"));
        Assert.Equal(HttpStatusCode.NoContent, deleted.Status);
        Assert.Equal("TOKEN_ID_NOT_FOUND", late.Issue);
    }

    [Fact]
    public async Task Batch_of_payouts_is_taken_once_and_the_refusal_links_to_it()
    {
        var paypal = await PayPalCaller.StartAsync(Sandbox);
        JsonObject batch = new()
        {
            ["sender_batch_header"] = new JsonObject { ["sender_batch_id"] = "batch-7" },
            ["items"] = new JsonArray(new JsonObject
            {
                ["receiver"] = "unclaimed@example.com",
                ["amount"] = new JsonObject { ["currency"] = "USD", ["value"] = "9.87" },
            }),
        };
        var first = await paypal.PostAsync("/v1/payments/payouts", batch);
        var second = await paypal.PostAsync("/v1/payments/payouts", batch);
        var id = first.Body.GetProperty("batch_header").GetProperty("payout_batch_id").GetString();
        await Sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        var item = (await paypal.GetAsync($"/v1/payments/payouts/{id}")).Body.GetProperty("items")[0].GetProperty("payout_item_id").GetString();
        var cancelled = await paypal.PostAsync($"/v1/payments/payouts-item/{item}/cancel", []);
        var again = await paypal.PostAsync($"/v1/payments/payouts-item/{item}/cancel", []);
        Assert.Equal((HttpStatusCode.Created, "USER_BUSINESS_ERROR"), (first.Status, second.Member("name")));
        Assert.EndsWith($"/v1/payments/payouts/{id}", second.Body.GetProperty("details")[0].GetProperty("link")[0].GetProperty("href").GetString(), StringComparison.Ordinal);
        Assert.Equal("RETURNED", cancelled.Member("transaction_status"));
        Assert.Equal("ITEM_ALREADY_CANCELLED", again.Member("name"));
    }

    [Fact]
    public async Task Both_providers_live_side_by_side_and_survive_a_kill()
    {
        var folder = Directory.CreateTempSubdirectory("florin-sandbox-");
        string id;
        await using (var first = await SandboxProcess.StartAsync("--data", folder.FullName))
        {
            await new StripeCaller(first).ChargeAsync("pm_card_visa", 1000);
            id = (await (await PayPalCaller.StartAsync(first)).PostAsync("/v2/checkout/orders", PayPalCaller.Order(), "kill-1")).Id;
            await first.KillAsync();
        }

        await using var second = await SandboxProcess.StartAsync("--data", folder.FullName);
        var paypal = await PayPalCaller.StartAsync(second);
        var again = await paypal.PostAsync("/v2/checkout/orders", PayPalCaller.Order(), "kill-1");
        Assert.Equal((HttpStatusCode.OK, id), (again.Status, again.Id));
        Assert.Single(await second.ObjectsAsync("payment_intent"));
        Assert.Empty(await second.ObjectsAsync("order"));
        Assert.Single(await second.PayPalObjectsAsync("order"));
        folder.Delete(recursive: true);
    }

    private async Task ApproveAsync(string what)
    {
        using var answer = await Sandbox.Http.PostAsync(new Uri($"/_sandbox/paypal/{what}/approve", UriKind.Relative), null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }
}
