using System.Net;
using System.Text.Json.Nodes;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Sandbox;

/// <summary>Each scripted failure does to the client, and to the provider's truth, what its name says.</summary>
public sealed class StripeFaults(SandboxFixture fixture) : IClassFixture<SandboxFixture>
{
    private readonly StripeCaller stripe = new(fixture.Sandbox);

    private SandboxProcess Sandbox => fixture.Sandbox;

    [Theory]
    [InlineData("timeout_after_effect", 1)]
    [InlineData("timeout_before_effect", 0)]
    public async Task A_timed_out_request_has_its_effect_or_not(string fault, int effects)
    {
        var before = (await Sandbox.ObjectsAsync("payout")).Count;
        await Sandbox.FaultAsync("payouts.create", fault);
        using var patience = new CancellationTokenSource();
        var key = $"key-{fault}";
        var request = SendPayoutAsync(key, patience.Token);
        await Sandbox.WhenFaultStruckAsync(fault);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);

        var replay = await stripe.PostWithKeyAsync(key, "/v1/payouts", ("amount", "1000"), ("currency", "usd"));
        Assert.Equal(effects == 1, replay.IsReplay);
        Assert.Equal(before + 1, (await Sandbox.ObjectsAsync("payout")).Count);
        await Sandbox.ClearFaultsAsync();
    }

    [Theory]
    [InlineData("connection_reset", 1)]
    [InlineData("connection_reset_before_effect", 0)]
    public async Task A_reset_connection_has_had_its_effect_or_not(string fault, int effects)
    {
        var before = (await Sandbox.ObjectsAsync("payout")).Count;
        await Sandbox.FaultAsync("payouts.create", fault);
        await Assert.ThrowsAsync<HttpRequestException>(() => SendPayoutAsync($"key-{fault}", CancellationToken.None));
        Assert.Equal(before + effects, (await Sandbox.ObjectsAsync("payout")).Count);
    }

    [Theory]
    [InlineData("error_500", 500, 0)]
    [InlineData("error_500_after_effect", 500, 1)]
    [InlineData("error_503", 503, 0)]
    [InlineData("error_429", 429, 0)]
    public async Task Server_errors_come_with_and_without_effect(string fault, int status, int effects)
    {
        var before = (await Sandbox.ObjectsAsync("payout")).Count;
        await Sandbox.FaultAsync("payouts.create", fault);
        Assert.Equal(status, (int)(await stripe.PayOutAsync("ba_000123456789")).Status);
        Assert.Equal(before + effects, (await Sandbox.ObjectsAsync("payout")).Count);
        Assert.Equal(HttpStatusCode.OK, (await stripe.PayOutAsync("ba_000123456789")).Status);
    }

    [Fact]
    public async Task Malformed_and_empty_answers_come_after_the_effect()
    {
        var before = (await Sandbox.ObjectsAsync("payout")).Count;
        await Sandbox.FaultAsync("payouts.create", "malformed_body");
        await Sandbox.FaultAsync("payouts.create", "empty_body");
        var malformed = await stripe.PayOutAsync("ba_000123456789");
        Assert.Equal(HttpStatusCode.OK, malformed.Status);
        Assert.ThrowsAny<System.Text.Json.JsonException>(() => malformed.Body);
        Assert.Equal(string.Empty, (await stripe.PayOutAsync("ba_000123456789")).Text);
        Assert.Equal(before + 2, (await Sandbox.ObjectsAsync("payout")).Count);
    }

    [Fact]
    public async Task A_new_object_is_not_found_for_a_while()
    {
        var old = await stripe.PayOutAsync("ba_000123456789");
        await Sandbox.AdvanceAsync(TimeSpan.FromSeconds(200));
        await Sandbox.FaultAsync("payouts.get", "not_found_for", 1, new JsonObject { ["seconds"] = 100 });
        await Sandbox.FaultAsync("payouts.list", "not_found_for", 1, new JsonObject { ["seconds"] = 100 });
        var young = await stripe.PayOutAsync("ba_000123456789");
        Assert.Equal(HttpStatusCode.NotFound, (await stripe.GetAsync($"/v1/payouts/{young.Id}")).Status);
        Assert.DoesNotContain(young.Id, (await stripe.GetAsync("/v1/payouts")).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await stripe.GetAsync($"/v1/payouts/{old.Id}")).Status);
        await Sandbox.AdvanceAsync(TimeSpan.FromSeconds(101));
        Assert.Equal(HttpStatusCode.OK, (await stripe.GetAsync($"/v1/payouts/{young.Id}")).Status);
        await Sandbox.ClearFaultsAsync();
    }

    [Fact]
    public async Task A_created_object_can_have_another_amount_than_was_asked_for()
    {
        await Sandbox.FaultAsync("payment_intents.create", "amount_mismatch", 1, new JsonObject { ["amount_delta"] = -1 });
        var paid = await stripe.ChargeAsync("pm_card_visa", 5000);
        Assert.Equal(4999, paid.Number("amount_received"));
        Assert.Equal(4999, (await stripe.GetAsync($"/v1/payment_intents/{paid.Id}")).Number("amount_received"));
    }

    [Fact]
    public async Task A_read_can_show_another_amount_than_is_there()
    {
        var paid = await stripe.ChargeAsync("pm_card_visa", 5000);
        await Sandbox.FaultAsync("payment_intents.get", "amount_mismatch", 1, new JsonObject { ["amount_delta"] = 7 });
        Assert.Equal(5007, (await stripe.GetAsync($"/v1/payment_intents/{paid.Id}")).Number("amount"));
        Assert.Equal(5000, (await stripe.GetAsync($"/v1/payment_intents/{paid.Id}")).Number("amount"));
    }

    [Fact]
    public async Task A_fault_strikes_its_operation_only_after_what_it_skips_and_as_often_as_it_counts()
    {
        await Sandbox.FaultAsync("customers.create", "error_500", 2, new JsonObject { ["skip"] = 1 });
        Assert.Equal(HttpStatusCode.OK, (await stripe.GetAsync("/v1/customers")).Status);
        int[] statuses = [.. (await Repeat(4)).Select(reply => (int)reply.Status)];
        Assert.Equal([200, 500, 500, 200], statuses);
    }

    [Theory]
    [InlineData("payouts.creat", "error_500")]
    [InlineData("payouts.create", "error_501")]
    public async Task A_misspelled_fault_is_refused(string operation, string fault) =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => Sandbox.FaultAsync(operation, fault));

    private async Task<IReadOnlyList<StripeReply>> Repeat(int times)
    {
        List<StripeReply> replies = [];
        for (var i = 0; i < times; i++)
        {
            replies.Add(await stripe.PostAsync("/v1/customers"));
        }

        return replies;
    }

    private async Task SendPayoutAsync(string key, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/stripe/v1/payouts", UriKind.Relative));
        request.Headers.Add("Idempotency-Key", key);
        request.Content = new FormUrlEncodedContent([KeyValuePair.Create("amount", "1000"), KeyValuePair.Create("currency", "usd")]);
        using var answer = await Sandbox.Http.SendAsync(request, cancellationToken);
    }
}
