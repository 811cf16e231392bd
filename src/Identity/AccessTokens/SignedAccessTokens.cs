using Florin.Identity.Accounts;
using Florin.Identity.Jose;
using Florin.Identity.Keys;

namespace Florin.Identity.AccessTokens;

/// <inheritdoc cref="IAccessTokens"/>
internal sealed class SignedAccessTokens(
    SigningKeyRing keys, AccessTokenWriter writer, OpenedTokens opened, IdentityOptions options, TimeProvider timeProvider) : IAccessTokens
{
    private readonly JwtRules _rules = new([AccessTokenWriter.Type], options.Issuer, options.Audience, options.ClockLeeway);

    public async Task<string> IssueAsync(UserId user, SessionId session, UserKind kind, CancellationToken cancellationToken) =>
        writer.Write(await keys.GetCurrentAsync(cancellationToken), user, session, kind);

    public async Task<AccessTokenCheck> VerifyAsync(string? token, CancellationToken cancellationToken)
    {
        if (token is not null && opened.TryFind(token, out OpenedTokens.Opened? known) && await StandsAsync(known, cancellationToken))
        {
            return new AccessTokenCheck.Valid(known.Token);
        }

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
        if (!Guid.TryParseExact(claims.Subject, "D", out Guid user)
            || !Guid.TryParseExact(JwtClaims.Identifier(claims.Payload, "sid"), "D", out Guid session)
            || UserKindText.Read(JwtClaims.Identifier(claims.Payload, "kind")) is not { } kind
            || JwtClaims.Identifier(claims.Payload, "jti") is not { } tokenId)
        {
            return new AccessTokenCheck.Refused(TokenRefusal.ClaimsMalformed);
        }

        AccessToken accepted = new(new UserId(user), new SessionId(session), kind, tokenId, claims.IssuedAt, claims.ExpiresAt);
        opened.Remember(token!, new OpenedTokens.Opened(key, accepted));
        return new AccessTokenCheck.Valid(accepted);
    }

    /// <summary>Whether a token that was good once is good now. When it is not, the whole check says why.</summary>
    private async ValueTask<bool> StandsAsync(OpenedTokens.Opened known, CancellationToken cancellationToken) =>
        JwtClaims.AreTimely(known.Token.IssuedAt, known.Token.ExpiresAt, timeProvider.GetUtcNow(), _rules.Leeway)
        && ReferenceEquals(await keys.FindAsync(known.Key.Id, cancellationToken), known.Key);
}
