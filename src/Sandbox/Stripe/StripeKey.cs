using System.Text;

namespace Florin.Sandbox.Stripe;

/// <summary>Checks the secret key: <c>Bearer</c>, or the user name of <c>Basic</c>.</summary>
internal static class StripeKey
{
    private const string TestPrefix = "sk_test_";

    /// <param name="only">The one key that is taken; <see langword="null"/> takes every test key.</param>
    public static StripeAnswer? Refuse(string header, string? only)
    {
        var key = Read(header);
        if (key.Length == 0)
        {
            return StripeAnswer.Unauthorized(
                "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth.");
        }

        var accepted = key.StartsWith(TestPrefix, StringComparison.Ordinal) && (only is null || key == only);
        return accepted ? null : StripeAnswer.Unauthorized($"Invalid API Key provided: {key[..Math.Min(TestPrefix.Length, key.Length)]}****");
    }

    private static string Read(string header)
    {
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return header["Bearer ".Length..].Trim();
        }

        var encoded = header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) ? header["Basic ".Length..].Trim() : string.Empty;
        var bytes = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length).Split(':')[0] : string.Empty;
    }
}
