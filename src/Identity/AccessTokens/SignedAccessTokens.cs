using Florin.Identity.Accounts;
using Florin.Identity.Jose;
using Florin.Identity.Keys;

namespace Florin.Identity.AccessTokens;

/// <inheritdoc cref="IAccessTokens"/>
internal sealed class SignedAccessTokens(SigningKeyRing keys, AccessTokenWriter writer, IdentityOptions options, TimeProvider timeProvider) : IAccessTokens
{
    private readonly JwtRules _rules = new([AccessTokenWriter.Type], options.Issuer, options.Audience, options.ClockLeeway);

    public async Task<string> IssueAsync(UserId user, SessionId session, UserKind kind, CancellationToken cancellationToken) =>
        writer.Write(await keys.GetCurrentAsync(cancellationToken), user, session, kind);

    public async Task<AccessTokenCheck> VerifyAsync(string? token, CancellationToken cancellationToken)
    {
        if (!CompactJws.TryParse(token, _rules.Types, out CompactJws? jws, out TokenRefusal refusal))
        {
            return new AccessTokenCheck.Refused(refusal);
        }

        if (await keys.FindAsync(jws.KeyId, cancellationToken) is not { } key)
        {
            return new AccessTokenCheck.Refused(TokenRefusal.KeyUnknown);
        }

        if (!jws.TryOpen(key, out byte[]? payload, out refusal)
            || !JwtClaims.TryRead(payload, _rules, timeProvider.GetUtcNow(), out JwtClaims? claims, out refusal))
        {
            return new AccessTokenCheck.Refused(refusal);
        }

        // Claims of our own: a token that lacks them was signed by us for something else.
        return Guid.TryParseExact(claims.Subject, "D", out Guid user)
            && Guid.TryParseExact(JwtClaims.Identifier(claims.Payload, "sid"), "D", out Guid session)
            && UserKindText.Read(JwtClaims.Identifier(claims.Payload, "kind")) is { } kind
            && JwtClaims.Identifier(claims.Payload, "jti") is { } tokenId
                ? new AccessTokenCheck.Valid(
                    new AccessToken(new UserId(user), new SessionId(session), kind, tokenId, claims.IssuedAt, claims.ExpiresAt))
                : new AccessTokenCheck.Refused(TokenRefusal.ClaimsMalformed);
    }
}
