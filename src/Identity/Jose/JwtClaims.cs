using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Florin.Identity.Jose;

/// <summary>The registered claims of a JWT (RFC 7519, section 4.1) that passed its rules, and the rest as JSON.</summary>
/// <param name="Payload">An object that outlives its document.</param>
internal sealed record JwtClaims(string Subject, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt, JsonElement Payload)
{
    /// <summary>Characters of <c>sub</c>, <c>iss</c> and other texts that identify.</summary>
    public const int TextLengthMax = 255;

    /// <summary>The last second of the year 9999: later times are nonsense, and no date can hold them.</summary>
    private const decimal NumericDateMax = 253_402_300_799;

    /// <summary>Reads the payload of a JWS whose signature holds.</summary>
    public static bool TryRead(
        byte[] payload, JwtRules rules, DateTimeOffset now, [NotNullWhen(true)] out JwtClaims? claims, out TokenRefusal refusal)
    {
        claims = null;
        refusal = TokenRefusal.ClaimsMalformed;
        if (!StrictJson.TryParseObject(payload, out JsonDocument? document))
        {
            return false;
        }

        using (document)
        {
            JsonElement json = document.RootElement;
            string? subject = Identifier(json, "sub");
            if (subject is null
                || Date(json, "exp") is not { } expiresAt
                || Date(json, "iat") is not { } issuedAt
                || !TryOptionalDate(json, "nbf", out DateTimeOffset? notBefore))
            {
                return false;
            }

            if (Judge(json, rules, now, issuedAt, notBefore, expiresAt) is { } reason)
            {
                refusal = reason;
                return false;
            }

            claims = new JwtClaims(subject, issuedAt, expiresAt, json.Clone());
            return true;
        }
    }

    /// <summary>A text member of 1 to <see cref="TextLengthMax"/> characters, or <see langword="null"/>.</summary>
    public static string? Identifier(JsonElement json, string member) =>
        StrictJson.TextOf(json, member) is { Length: > 0 and <= TextLengthMax } text ? text : null;

    /// <summary>Whether now lies between the times of a token, give or take the leeway.</summary>
    public static bool AreTimely(DateTimeOffset issuedAt, DateTimeOffset expiresAt, DateTimeOffset now, TimeSpan leeway) =>
        issuedAt <= now + leeway && !IsExpired(expiresAt, now, leeway);

    // "On or after" the expiry is too late: RFC 7519, section 4.1.4.
    private static bool IsExpired(DateTimeOffset expiresAt, DateTimeOffset now, TimeSpan leeway) => expiresAt <= now - leeway;

    private static TokenRefusal? Judge(
        JsonElement json, JwtRules rules, DateTimeOffset now, DateTimeOffset issuedAt, DateTimeOffset? notBefore, DateTimeOffset expiresAt)
    {
        if (StrictJson.TextOf(json, "iss") != rules.Issuer)
        {
            return TokenRefusal.IssuerWrong;
        }

        if (!NamesAudience(json, rules.Audience))
        {
            return TokenRefusal.AudienceWrong;
        }

        // The leeway is added to now: a token's own times may be at the end of what a date can hold.
        if (issuedAt > now + rules.Leeway || notBefore > now + rules.Leeway)
        {
            return TokenRefusal.NotYetValid;
        }

        return IsExpired(expiresAt, now, rules.Leeway) ? TokenRefusal.Expired : null;
    }

    private static bool NamesAudience(JsonElement json, string audience)
    {
        if (!json.TryGetProperty("aud", out JsonElement value))
        {
            return false;
        }

        return value.ValueKind switch
        {
            JsonValueKind.String => StrictJson.TextOf(json, "aud") == audience,
            JsonValueKind.Array => value.EnumerateArray().Any(item => item.ValueKind == JsonValueKind.String && item.ValueEquals(audience)),
            _ => false,
        };
    }

    private static bool TryOptionalDate(JsonElement json, string member, out DateTimeOffset? date)
    {
        date = Date(json, member);
        return date is not null || !json.TryGetProperty(member, out _);
    }

    /// <summary>A NumericDate: seconds since 1970, a fraction allowed (RFC 7519, section 2); never a string.</summary>
    private static DateTimeOffset? Date(JsonElement json, string member) =>
        json.TryGetProperty(member, out JsonElement value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetDecimal(out decimal seconds)
        && seconds is >= 0 and <= NumericDateMax
            ? DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond))
            : null;
}
