using System.Text;
using Florin.Providers;
using Xunit;

namespace Florin.Tests.Providers;

/// <summary>
/// Signatures computed outside of .NET: <c>printf '%s.%s' "$t" "$body" | openssl dgst -sha256 -hmac "$secret"</c>, with the two secrets of
/// <see cref="StripeUnderTest"/> and the body and time below.
/// </summary>
public sealed class StripeWebhookTests
{
    private const long SignedAt = 1767323045; // 2026-01-02T03:04:05Z, where the manual clock starts.

    private const string Body =
        """{"id":"evt_1","object":"event","api_version":"2023-08-16","created":1767323040,"data":{"object":{"id":"pi_1","object":"payment_intent","metadata":{"florin_reference":"flow-1"}}},"livemode":false,"type":"payment_intent.succeeded"}""";

    private const string Signature = "9391c20ccf924f48088324fc75bdf1638b56e3034be7ca16634ebc3a91c28c46";
    private const string OtherSignature = "4b88e57366148cf4e7cf5e3aa9e0dae726b39f82336bf279265618b1821dc4ae";

    [Fact]
    public async Task Genuine_event_is_read()
    {
        ProviderEvent read = Assert.IsType<WebhookVerification.Valid>(await VerifyAsync($"t={SignedAt},v1={Signature}")).Event;

        Assert.Equal("evt_1", read.Id);
        Assert.Equal("payment_intent.succeeded", read.Type);
        Assert.Equal("pi_1", read.ObjectId);
        Assert.Equal("flow-1", read.OurReference);
        Assert.False(read.IsLive);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1767323040), read.CreatedAt);
        Assert.Equal(Body, read.Body);
    }

    [Fact]
    public async Task Every_altered_byte_is_noticed()
    {
        await using StripeUnderTest stripe = new(StripeServer.ClosedAddress());
        byte[] body = Encoding.UTF8.GetBytes(Body);
        for (int index = 0; index < body.Length; index++)
        {
            body[index] ^= 1;
            Assert.IsType<WebhookVerification.Invalid>(stripe.Provider.VerifyWebhook(body, $"t={SignedAt},v1={Signature}"));
            body[index] ^= 1;
        }

        Assert.IsType<WebhookVerification.Invalid>(stripe.Provider.VerifyWebhook(body.AsMemory(0, body.Length - 1), $"t={SignedAt},v1={Signature}"));
        Assert.IsType<WebhookVerification.Valid>(stripe.Provider.VerifyWebhook(body, $"t={SignedAt},v1={Signature}"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("t=1767323045")]
    [InlineData("v1=@")]
    [InlineData("t=,v1=@")]
    [InlineData("t=1767323046,v1=@")]
    [InlineData("t=01767323045,v1=@")]
    [InlineData("t=1767323045,t=1767323045,v1=@")]
    [InlineData("t=1767323045,v0=@")]
    [InlineData("t=1767323045,v1=")]
    [InlineData("t=1767323045,v1=zz")]
    [InlineData("t=-1767323045,v1=@")]
    [InlineData("t=99999999999999999999,v1=@")]
    [InlineData("t=1767323045,v1")]
    [InlineData(",,,")]
    public async Task Header_that_does_not_prove_anything_is_invalid(string? header)
    {
        Assert.IsType<WebhookVerification.Invalid>(await VerifyAsync(header?.Replace("@", Signature, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Other_schemes_and_wrong_signatures_beside_the_right_one_do_no_harm()
    {
        Assert.IsType<WebhookVerification.Valid>(await VerifyAsync($"t={SignedAt},v0=abc,v1={new string('0', 64)},v1=junk,v1={Signature}"));
    }

    [Fact]
    [Fault("W-09")]
    public async Task Both_secrets_are_taken_while_one_replaces_the_other()
    {
        string[] both = [StripeUnderTest.OtherSecret, StripeUnderTest.Secret];

        Assert.IsType<WebhookVerification.Valid>(await VerifyAsync($"t={SignedAt},v1={Signature}", both));
        Assert.IsType<WebhookVerification.Valid>(await VerifyAsync($"t={SignedAt},v1={OtherSignature}", both));
        Assert.IsType<WebhookVerification.Valid>(await VerifyAsync($"t={SignedAt},v1={OtherSignature},v1={Signature}", both));
        Assert.IsType<WebhookVerification.Invalid>(await VerifyAsync($"t={SignedAt},v1={OtherSignature}", [StripeUnderTest.Secret]));
    }

    [Theory]
    [InlineData(300, true)]
    [InlineData(301, false)]
    [InlineData(6 * 60 * 60, false)]
    [Fault("W-08")]
    public async Task Event_signed_too_long_ago_is_refused(int secondsLater, bool isValid)
    {
        Assert.Equal(isValid, await VerifyAsync($"t={SignedAt},v1={Signature}", later: TimeSpan.FromSeconds(secondsLater)) is WebhookVerification.Valid);
    }

    [Theory]
    [InlineData(300, true)]
    [InlineData(301, false)]
    public async Task Event_signed_in_the_future_is_refused(int ahead, bool isValid)
    {
        await using StripeUnderTest stripe = new(StripeServer.ClosedAddress());
        long signedAt = SignedAt + ahead;

        Assert.Equal(isValid, stripe.Provider.VerifyWebhook(Encoding.UTF8.GetBytes(Body), SignedHeader(Body, signedAt)) is WebhookVerification.Valid);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"id":"evt_1","object":"event","type":"x","livemode":false,"created":1}""")]
    [InlineData("""{"id":"evt_1","object":"event","type":"x","livemode":false,"created":-1,"data":{"object":{}}}""")]
    [InlineData("""{"id":"evt_1","object":"event","type":"x","livemode":false,"created":9223372036854775807,"data":{"object":{}}}""")]
    [InlineData("""{"id":"evt_1","object":"event","type":"x","livemode":true,"created":1,"data":{"object":{"id":"pi_1"}}}""")]
    [InlineData("""{"id":"\ud800","object":"event","type":"x","livemode":false,"created":1,"data":{"object":{}}}""")]
    public async Task Signed_body_that_is_no_event_of_ours_is_unusable(string body)
    {
        await using StripeUnderTest stripe = new(StripeServer.ClosedAddress());

        Assert.IsType<WebhookVerification.Unusable>(stripe.Provider.VerifyWebhook(Encoding.UTF8.GetBytes(body), SignedHeader(body, SignedAt)));
    }

    [Fact]
    public async Task Event_of_an_unknown_type_with_unknown_fields_is_read()
    {
        const string body = """{"id":"evt_2","object":"event","type":"balance.reshaped","livemode":false,"created":1,"data":{"object":{"object":"balance","new":[1]}},"x":{}}""";
        await using StripeUnderTest stripe = new(StripeServer.ClosedAddress());

        ProviderEvent read = Assert.IsType<WebhookVerification.Valid>(
            stripe.Provider.VerifyWebhook(Encoding.UTF8.GetBytes(body), SignedHeader(body, SignedAt))).Event;

        Assert.Equal("balance.reshaped", read.Type);
        Assert.Equal(string.Empty, read.ObjectId);
        Assert.Null(read.OurReference);
    }

    private static async Task<WebhookVerification> VerifyAsync(string? header, string[]? secrets = null, TimeSpan later = default)
    {
        await using StripeUnderTest stripe = new(StripeServer.ClosedAddress(), secrets: secrets);
        stripe.Clock.Advance(later);
        return stripe.Provider.VerifyWebhook(Encoding.UTF8.GetBytes(Body), header);
    }

    private static string SignedHeader(string body, long time)
    {
        byte[] payload = Encoding.UTF8.GetBytes($"{time}.{body}");
        byte[] mac = System.Security.Cryptography.HMACSHA256.HashData(Encoding.UTF8.GetBytes(StripeUnderTest.Secret), payload);
        return $"t={time},v1={Convert.ToHexStringLower(mac)}";
    }
}
