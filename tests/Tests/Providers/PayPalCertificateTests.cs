using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Florin.Providers;
using Florin.Providers.PayPal;
using Xunit;

namespace Florin.Tests.Providers;

/// <summary>Which certificates are believed: made here, served by a server on a socket, signed with here.</summary>
public sealed class PayPalCertificateTests
{
    private const string Subject = "messageverificationcerts.sandbox.paypal.com";
    private const string Body = """{"id":"WH-1","event_type":"X","create_time":"2026-01-02T03:04:05Z","resource":{"id":"R"}}""";

    /// <summary>Of the body, by zlib.</summary>
    private const string BodyChecksum = "112803713";

    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData(Subject, -30, 30, true, true)]
    [InlineData("messageverificationcerts.paypal.com", -30, 30, true, false)]
    [InlineData("messageverificationcerts.sandbox.paypal.com.evil.example", -30, 30, true, false)]
    [InlineData(Subject, -30, -1, true, false)]
    [InlineData(Subject, 1, 30, true, false)]
    [InlineData(Subject, -30, 30, false, false)]
    public async Task Certificate_is_believed_when_it_is_the_providers_and_valid_now(string subject, int fromDays, int untilDays, bool isTrusted, bool isBelieved)
    {
        using RSA key = RSA.Create(2048);
        (string pem, string authority) = Make(key, subject, Now.AddDays(fromDays), Now.AddDays(untilDays));
        string roots = isTrusted ? authority : Make(key, subject, Now.AddDays(-1), Now.AddDays(1)).Authority;
        await using StripeServer server = await StripeServer.StartAsync(200, pem);
        await using PayPalUnderTest paypal = new(server.ApiBase, roots, Now);

        WebhookVerification first = await VerifyAsync(paypal, key, $"{server.ApiBase}/v1/notifications/certs/CERT-1");
        WebhookVerification second = await VerifyAsync(paypal, key, $"{server.ApiBase}/v1/notifications/certs/CERT-1");

        Assert.Equal((isBelieved, isBelieved), (first is WebhookVerification.Valid, second is WebhookVerification.Valid));
        Assert.Equal(!isBelieved, first is WebhookVerification.Invalid);
        Assert.Equal(isBelieved ? 1 : 2, server.Seen.Count);
    }

    [Theory]
    [InlineData("https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270", true)]
    [InlineData("https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1", false)]
    [InlineData("http://api.paypal.com/v1/notifications/certs/CERT-1", false)]
    [InlineData("https://api.paypal.com:8443/v1/notifications/certs/CERT-1", false)]
    [InlineData("https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1", false)]
    [InlineData("https://user@api.paypal.com/v1/notifications/certs/CERT-1", false)]
    [InlineData("https://api.paypal.com/v1/notifications/certs/../CERT-1", false)]
    [InlineData("https://api.paypal.com/v1/notifications/certs/a/b", false)]
    [InlineData("https://api.paypal.com/v1/notifications/certs/%2e%2e", false)]
    [InlineData("https://api.paypal.com/v1/other/CERT-1", false)]
    [InlineData("http://127.0.0.1/v1/notifications/certs/CERT-1", false)]
    public void Live_certificates_are_asked_of_the_live_host_alone(string address, bool isTrusted)
    {
        using HttpClient http = new();
        using PayPalCertificates certificates = new(Options(new Uri("https://api-m.paypal.com")), http, TimeProvider.System);

        Assert.Equal(isTrusted, certificates.IsTrusted(address));
    }

    [Theory]
    [InlineData("https://api-m.paypal.com", true)]
    [InlineData("https://api-m.sandbox.paypal.com", true)]
    [InlineData("http://127.0.0.1:5000/paypal", true)]
    [InlineData("http://api-m.paypal.com", false)]
    [InlineData("https://api-m.paypal.com.evil.example", false)]
    [InlineData("https://10.0.0.1", false)]
    public void Secret_is_sent_to_the_provider_or_to_this_machine_alone(string address, bool isTaken)
        => Assert.Equal(isTaken, Record.Exception(Options(new Uri(address)).Validate) is null);

    [Fact]
    public void Other_authorities_are_taken_on_this_machine_alone()
    {
        using RSA key = RSA.Create(2048);
        string authority = Make(key, Subject, Now, Now.AddDays(1)).Authority;

        Assert.Throws<ArgumentException>(Options(new Uri("https://api-m.paypal.com"), authority).Validate);
        Assert.Throws<ArgumentException>(Options(new Uri("http://127.0.0.1:1/paypal"), "no certificate").Validate);
        Options(new Uri("http://127.0.0.1:1/paypal"), authority).Validate();
    }

    private static PayPalOptions Options(Uri apiBase, string? roots = null)
        => new() { ApiBase = apiBase, ClientId = "id", ClientSecret = "secret", WebhookId = "hook", TrustedRoots = roots };

    private static async Task<WebhookVerification> VerifyAsync(PayPalUnderTest paypal, RSA key, string address)
    {
        // Written out here from the documented form, with the checksum by another library.
        byte[] signed = Encoding.ASCII.GetBytes($"t-1|2026-01-02T03:04:05Z|{PayPalUnderTest.WebhookId}|{BodyChecksum}");
        Dictionary<string, string> headers = new()
        {
            ["PAYPAL-TRANSMISSION-ID"] = "t-1",
            ["PAYPAL-TRANSMISSION-TIME"] = "2026-01-02T03:04:05Z",
            ["PAYPAL-TRANSMISSION-SIG"] = Convert.ToBase64String(key.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)),
            ["PAYPAL-CERT-URL"] = address,
            ["PAYPAL-AUTH-ALGO"] = "SHA256withRSA",
        };
        return await paypal.Webhooks.VerifyAsync(Encoding.UTF8.GetBytes(Body), headers.GetValueOrDefault, TestContext.Current.CancellationToken);
    }

    private static (string Pem, string Authority) Make(RSA key, string subject, DateTimeOffset from, DateTimeOffset until)
    {
        using ECDsa authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest root = new("CN=Some Authority", authorityKey, HashAlgorithmName.SHA256);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 authority = root.CreateSelfSigned(from.AddDays(-1), until.AddDays(1));
        CertificateRequest request = new($"CN={subject}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 leaf = request.Create(authority.SubjectName, X509SignatureGenerator.CreateForECDsa(authorityKey), from, until, [1, 2, 3]);
        return (leaf.ExportCertificatePem(), authority.ExportCertificatePem());
    }
}
