using System.Security.Cryptography;
using System.Text;

namespace Florin.Sandbox.Stripe;

/// <summary>The <c>Stripe-Signature</c> header: <c>t=…,v1=…</c> with one <c>v1</c> for each secret. Source: docs.stripe.com/webhooks/signature.</summary>
internal static class StripeSignature
{
    public static string Of(ReadOnlySpan<byte> body, IReadOnlyList<string> secrets, long unixSeconds)
    {
        byte[] signed = [.. Encoding.ASCII.GetBytes($"{unixSeconds}."), .. body];
        var signatures = secrets.Select(secret => $"v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed))}");
        return $"t={unixSeconds},{string.Join(',', signatures)}";
    }
}
