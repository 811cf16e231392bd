using System.Text.Json;
using Florin.Identity.Accounts;
using Florin.Identity.Keys;
using Florin.Ledger;

namespace Florin.Identity.AccessTokens;

/// <summary>Writes access tokens in the profile of RFC 9068.</summary>
internal sealed class AccessTokenWriter(IdentityOptions options, TimeProvider timeProvider, IdSource ids)
{
    /// <summary><c>typ</c>: keeps every other kind of JWT under the same keys from being taken for an access token (RFC 8725, section 3.11).</summary>
    public const string Type = "at+jwt";

    public string Write(SigningKey key, UserId user, SessionId session, UserKind kind)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            json.WriteStartObject();
            json.WriteString("iss", options.Issuer);
            json.WriteString("aud", options.Audience);
            json.WriteString("sub", user.ToString());
            json.WriteString("sid", session.ToString());
            json.WriteString("kind", UserKindText.Write(kind));
            json.WriteString("jti", ids.NextId().ToString("D"));
            json.WriteNumber("iat", now.ToUnixTimeSeconds());
            json.WriteNumber("exp", (now + options.AccessTokenLifetime).ToUnixTimeSeconds());
            json.WriteEndObject();
        }

        return key.Sign(Type, bytes.ToArray());
    }
}
