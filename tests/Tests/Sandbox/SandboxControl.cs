using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Florin.Sandbox;
using Florin.Sandbox.Stripe;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Sandbox;

/// <summary>The control plane, the command line and the life of the process.</summary>
public sealed class SandboxControl(SandboxFixture fixture) : IClassFixture<SandboxFixture>
{
    [Fact]
    public async Task Totals_are_the_sums_of_what_the_provider_believes()
    {
        await using var sandbox = await SandboxProcess.StartAsync();
        var stripe = new StripeCaller(sandbox);
        await stripe.ChargeAsync("pm_card_visa", 1000, "a");
        await stripe.ChargeAsync("pm_card_visa", 2000, "b");
        await stripe.ChargeAsync("pm_card_chargeCustomerFail", 4000);
        await stripe.ChargeAsync("pm_usBankAccount", 8000);
        await stripe.PayOutAsync("ba_000123456789", 300);
        await stripe.PayOutAsync("ba_000111111116", 500);
        await sandbox.AdvanceAsync(TimeSpan.FromMinutes(1));
        var totals = JsonNode.Parse((await sandbox.TotalsAsync()).GetRawText())!;
        Assert.Equal("""{"usd":{"count":3,"amount":11000}}""", totals["charges"]!["succeeded"]!.ToJsonString());
        Assert.Equal("""{"usd":{"count":1,"amount":0}}""", totals["charges"]!["failed"]!.ToJsonString());
        Assert.Equal("""{"usd":{"count":1,"amount":300}}""", totals["payouts"]!["paid"]!.ToJsonString());
        Assert.Equal("""{"usd":{"count":1,"amount":500}}""", totals["payouts"]!["failed"]!.ToJsonString());
        Assert.Equal(2, totals["idempotency_keys"]!.GetValue<long>());
        Assert.Equal(4, totals["created"]!["payment_intent"]!.GetValue<long>());

        await sandbox.ResetAsync();
        Assert.Empty(await sandbox.ObjectsAsync("payment_intent"));
        Assert.Equal(HttpStatusCode.OK, (await stripe.ChargeAsync("pm_card_visa", 1000, "a")).Status);
    }

    [Fact]
    public async Task With_auto_advance_outcomes_happen_by_themselves()
    {
        await using var receiver = new WebhookReceiver();
        await using var sandbox = await SandboxProcess.StartAsync(
            "--auto-advance", "true", "--async-delay", "0", "--webhook-url", $"stripe={receiver.Url}", "--webhook-secret", "stripe=whsec_a");
        var payout = await new StripeCaller(sandbox).PayOutAsync("ba_000123456789");
        string? status;
        do
        {
            status = (await new StripeCaller(sandbox).GetAsync($"/v1/payouts/{payout.Id}")).Member("status");
        }
        while (status != "paid");

        await sandbox.WhenWebhooksAttemptedAsync();
        Assert.Equal(["payout.created", "payout.paid", "payout.updated"], receiver.Received.Select(webhook => webhook.Type).Order());
    }

    [Fact]
    public async Task The_process_ends_when_its_parent_does()
    {
        await using var sandbox = await SandboxProcess.StartAsync();
        Assert.Equal(0, await sandbox.LetGoAsync());
    }

    [Theory]
    [InlineData("/_sandbox/clock/advance", "{\"seconds\":-1}")]
    [InlineData("/_sandbox/clock/advance", "{\"seconds\":1.5}")]
    [InlineData("/_sandbox/clock/advance", "{}")]
    [InlineData("/_sandbox/clock/advance", "[]")]
    [InlineData("/_sandbox/clock/advance", "{")]
    [InlineData("/_sandbox/faults", "{\"fault\":7}")]
    [InlineData("/_sandbox/faults", "{\"fault\":\"slow\",\"delay_ms\":999999999}")]
    [InlineData("/_sandbox/faults", "{\"fault\":\"slow\",\"count\":\"many\"}")]
    [InlineData("/_sandbox/webhooks", "{\"url\":\"file:///etc\",\"secret\":\"s\"}")]
    [InlineData("/_sandbox/stripe/events/evt_none/resend", "")]
    [InlineData("/_sandbox/nothing", "")]
    public async Task Bad_control_requests_get_a_problem_document(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await fixture.Sandbox.Http.PostAsync(new Uri(path, UriKind.Relative), content, TestContext.Current.CancellationToken);
        Assert.InRange((int)answer.StatusCode, 400, 404);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("--urls")]
    [InlineData("--urls", "ftp://x")]
    [InlineData("--webhook-url", "http://x")]
    [InlineData("--async-delay", "-1")]
    [InlineData("--what", "1")]
    public void A_command_line_that_is_not_understood_says_so(params string[] arguments)
    {
        Assert.Null(SandboxOptions.Parse(arguments, out var problem));
        Assert.Contains(arguments[0], problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a=1&b[c]=2&b[d][e]=3", """{"a":"1","b":{"c":"2","d":{"e":"3"}}}""")]
    [InlineData("a[]=1&a[]=2", """{"a":["1","2"]}""")]
    [InlineData("a[0]=1&a[1]=2", """{"a":["1","2"]}""")]
    [InlineData("a[0][b]=1&a[0][c]=2&a[1][b]=3", """{"a":[{"b":"1","c":"2"},{"b":"3"}]}""")]
    [InlineData("a=x+y%26z&b", """{"a":"x y&z","b":""}""")]
    [InlineData("a=1&a=2", """{"a":"2"}""")]
    [InlineData("", "{}")]
    public void Forms_are_read_with_their_brackets(string form, string tree) =>
        Assert.Equal(tree, FormParser.Parse(form, out _)!.ToText());

    [Theory]
    [InlineData("a[b=1")]
    [InlineData("[a]=1")]
    [InlineData("=1")]
    [InlineData("a=1&a[b]=2")]
    [InlineData("a[]=1&a[b]=2")]
    [InlineData("a[b][c][d][e][f][g]=1")]
    public void Forms_that_contradict_themselves_are_refused(string form)
    {
        Assert.Null(FormParser.Parse(form, out var problem));
        Assert.NotNull(problem);
    }
}
