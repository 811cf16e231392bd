using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Florin.Providers.Resilience;

namespace Florin.Providers.PayPal;

/// <summary>Checks PayPal's five headers against the body and reads the event's envelope. Thread-safe.</summary>
/// <remarks>
/// What is signed is <c>transmission id|transmission time|our webhook's id|CRC-32 of the raw body, unsigned decimal</c>, with RSA PKCS#1 v1.5 over SHA-256,
/// by the certificate that a header names. A CRC is no hash: whoever has one signed transmission can make another body with its CRC. The time bounds how long
/// that is worth trying, and the flows read the object at PayPal before any money is booked; see docs/integrating/paypal.md.
/// </remarks>
internal sealed class PayPalWebhookVerifier(PayPalOptions options, PayPalCertificates certificates, TimeProvider timeProvider) : IWebhookVerifier
{
    private const string Algorithm = "SHA256withRSA";
    private const int HeaderLengthMax = 2048;
    private const int SignatureBytesMax = 1024;

    public string Name => PayPalAcquirer.ProviderName;

    public async ValueTask<WebhookVerification> VerifyAsync(ReadOnlyMemory<byte> body, Func<string, string?> header, CancellationToken cancellationToken)
    {
        if (Read(header, "PAYPAL-TRANSMISSION-ID") is not { } id || Read(header, "PAYPAL-TRANSMISSION-TIME") is not { } time
            || Read(header, "PAYPAL-TRANSMISSION-SIG") is not { } text || Read(header, "PAYPAL-CERT-URL") is not { } address
            || Read(header, "PAYPAL-AUTH-ALGO") is not { } algorithm)
        {
            return new WebhookVerification.Invalid("a signature header is missing or malformed");
        }

        if (algorithm != Algorithm || !TryReadSignature(text, out byte[] signature))
        {
            return new WebhookVerification.Invalid("not a signature of the known algorithm");
        }

        if (RefuseTime(time) is { } refusal)
        {
            return new WebhookVerification.Invalid(refusal);
        }

        if (!certificates.IsTrusted(address))
        {
            return new WebhookVerification.Invalid("the certificate's address is not the provider's");
        }

        (RSA? key, string? problem, bool mayComeLater) = await certificates.KeyAsync(address, cancellationToken);
        if (key is null)
        {
            return mayComeLater ? new WebhookVerification.Unavailable(problem!) : new WebhookVerification.Invalid(problem!);
        }

        byte[] signed = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}|{time}|{options.WebhookId}|{Crc32.Of(body.Span)}"));
        return key.VerifyData(signed, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            ? ReadEvent(body)
            : new WebhookVerification.Invalid("the signature does not match");
    }

    private WebhookVerification ReadEvent(ReadOnlyMemory<byte> body)
    {
        if (!ProviderJson.TryParse(body, out JsonDocument? document))
        {
            return new WebhookVerification.Unusable("not a JSON object");
        }

        using (document)
        {
            return PayPalEvent.Read(document.RootElement, options.IsLive) is { } read
                ? new WebhookVerification.Valid(read)
                : new WebhookVerification.Unusable("not an event");
        }
    }

    private string? RefuseTime(string time)
    {
        if (!DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset sent))
        {
            return "the transmission time cannot be read";
        }

        TimeSpan age = timeProvider.GetUtcNow() - sent;
        return age > options.WebhookAgeMax ? "signed too long ago" : -age > options.WebhookAheadMax ? "signed in the future" : null;
    }

    private static string? Read(Func<string, string?> header, string name)
        => header(name) is { Length: > 0 and <= HeaderLengthMax } value && value.All(c => c is > ' ' and < (char)0x7F and not '|') ? value : null;

    private static bool TryReadSignature(string text, out byte[] signature)
    {
        signature = new byte[SignatureBytesMax];
        bool isRead = Base64.IsValid(text) && Convert.TryFromBase64String(text, signature, out int length) && Resize(ref signature, length);
        return isRead;
    }

    private static bool Resize(ref byte[] bytes, int length)
    {
        Array.Resize(ref bytes, length);
        return length > 0;
    }
}
