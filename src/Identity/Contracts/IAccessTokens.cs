namespace Florin.Identity;

/// <summary>The access tokens of users: ES256-signed JWTs of type <c>at+jwt</c> (RFC 9068), valid for minutes, checked without the database.</summary>
public interface IAccessTokens
{
    /// <summary>Signs a token for a session with the newest key; makes the first key, or the next one when the newest is due.</summary>
    Task<string> IssueAsync(UserId user, SessionId session, UserKind kind, CancellationToken cancellationToken);

    /// <summary>Checks signature, algorithm, type, issuer, audience and times (leeway: <see cref="IdentityOptions.ClockLeeway"/>).</summary>
    Task<AccessTokenCheck> VerifyAsync(string? token, CancellationToken cancellationToken);
}

/// <summary>What a valid access token says.</summary>
/// <param name="TokenId"><c>jti</c>.</param>
public sealed record AccessToken(
    UserId User, SessionId Session, UserKind Kind, string TokenId, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt);

/// <summary>What a presented token is worth.</summary>
public abstract record AccessTokenCheck
{
    private AccessTokenCheck()
    {
    }

    public sealed record Valid(AccessToken Token) : AccessTokenCheck;

    public sealed record Refused(TokenRefusal Reason) : AccessTokenCheck;
}

/// <summary>Why a token was refused, in order of precedence: nothing after <see cref="SignatureWrong"/> is looked at before the signature holds.</summary>
public enum TokenRefusal
{
    /// <summary>Longer than a token may be; not decoded.</summary>
    TooLarge = 0,

    /// <summary>Not three parts of strict base64url, or a header that is no JSON object with unique members.</summary>
    Malformed = 1,

    /// <summary>An algorithm outside the fixed list: <c>none</c>, an HMAC, anything unknown (RFC 8725, sections 2.1 and 3.1).</summary>
    AlgorithmRefused = 2,

    /// <summary><c>crit</c> names extensions that this verifier must understand and does not (RFC 7515, section 4.1.11).</summary>
    CriticalExtension = 3,

    /// <summary>The header brings its own key (<c>jwk</c>, <c>jku</c>, <c>x5c</c>, <c>x5u</c>), which nobody vouches for.</summary>
    KeyInHeader = 4,

    /// <summary>Not the <c>typ</c> that is expected here (RFC 8725, section 3.11).</summary>
    TypeWrong = 5,

    /// <summary>No <c>kid</c>, or one that no unretired key has.</summary>
    KeyUnknown = 6,

    /// <summary>The key is for another algorithm than the header says (RFC 8725, section 3.1).</summary>
    AlgorithmNotOfKey = 7,
    SignatureWrong = 8,

    /// <summary>The payload is no JSON object with unique members, or a claim is missing or has the wrong type.</summary>
    ClaimsMalformed = 9,
    IssuerWrong = 10,
    AudienceWrong = 11,

    /// <summary><c>nbf</c> or <c>iat</c> lies in the future.</summary>
    NotYetValid = 12,
    Expired = 13,
}
