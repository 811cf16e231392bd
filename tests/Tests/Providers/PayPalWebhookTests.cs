using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Florin.Providers;
using Florin.Tests.Sandbox;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Florin.Tests.Providers;

/// <summary>The connector as the receiver of what the sandbox's PayPal signs and sends.</summary>
public sealed class PayPalWebhookTests(SandboxFixture sandbox) : PayPalSandboxCase(sandbox)
{
    private const string Completed = "PAYMENT.CAPTURE.COMPLETED";

    [Theory]
    [Fault("W-07")]
    [Fault("W-08")]
    [InlineData(null, 1)]
    [InlineData("bad_signature_webhook", 0)]
    [InlineData("old_timestamp_webhook", 0)]
    [InlineData("duplicate_webhook", 2)]
    [InlineData("drop_webhook", 0)]
    public async Task Webhook_of_the_provider_is_believed_only_when_genuine_and_fresh(string? fault, int believed)
    {
        List<Sent> sent = await ReceiveAsync(fault);
        List<WebhookVerification> verified = [];
        foreach (Sent webhook in sent)
        {
            verified.Add(await VerifyAsync(webhook));
        }

        List<ProviderEvent> events = [.. verified.OfType<WebhookVerification.Valid>().Select(item => item.Event).Where(item => item.Type == Completed)];
        Assert.Equal(believed, events.Count);
        Assert.Equal(fault is "bad_signature_webhook" or "old_timestamp_webhook" ? 1 : 0, verified.OfType<WebhookVerification.Invalid>().Count());
        Assert.True(events.Select(item => item.Id).Distinct().Count() <= 1);
        string capture = (await ObjectsAsync("capture"))[0].GetProperty("id").GetString()!;
        Assert.All(events, item => Assert.Equal((capture, false), (item.ObjectId, item.IsLive)));
        Assert.All(events, item => Assert.StartsWith("flow-", item.OurReference, StringComparison.Ordinal));
    }

    [Fact]
    [Fault("W-07")]
    public async Task Any_other_byte_or_header_is_refused()
    {
        Sent genuine = (await ReceiveAsync(null)).First(webhook => webhook.Type == Completed);
        byte[] altered = [.. genuine.Body];
        for (int index = 0; index < altered.Length; index += 7)
        {
            altered[index] ^= 1;
            Assert.IsType<WebhookVerification.Invalid>(await VerifyAsync(genuine with { Body = altered }));
            altered[index] ^= 1;
        }

        foreach (string name in genuine.Headers.Keys)
        {
            Assert.IsType<WebhookVerification.Invalid>(await VerifyAsync(genuine.With(name, null)));
            Assert.IsType<WebhookVerification.Invalid>(await VerifyAsync(genuine.With(name, string.Empty)));
            Assert.IsType<WebhookVerification.Invalid>(await VerifyAsync(genuine.With(name, genuine.Headers[name] + (name.EndsWith("URL", StringComparison.OrdinalIgnoreCase) ? "/x" : "x"))));
        }

        Assert.IsType<WebhookVerification.Valid>(await VerifyAsync(genuine));
        Assert.IsType<WebhookVerification.Valid>(await VerifyAsync(genuine with { Body = altered }));
    }

    [Fact]
    [Fault("W-08")]
    public async Task Genuine_webhook_is_refused_when_it_is_older_than_the_provider_tries()
    {
        Sent genuine = (await ReceiveAsync(null))[0];
        PayPal.Clock.Advance(TimeSpan.FromDays(3) - TimeSpan.FromMinutes(2));
        Assert.IsType<WebhookVerification.Valid>(await VerifyAsync(genuine));
        PayPal.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.IsType<WebhookVerification.Invalid>(await VerifyAsync(genuine));
    }

    [Theory]
    [Fault("W-07")]
    [InlineData("https://api.paypal.com/v1/notifications/certs/CERT-1")]
    [InlineData("https://evil.example/paypal/v1/notifications/certs/CERT-1")]
    [InlineData("{base}@evil.example/paypal/v1/notifications/certs/CERT-1")]
    [InlineData("{base}/paypal/v1/notifications/certs/../../../_sandbox/paypal/authority.pem")]
    [InlineData("{base}/paypal/v1/notifications/certs/CERT-1?x=1")]
    [InlineData("{base}/paypal/v1/notifications/certs/")]
    [InlineData("{base}/elsewhere/CERT-1")]
    [InlineData("file:///etc/hostname")]
    [InlineData("not an address")]
    public async Task Certificate_of_another_host_or_path_is_never_asked_for(string address)
    {
        Sent genuine = (await ReceiveAsync(null))[0];
        string url = address.Replace("{base}", Process.Url.ToString().TrimEnd('/'), StringComparison.Ordinal);
        WebhookVerification verification = await VerifyAsync(genuine.With("PAYPAL-CERT-URL", url));

        Assert.Contains("address", Assert.IsType<WebhookVerification.Invalid>(verification).Reason + (url.Contains(' ', StringComparison.Ordinal) ? "address" : ""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificate_that_cannot_be_fetched_is_no_verdict()
    {
        Sent genuine = (await ReceiveAsync(null))[0];
        await using PayPalUnderTest other = new(StripeServer.ClosedAddress(), now: TimeProvider.System.GetUtcNow());
        await using StripeServer broken = await StripeServer.StartAsync(500, "no");
        await using PayPalUnderTest third = new(broken.ApiBase, now: TimeProvider.System.GetUtcNow());

        Assert.IsType<WebhookVerification.Unavailable>(await VerifyAsync(
            genuine.With("PAYPAL-CERT-URL", $"{broken.ApiBase}/v1/notifications/certs/CERT-1"), third.Webhooks));
        Assert.IsType<WebhookVerification.Invalid>(await VerifyAsync(genuine, other.Webhooks));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Provider_itself_says_the_same_of_a_signature(bool isGenuine)
    {
        Sent genuine = (await ReceiveAsync(null))[0];
        PayPalCaller caller = await PayPalCaller.StartAsync(Process);
        string text = Encoding.UTF8.GetString(genuine.Body);
        JsonObject asked = new()
        {
            ["auth_algo"] = genuine.Headers["PAYPAL-AUTH-ALGO"],
            ["cert_url"] = genuine.Headers["PAYPAL-CERT-URL"],
            ["transmission_id"] = genuine.Headers["PAYPAL-TRANSMISSION-ID"],
            ["transmission_sig"] = genuine.Headers["PAYPAL-TRANSMISSION-SIG"],
            ["transmission_time"] = genuine.Headers["PAYPAL-TRANSMISSION-TIME"],
            ["webhook_id"] = PayPalUnderTest.WebhookId,
        };
        string body = $"{asked.ToJsonString()[..^1]},\"webhook_event\":{(isGenuine ? text : text.Replace("10.50", "99.50", StringComparison.Ordinal))}}}";
        PayPalReply reply = await caller.SendAsync(HttpMethod.Post, "/v1/notifications/verify-webhook-signature", body, []);

        Assert.Equal((HttpStatusCode.OK, isGenuine ? "SUCCESS" : "FAILURE"), (reply.Status, reply.Member("verification_status")));
    }

    [Fact]
    public async Task Webhooks_can_come_late_and_in_another_order()
    {
        List<Sent> late = await ReceiveAsync("late_webhook");
        Assert.DoesNotContain(late, webhook => webhook.Type == Completed);
        List<Sent> other = await ReceiveAsync("out_of_order");
        Assert.Equal(Completed, other[^1].Type);
    }

    private async Task<List<Sent>> ReceiveAsync(string? fault)
    {
        List<Sent> sent = [];
        await using StripeServer receiver = await StripeServer.StartAsync((seen, context) =>
        {
            lock (sent)
            {
                sent.Add(Sent.Of(seen.Body, context.Request.Headers));
            }

            return Task.CompletedTask;
        });
        await Process.SetPayPalWebhookAsync(receiver.ApiBase.AbsoluteUri, PayPalUnderTest.WebhookId);
        if (fault is not null)
        {
            await FaultAsync("webhook", fault, more: new JsonObject { ["event_type"] = Completed });
        }

        await ChargedAsync();
        await Process.WhenWebhooksAttemptedAsync();
        return sent;
    }

    private Task<WebhookVerification> VerifyAsync(Sent webhook) => VerifyAsync(webhook, PayPal.Webhooks);

    private static async Task<WebhookVerification> VerifyAsync(Sent webhook, IWebhookVerifier verifier)
        => await verifier.VerifyAsync(webhook.Body, name => webhook.Headers.GetValueOrDefault(name), Token);

    private sealed record Sent(byte[] Body, Dictionary<string, string> Headers)
    {
        public string Type => JsonNode.Parse(Body)!["event_type"]!.GetValue<string>();

        public static Sent Of(string body, IHeaderDictionary headers) => new(
            Encoding.UTF8.GetBytes(body),
            headers.Where(header => header.Key.StartsWith("PAYPAL-", StringComparison.OrdinalIgnoreCase))
                .ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase));

        public Sent With(string name, string? value)
        {
            Dictionary<string, string> headers = new(Headers, StringComparer.OrdinalIgnoreCase);
            headers.Remove(name);
            if (value is not null)
            {
                headers[name] = value;
            }

            return this with { Headers = headers };
        }
    }
}
