using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Florin.Client;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Client;

public sealed class WebhookVerifierTests
{
    // The published example of Standard Webhooks.
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const long Time = 1_614_265_330;
    private const string Signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    private static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"test": 2432232314}""");

    [Theory]
    [InlineData(0, WebhookCheck.Genuine)]
    [InlineData(300, WebhookCheck.Genuine)]
    [InlineData(-300, WebhookCheck.Genuine)]
    [InlineData(301, WebhookCheck.NotFresh)]
    [InlineData(-301, WebhookCheck.NotFresh)]
    public void The_published_example_is_genuine_while_it_is_fresh(int secondsLater, WebhookCheck expected) =>
        Assert.Equal(expected, Verifier(secondsLater, Secret).Check(Id, Text(Time), Signature, Body));

    [Fact]
    public void Any_byte_that_differs_is_noticed()
    {
        WebhookVerifier verifier = Verifier(0, Secret);
        Assert.Equal(WebhookCheck.NotGenuine, verifier.Check(Id + "x", Text(Time), Signature, Body));
        Assert.Equal(WebhookCheck.NotGenuine, verifier.Check(Id, Text(Time + 1), Signature, Body));
        Assert.Equal(WebhookCheck.NotGenuine, verifier.Check(Id, Text(Time), Signature.Replace("g0", "G0", StringComparison.Ordinal), Body));
        Assert.Equal(WebhookCheck.NotGenuine, verifier.Check(Id, Text(Time), Signature.Replace("v1,", "v1a,", StringComparison.Ordinal), Body));
        for (int index = 0; index < Body.Length; index++)
        {
            byte[] other = [.. Body];
            other[index] ^= 1;
            Assert.Equal(WebhookCheck.NotGenuine, verifier.Check(Id, Text(Time), Signature, other));
        }
    }

    [Theory]
    [InlineData(null, "1614265330", Signature)]
    [InlineData(Id, null, Signature)]
    [InlineData(Id, "1614265330", null)]
    [InlineData(Id, "now", Signature)]
    [InlineData(Id, "-1614265330", Signature)]
    [InlineData(Id, "99999999999999999999", Signature)]
    public void Headers_that_are_missing_or_malformed_are_told(string? id, string? time, string? signatures) =>
        Assert.Equal(WebhookCheck.Malformed, Verifier(0, Secret).Check(id, time, signatures, Body));

    [Fact]
    public void Old_and_new_secret_hold_while_a_secret_is_rotated()
    {
        string next = "whsec_" + Convert.ToBase64String(SHA256.HashData("another"u8));
        string byNext = "v1," + Convert.ToBase64String(HMACSHA256.HashData(SHA256.HashData("another"u8), (byte[])[.. Encoding.UTF8.GetBytes($"{Id}.{Time}."), .. Body]));
        Assert.Equal(WebhookCheck.Genuine, Verifier(0, next, Secret).Check(Id, Text(Time), Signature, Body));
        Assert.Equal(WebhookCheck.Genuine, Verifier(0, Secret).Check(Id, Text(Time), $"{byNext} v2,unknown {Signature}", Body));
        Assert.Equal(WebhookCheck.Genuine, Verifier(0, next, Secret).Check(Id, Text(Time), byNext, Body));
        Assert.Equal(WebhookCheck.NotGenuine, Verifier(0, next).Check(Id, Text(Time), Signature, Body));
    }

    [Theory]
    [InlineData("")]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("whsec_short")]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8=")]
    public void What_is_no_secret_is_refused(string secret) => Assert.Throws<ArgumentException>(() => new Florin.Client.WebhookVerifier([secret]));

    private static WebhookVerifier Verifier(int secondsLater, params string[] secrets) =>
        new(secrets, new ManualTimeProvider(DateTimeOffset.FromUnixTimeSeconds(Time + secondsLater)));

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
