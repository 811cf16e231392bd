using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Florin.Providers.Resilience;

namespace Florin.Providers.Stripe;

/// <summary>Checks <c>Stripe-Signature: t=…,v1=…[,v1=…]</c> and reads the event's envelope. Thread-safe.</summary>
/// <remarks>
/// The signature is HMAC-SHA-256 over <c>t</c>, a dot and the raw body, keyed with the whole text of the secret; hex. Every secret is compared with
/// every <c>v1</c> in constant time and without stopping early; other schemes are ignored. The time must be within the tolerance in both directions, so
/// that a stolen event cannot be replayed later (fault W-08).
/// </remarks>
internal sealed class StripeWebhookVerifier
{
    private const int HeaderLengthMax = 4 * 1024;
    private const int SignaturesMax = 16;
    private const int TimeDigitsMax = 12;

    private readonly byte[][] _secrets;
    private readonly bool _isLive;
    private readonly TimeSpan _tolerance;
    private readonly TimeProvider _timeProvider;

    public StripeWebhookVerifier(StripeOptions options, TimeProvider timeProvider)
    {
        _secrets = [.. options.WebhookSecrets.Select(Encoding.UTF8.GetBytes)];
        _isLive = options.IsLive;
        _tolerance = options.WebhookTolerance;
        _timeProvider = timeProvider;
    }

    public WebhookVerification Verify(ReadOnlyMemory<byte> body, string? header)
    {
        if (string.IsNullOrEmpty(header) || header.Length > HeaderLengthMax)
        {
            return new WebhookVerification.Invalid("signature header missing or too long");
        }

        if (!TryReadHeader(header, out string time, out List<byte[]> signatures))
        {
            return new WebhookVerification.Invalid("signature header malformed");
        }

        if (!IsSigned(time, body.Span, signatures))
        {
            return new WebhookVerification.Invalid("no signature matches");
        }

        long now = _timeProvider.GetUtcNow().ToUnixTimeSeconds();
        long age = now - long.Parse(time, NumberStyles.None, CultureInfo.InvariantCulture);
        if (Math.Abs(age) > (long)_tolerance.TotalSeconds)
        {
            return new WebhookVerification.Invalid(age > 0 ? "signed too long ago" : "signed in the future");
        }

        return ReadEvent(body);
    }

    private WebhookVerification ReadEvent(ReadOnlyMemory<byte> body)
    {
        if (!ProviderJson.TryParse(body, out JsonDocument? document))
        {
            return new WebhookVerification.Unusable("not a JSON object");
        }

        using (document)
        {
            return StripeObjects.Event(document.RootElement, Encoding.UTF8.GetString(body.Span)) switch
            {
                null => new WebhookVerification.Unusable("not an event"),
                { } read when read.IsLive != _isLive => new WebhookVerification.Unusable("from the other environment (livemode)"),
                { } read => new WebhookVerification.Valid(read),
            };
        }
    }

    private bool IsSigned(string time, ReadOnlySpan<byte> body, List<byte[]> signatures)
    {
        bool matches = false;
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        foreach (byte[] secret in _secrets)
        {
            using IncrementalHash hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
            hash.AppendData(Encoding.ASCII.GetBytes(time + "."));
            hash.AppendData(body);
            hash.GetHashAndReset(expected);
            foreach (byte[] signature in signatures)
            {
                matches |= CryptographicOperations.FixedTimeEquals(expected, signature);
            }
        }

        return matches;
    }

    private static bool TryReadHeader(string header, out string time, out List<byte[]> signatures)
    {
        time = string.Empty;
        signatures = [];
        foreach (string part in header.Split(',', StringSplitOptions.TrimEntries))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                return false;
            }

            string value = part[(equals + 1)..];
            switch (part[..equals])
            {
                case "t" when time.Length == 0 && value.Length is > 0 and <= TimeDigitsMax && value.All(char.IsAsciiDigit):
                    time = value;
                    break;
                case "t":
                    return false;
                case "v1" when signatures.Count < SignaturesMax && TryReadHex(value, out byte[] signature):
                    signatures.Add(signature);
                    break;
                default:
                    // Another scheme, or a v1 that cannot match: it proves nothing and hinders nothing.
                    break;
            }
        }

        return time.Length > 0 && signatures.Count > 0;
    }

    private static bool TryReadHex(string text, out byte[] bytes)
    {
        bytes = [];
        if (text.Length != 2 * HMACSHA256.HashSizeInBytes || !text.All(char.IsAsciiHexDigitLower))
        {
            return false;
        }

        bytes = Convert.FromHexString(text);
        return true;
    }
}
