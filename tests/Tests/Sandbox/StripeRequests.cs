using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Sandbox;

/// <summary>Keys, forms, lists, amounts: what every operation has in common.</summary>
public sealed class StripeRequests(SandboxFixture fixture) : IClassFixture<SandboxFixture>
{
    private readonly StripeCaller stripe = new(fixture.Sandbox);

    [Theory]
    [InlineData(null, 401)]
    [InlineData("Bearer sk_live_x", 401)]
    [InlineData("Bearer pk_test_x", 401)]
    [InlineData("Basic not-base64", 401)]
    [InlineData("Bearer sk_test_x", 200)]
    [InlineData("Basic c2tfdGVzdF94Og==", 200)]
    public async Task Only_a_test_key_is_taken(string? authorization, int status)
    {
        using var http = new HttpClient { BaseAddress = fixture.Sandbox.Url };
        http.DefaultRequestHeaders.Authorization = authorization is null ? null : AuthenticationHeaderValue.Parse(authorization);
        using var answer = await http.GetAsync(new Uri("/stripe/v1/balance", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.StartsWith("req_", answer.Headers.GetValues("Request-Id").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_key_of_the_command_line_is_the_only_one()
    {
        await using var strict = await SandboxProcess.StartAsync("--secret-key", "sk_test_only");
        Assert.Equal(HttpStatusCode.Unauthorized, (await new StripeCaller(strict).GetAsync("/v1/balance")).Status);
    }

    [Theory]
    [InlineData("surprise", "1", "parameter_unknown")]
    [InlineData("metadata", "text", null)]
    [InlineData("invoice_settings[x]", "1", "parameter_unknown")]
    [InlineData("a[", "1", null)]
    [InlineData("name[first]", "1", "parameter_unknown")]
    public async Task Unknown_and_malformed_parameters_are_refused(string name, string value, string? code)
    {
        var reply = await stripe.PostAsync("/v1/customers", (name, value));
        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal("invalid_request_error", reply.Error("type"));
        Assert.Equal(code, reply.Error("code"));
    }

    [Theory]
    [InlineData("usd", "49", "amount_too_small")]
    [InlineData("usd", "0", "parameter_invalid_integer")]
    [InlineData("usd", "-5", "parameter_invalid_integer")]
    [InlineData("usd", "10.5", "parameter_invalid_integer")]
    [InlineData("usd", "99999999999999999999", "parameter_invalid_integer")]
    [InlineData("usd", "100000000", "amount_too_large")]
    [InlineData("usd", "", "parameter_missing")]
    [InlineData("xxx", "500", null)]
    [InlineData("jpy", "49", "amount_too_small")]
    [InlineData("kwd", "1001", "parameter_invalid_integer")]
    [InlineData("isk", "1050", "parameter_invalid_integer")]
    public async Task Amounts_out_of_range_are_refused(string currency, string amount, string? code)
    {
        var reply = await stripe.PostAsync("/v1/payment_intents", ("amount", amount), ("currency", currency));
        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal(code, reply.Error("code"));
    }

    [Theory]
    [InlineData("usd", "50")]
    [InlineData("USD", "99999999")]
    [InlineData("jpy", "50")]
    [InlineData("kwd", "1000")]
    public async Task Amounts_at_the_limits_are_taken(string currency, string amount)
    {
        var intent = await stripe.PostAsync("/v1/payment_intents", ("amount", amount), ("currency", currency));
        Assert.Equal("requires_payment_method", intent.Member("status"));
        Assert.Equal(currency.ToLowerInvariant(), intent.Member("currency"));
    }

    [Fact]
    public async Task Metadata_is_kept_changed_and_removed()
    {
        var customer = await stripe.PostAsync("/v1/customers", ("metadata[a]", "1"), ("metadata[b]", "2"));
        var changed = await stripe.PostAsync($"/v1/customers/{customer.Id}", ("metadata[a]", ""), ("metadata[c]", "ä&=[]+ "));
        Assert.Equal("""{"b":"2","c":"ä&=[]+ "}""", changed.Body.GetProperty("metadata").GetRawText());
        var intent = await stripe.ChargeAsync("pm_card_visa", 5000, null, ("metadata[flow]", "f1"));
        Assert.Equal("f1", (await stripe.GetAsync($"/v1/payment_intents/{intent.Id}")).Body.GetProperty("metadata").GetProperty("flow").GetString());
        var charge = await stripe.GetAsync($"/v1/charges/{intent.Member("latest_charge")}");
        Assert.Equal("f1", charge.Body.GetProperty("metadata").GetProperty("flow").GetString());
    }

    [Fact]
    public async Task Lists_page_in_both_directions_without_loss_or_repetition()
    {
        var customer = (await stripe.PostAsync("/v1/customers")).Id;
        List<string> made = [];
        for (var i = 0; i < 7; i++)
        {
            made.Insert(0, (await stripe.PostAsync("/v1/payment_intents", ("amount", "500"), ("currency", "usd"), ("customer", customer))).Id);
        }

        var path = $"/v1/payment_intents?customer={customer}&limit=3";
        var first = await stripe.GetAsync(path);
        var second = await stripe.GetAsync($"{path}&starting_after={IdsOf(first)[^1]}");
        var third = await stripe.GetAsync($"{path}&starting_after={IdsOf(second)[^1]}");
        Assert.Equal(made, [.. IdsOf(first), .. IdsOf(second), .. IdsOf(third)]);
        Assert.Equal([true, true, false], new[] { first, second, third }.Select(page => page.Body.GetProperty("has_more").GetBoolean()));

        var back = await stripe.GetAsync($"{path}&ending_before={IdsOf(third)[0]}");
        Assert.Equal(IdsOf(second), IdsOf(back));
        Assert.True(back.Body.GetProperty("has_more").GetBoolean());
        Assert.Equal(IdsOf(first), IdsOf(await stripe.GetAsync($"{path}&ending_before={IdsOf(second)[0]}")));
        Assert.Empty(IdsOf(await stripe.GetAsync($"{path}&ending_before={made[0]}")));
    }

    [Fact]
    public async Task Lists_can_be_narrowed_by_time()
    {
        var customer = (await stripe.PostAsync("/v1/customers")).Id;
        var old = await stripe.PostAsync("/v1/payment_intents", ("amount", "500"), ("currency", "usd"), ("customer", customer));
        await fixture.Sandbox.AdvanceAsync(TimeSpan.FromSeconds(100));
        var young = await stripe.PostAsync("/v1/payment_intents", ("amount", "500"), ("currency", "usd"), ("customer", customer));
        var at = young.Number("created");
        Assert.Equal([young.Id], IdsOf(await stripe.GetAsync($"/v1/payment_intents?customer={customer}&created[gte]={at}")));
        Assert.Equal([old.Id], IdsOf(await stripe.GetAsync($"/v1/payment_intents?customer={customer}&created[lt]={at}")));
        Assert.Equal([old.Id], IdsOf(await stripe.GetAsync($"/v1/payment_intents?customer={customer}&created={old.Number("created")}")));
        Assert.Empty(IdsOf(await stripe.GetAsync($"/v1/payment_intents?customer={customer}&created[gt]={at}")));
    }

    [Fact]
    public async Task Events_can_be_pulled_oldest_first_from_a_cursor()
    {
        var customer = await stripe.PostAsync("/v1/customers");
        var cursor = IdsOf(await stripe.GetAsync("/v1/events?limit=1"))[0];
        await stripe.PostAsync($"/v1/customers/{customer.Id}", ("name", "A"));
        await stripe.DeleteAsync($"/v1/customers/{customer.Id}");
        var types = (await stripe.GetAsync($"/v1/events?ending_before={cursor}")).Body.GetProperty("data").EnumerateArray()
            .Select(told => told.GetProperty("type").GetString());
        Assert.Equal(["customer.deleted", "customer.updated"], types);
        var filtered = await stripe.GetAsync($"/v1/events?ending_before={cursor}&types[]=customer.updated&types[]=payout.paid");
        Assert.Equal("customer.updated", filtered.Body.GetProperty("data")[0].GetProperty("type").GetString());
    }

    [Fact]
    public async Task Ids_can_be_expanded_to_their_objects()
    {
        var intent = await stripe.ChargeAsync("pm_card_visa", 5000, null, ("expand[]", "latest_charge.balance_transaction"), ("expand[]", "customer"));
        Assert.Equal(5000, intent.Body.GetProperty("latest_charge").GetProperty("balance_transaction").GetProperty("amount").GetInt64());
        Assert.Equal("customer", intent.Body.GetProperty("customer").GetProperty("object").GetString());
        var refused = await stripe.GetAsync($"/v1/payment_intents/{intent.Id}?expand[]=nothing");
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
    }

    [Fact]
    public async Task Partial_captures_and_refunds_stay_within_the_charge()
    {
        var held = await stripe.ChargeAsync("pm_card_visa", 5000, null, ("capture_method", "manual"));
        Assert.Equal("requires_capture", held.Member("status"));
        Assert.Equal(HttpStatusCode.BadRequest, (await stripe.PostAsync($"/v1/payment_intents/{held.Id}/capture", ("amount_to_capture", "5001"))).Status);
        var captured = await stripe.PostAsync($"/v1/payment_intents/{held.Id}/capture", ("amount_to_capture", "3000"));
        Assert.Equal(3000, captured.Number("amount_received"));
        Assert.Equal("payment_intent_unexpected_state", (await stripe.PostAsync($"/v1/payment_intents/{held.Id}/capture")).Error("code"));
        Assert.Equal(HttpStatusCode.BadRequest, (await stripe.PostAsync("/v1/refunds", ("payment_intent", held.Id), ("amount", "3001"))).Status);
        Assert.Equal(1000, (await stripe.PostAsync("/v1/refunds", ("payment_intent", held.Id), ("amount", "1000"))).Number("amount"));
        Assert.Equal(2000, (await stripe.PostAsync("/v1/refunds", ("payment_intent", held.Id))).Number("amount"));
        Assert.Equal("charge_already_refunded", (await stripe.PostAsync("/v1/refunds", ("payment_intent", held.Id))).Error("code"));
    }

    [Fact]
    public async Task An_authorization_that_nobody_captures_expires()
    {
        var held = await stripe.ChargeAsync("pm_card_visa", 5000, null, ("capture_method", "manual"));
        await fixture.Sandbox.AdvanceAsync(TimeSpan.FromDays(8));
        var expired = await stripe.GetAsync($"/v1/payment_intents/{held.Id}");
        Assert.Equal("canceled", expired.Member("status"));
        Assert.Equal("automatic", expired.Member("cancellation_reason"));
    }

    [Fact]
    public async Task What_the_real_service_would_refuse_is_refused()
    {
        var (customer, bank) = await stripe.CustomerWithAsync("pm_usBankAccount");
        var noMandate = await stripe.PostAsync(
            "/v1/payment_intents", ("amount", "5000"), ("currency", "usd"), ("customer", customer), ("payment_method", bank), ("confirm", "true"),
            ("payment_method_types[]", "us_bank_account"));
        Assert.Equal("mandate_data", noMandate.Error("param"));
        var noReturn = await stripe.PostAsync(
            "/v1/payment_intents", ("amount", "5000"), ("currency", "usd"), ("payment_method", "pm_card_visa"), ("confirm", "true"));
        Assert.Equal("return_url", noReturn.Error("param"));
        var foreign = await stripe.PostAsync("/v1/payment_intents", ("amount", "5000"), ("currency", "usd"), ("payment_method", bank));
        Assert.Equal("payment_method", foreign.Error("param"));
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused_and_the_connection_lives()
    {
        var reply = await stripe.PostAsync("/v1/customers", ("description", new string('x', 5001)));
        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        using var content = new StringContent($"description={new string('x', 1024 * 1024)}", Encoding.UTF8, "application/x-www-form-urlencoded");
        using var answer = await fixture.Sandbox.Http.PostAsync(new Uri("/stripe/v1/customers", UriKind.Relative), content, TestContext.Current.CancellationToken);
        Assert.InRange((int)answer.StatusCode, 400, 413);
        Assert.Equal(HttpStatusCode.OK, (await stripe.GetAsync("/v1/balance")).Status);
    }

    private static IReadOnlyList<string> IdsOf(StripeReply list) =>
        [.. list.Body.GetProperty("data").EnumerateArray().Select(item => item.GetProperty("id").GetString()!)];
}
