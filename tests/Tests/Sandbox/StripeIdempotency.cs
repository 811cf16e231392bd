using System.Net;
using System.Text.Json.Nodes;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Sandbox;

/// <summary>Keys as docs.stripe.com/api/idempotent_requests has them.</summary>
public sealed class StripeIdempotency(SandboxFixture fixture) : IClassFixture<SandboxFixture>
{
    private static readonly (string, string)[] Payout = [("amount", "1000"), ("currency", "usd")];

    private readonly StripeCaller stripe = new(fixture.Sandbox);

    private SandboxProcess Sandbox => fixture.Sandbox;

    [Fact]
    public async Task Same_key_and_parameters_get_the_first_answer_and_do_nothing()
    {
        var first = await stripe.PostWithKeyAsync("same", "/v1/payouts", ("amount", "1000"), ("currency", "usd"), ("metadata[a]", "1"));
        var again = await stripe.PostWithKeyAsync("same", "/v1/payouts", ("metadata[a]", "1"), ("currency", "usd"), ("amount", "1000"));
        Assert.Equal(first.Text, again.Text);
        Assert.False(first.IsReplay);
        Assert.True(again.IsReplay);
        Assert.Equal("same", again.Headers["Idempotency-Key"]);
        Assert.Equal(first.Headers["Request-Id"], again.Headers["Original-Request"]);
        Assert.Single(await Sandbox.ObjectsAsync("payout"), payout => payout.GetProperty("id").GetString() == first.Id);
    }

    [Fact]
    public async Task Same_key_with_other_parameters_or_another_endpoint_is_refused()
    {
        await stripe.PostWithKeyAsync("other", "/v1/payouts", Payout);
        var changed = await stripe.PostWithKeyAsync("other", "/v1/payouts", ("amount", "1001"), ("currency", "usd"));
        var elsewhere = await stripe.PostWithKeyAsync("other", "/v1/customers");
        foreach (var reply in (StripeReply[])[changed, elsewhere])
        {
            Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
            Assert.Equal("idempotency_error", reply.Error("type"));
            Assert.Contains("'other'", reply.Error("message"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_key_is_in_use_while_its_first_request_runs()
    {
        await Sandbox.FaultAsync("payouts.create", "slow", 1, new JsonObject { ["delay_ms"] = 10_000 });
        var first = stripe.PostWithKeyAsync("busy", "/v1/payouts", Payout);
        await Sandbox.WhenFaultStruckAsync("slow");
        var second = await stripe.PostWithKeyAsync("busy", "/v1/payouts", Payout);
        Assert.Equal(HttpStatusCode.Conflict, second.Status);
        Assert.Equal("idempotency_key_in_use", second.Error("code"));
        Assert.Equal(HttpStatusCode.OK, (await first).Status);
        var replay = await stripe.PostWithKeyAsync("busy", "/v1/payouts", Payout);
        Assert.True(replay.IsReplay);
    }

    [Fact]
    public async Task A_server_error_is_remembered()
    {
        await Sandbox.FaultAsync("payouts.create", "error_500");
        var first = await stripe.PostWithKeyAsync("broken", "/v1/payouts", Payout);
        var again = await stripe.PostWithKeyAsync("broken", "/v1/payouts", Payout);
        Assert.Equal(HttpStatusCode.InternalServerError, first.Status);
        Assert.Equal(HttpStatusCode.InternalServerError, again.Status);
        Assert.True(again.IsReplay);
    }

    [Fact]
    public async Task A_decline_is_remembered_with_its_failed_objects()
    {
        var (customer, card) = await stripe.CustomerWithAsync("pm_card_chargeCustomerFail");
        (string, string)[] form =
            [("amount", "700"), ("currency", "usd"), ("customer", customer), ("payment_method", card), ("confirm", "true"), ("payment_method_types[]", "card")];
        var first = await stripe.PostWithKeyAsync("declined", "/v1/payment_intents", form);
        var again = await stripe.PostWithKeyAsync("declined", "/v1/payment_intents", form);
        Assert.Equal(402, (int)again.Status);
        Assert.Equal(first.Text, again.Text);
        Assert.Single((await stripe.GetAsync($"/v1/payment_intents?customer={customer}")).Body.GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task Validation_errors_and_rate_limits_and_bad_keys_leave_the_key_free()
    {
        Assert.Equal(HttpStatusCode.BadRequest, (await stripe.PostWithKeyAsync("free", "/v1/payouts", ("amount", "x"), ("currency", "usd"))).Status);
        await Sandbox.FaultAsync("payouts.create", "error_429");
        var limited = await stripe.PostWithKeyAsync("free", "/v1/payouts", Payout);
        Assert.Equal(HttpStatusCode.TooManyRequests, limited.Status);
        Assert.Equal("rate_limit", limited.Error("code"));
        await Sandbox.FaultAsync("payouts.create", "error_503");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await stripe.PostWithKeyAsync("free", "/v1/payouts", Payout)).Status);
        var done = await stripe.PostWithKeyAsync("free", "/v1/payouts", Payout);
        Assert.Equal(HttpStatusCode.OK, done.Status);
        Assert.False(done.IsReplay);
    }

    [Fact]
    public async Task A_refusal_of_an_executed_request_is_remembered()
    {
        (string, string)[] form = [("amount", "1000"), ("currency", "usd"), ("destination", "ba_unknown")];
        Assert.Equal(HttpStatusCode.NotFound, (await stripe.PostWithKeyAsync("refused", "/v1/payouts", form)).Status);
        Assert.True((await stripe.PostWithKeyAsync("refused", "/v1/payouts", form)).IsReplay);
    }

    [Fact]
    public async Task A_key_is_forgotten_after_a_day()
    {
        var first = await stripe.PostWithKeyAsync("old", "/v1/payouts", Payout);
        await Sandbox.AdvanceAsync(TimeSpan.FromHours(25));
        var anew = await stripe.PostWithKeyAsync("old", "/v1/payouts", Payout);
        Assert.NotEqual(first.Id, anew.Id);
        Assert.False(anew.IsReplay);
    }

    [Fact]
    public async Task Keys_have_no_effect_on_reads()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/stripe/v1/balance", UriKind.Relative));
        request.Headers.Add("Idempotency-Key", "same-read");
        using var answer = await Sandbox.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await stripe.PostWithKeyAsync("same-read", "/v1/payouts", Payout)).Status);
    }

    [Fact]
    public async Task Fifty_concurrent_requests_with_one_key_make_one_object()
    {
        var before = (await Sandbox.ObjectsAsync("payout")).Count;
        var replies = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => stripe.PostWithKeyAsync("race", "/v1/payouts", Payout)));
        Assert.Equal(before + 1, (await Sandbox.ObjectsAsync("payout")).Count);
        Assert.Single(replies.Where(reply => reply.Status == HttpStatusCode.OK).Select(reply => reply.Id).Distinct());
        Assert.All(replies, reply => Assert.True(reply.Status is HttpStatusCode.OK or HttpStatusCode.Conflict));
    }
}
