using System.Text;
using Florin.Tests.Architecture;
using Xunit;

namespace Florin.Tests.Events;

/// <summary>The receiver that the docs tell integrators to copy.</summary>
public sealed class WebhookVerifierTests
{
    // Source: Standard Webhooks, libraries/go/webhook_symmetric_test.go.
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const string Time = "1614265330";
    private const string Body = """{"test": 2432232314}""";
    private const string Signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    [Theory]
    [InlineData(Id, Time, Body, Signature, 0, true)]
    [InlineData(Id, Time, Body, "v1,AAAA v1a,BBBB " + Signature, 0, true)]
    [InlineData(Id, Time, Body, Signature, 300, true)]
    [InlineData(Id, Time, Body, Signature, 301, false)]
    [InlineData(Id, Time, Body, Signature, -301, false)]
    [InlineData(Id, "1614265331", Body, Signature, 0, false)]
    [InlineData(Id, "soon", Body, Signature, 0, false)]
    [InlineData("msg_other", Time, Body, Signature, 0, false)]
    [InlineData(Id, Time, """{"test": 2432232315}""", Signature, 0, false)]
    [InlineData(Id, Time, Body, "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", 0, false)]
    [InlineData(Id, Time, Body, "", 0, false)]
    public void Only_a_fresh_and_untouched_webhook_is_genuine(
        string id, string timestamp, string body, string signatures, int secondsLater, bool isGenuine) =>
        Assert.Equal(isGenuine, WebhookVerifier.IsGenuine(
            Secret, id, timestamp, signatures, Encoding.UTF8.GetBytes(body), DateTimeOffset.FromUnixTimeSeconds(1_614_265_330 + secondsLater)));

    [Fact]
    public async Task It_takes_what_is_really_sent()
    {
        await using EventReceiver receiver = new();
        await using EventBench bench = await EventBench.CreateAsync();
        (_, string secret) = await bench.SubscribeAsync(receiver.Url);
        await bench.OpenAsync();
        await bench.NumberAsync();
        await bench.DeliverAsync();
        ReceivedEvent got = Assert.Single(receiver.Received);
        Assert.True(WebhookVerifier.IsGenuine(secret, got.Id, got.Timestamp, got.Signature, got.Body, bench.Clock.GetUtcNow()));
        Assert.False(WebhookVerifier.IsGenuine(Secret, got.Id, got.Timestamp, got.Signature, got.Body, bench.Clock.GetUtcNow()));
    }

    [Fact]
    public void The_docs_show_this_very_code()
    {
        string source = File.ReadAllText(Path.Combine(Repository.Root, "tests", "Tests", "Events", "WebhookVerifier.cs"));
        string code = source[source.IndexOf("public static class", StringComparison.Ordinal)..];
        Assert.Contains(code, File.ReadAllText(Path.Combine(Repository.Root, "docs", "integrating", "events.md")), StringComparison.Ordinal);
    }
}
