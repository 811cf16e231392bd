using System.Text;
using Florin.Flows.Outbound;
using Xunit;

namespace Florin.Tests.Events;

public sealed class WebhookSignatureTests
{
    // Source: Standard Webhooks, libraries/go/webhook_symmetric_test.go.
    private const string Secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const long Time = 1_614_265_330;
    private const string Signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    private static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"test": 2432232314}""");

    [Fact]
    public void The_signature_is_the_one_of_the_standard() =>
        Assert.Equal(Signature, WebhookSignature.Header([Convert.FromBase64String(Secret)], Id, Time, Body));

    [Fact]
    public void Each_secret_signs_for_itself()
    {
        byte[] other = new byte[WebhookSignature.SecretBytes];
        string[] parts = WebhookSignature.Header([other, Convert.FromBase64String(Secret)], Id, Time, Body).Split(' ');
        Assert.Equal([WebhookSignature.Header([other], Id, Time, Body), Signature], parts);
    }

    [Fact]
    public void A_secret_is_written_as_receivers_libraries_read_it() =>
        Assert.Equal("whsec_" + Secret, WebhookSignature.SecretText(Convert.FromBase64String(Secret)));
}
