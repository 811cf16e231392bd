using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Florin.Flows.Outbound;

/// <summary>The symmetric signature <c>v1</c> of Standard Webhooks 1.0.0: HMAC-SHA256 over id, time of the attempt and the bytes that are sent.</summary>
internal static class WebhookSignature
{
    /// <summary>Source: Standard Webhooks, "Signature scheme": 24 to 64 random bytes.</summary>
    public const int SecretBytes = 32;

    private const string SecretPrefix = "whsec_";

    public static string SecretText(ReadOnlySpan<byte> secret) => SecretPrefix + Convert.ToBase64String(secret);

    /// <summary>The value of <c>webhook-signature</c>: one signature for each secret, so that a receiver may know either.</summary>
    public static string Header(ImmutableArray<byte[]> secrets, string id, long unixSeconds, ReadOnlySpan<byte> body)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{unixSeconds}.")), .. body];
        return string.Join(' ', secrets.Select(secret => "v1," + Convert.ToBase64String(HMACSHA256.HashData(secret, signed))));
    }
}
