using Microsoft.Extensions.Primitives;

namespace Florin.Identity.Http;

/// <summary>The <c>Authorization</c> header as RFC 6750, section 2.1, has it.</summary>
internal static class BearerCredentials
{
    private const string Scheme = "Bearer ";

    /// <param name="credentials">The token, or <see langword="null"/> when the header speaks of another scheme or is absent.</param>
    /// <returns><see langword="false"/> when the header is ambiguous: sent twice, or without a token.</returns>
    public static bool TryRead(StringValues header, out string? credentials)
    {
        credentials = null;
        if (header.Count > 1)
        {
            return false;
        }

        string? value = header.Count == 0 ? null : header[0];
        if (value is null || !value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        credentials = value[Scheme.Length..].Trim(' ');
        return credentials.Length > 0;
    }
}
