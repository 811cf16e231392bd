using System.Security.Claims;
using Florin.Identity.Accounts;

namespace Florin.Identity.Http;

/// <summary>The caller as claims of ASP.NET Core, and back. Only identities that our own scheme made are read.</summary>
internal static class CallerClaims
{
    private const string Kind = "florin:caller";
    private const string Id = "sub";
    private const string Scope = "scope";
    private const string UserKindClaim = "kind";
    private const string Session = "sid";
    private const string User = "user";
    private const string Key = "key";

    public static ClaimsPrincipal Write(AccessToken token) => Principal(
    [
        new Claim(Kind, User),
        new Claim(Id, token.User.ToString()),
        new Claim(Session, token.Session.ToString()),
        new Claim(UserKindClaim, UserKindText.Write(token.Kind)),
    ]);

    public static ClaimsPrincipal Write(ApiKey key) => Principal(
        [new Claim(Kind, Key), new Claim(Id, key.Id.ToString()), .. key.Scopes.Select(scope => new Claim(Scope, scope))]);

    public static Caller? Read(ClaimsPrincipal principal)
    {
        ClaimsIdentity? identity = principal.Identities.FirstOrDefault(candidate => candidate.AuthenticationType == FlorinAuthentication.Scheme);
        if (!Guid.TryParseExact(identity?.FindFirst(Id)?.Value, "D", out Guid id))
        {
            return null;
        }

        return identity!.FindFirst(Kind)?.Value switch
        {
            User when UserKindText.Read(identity.FindFirst(UserKindClaim)?.Value) is { } kind
                && Guid.TryParseExact(identity.FindFirst(Session)?.Value, "D", out Guid session) =>
                new Caller(CallerKind.User, id, [], kind, new SessionId(session)),
            Key => new Caller(CallerKind.ApiKey, id, [.. identity.FindAll(Scope).Select(claim => claim.Value)], UserKind: null, Session: null),
            _ => null,
        };
    }

    private static ClaimsPrincipal Principal(IEnumerable<Claim> claims) =>
        new(new ClaimsIdentity(claims, FlorinAuthentication.Scheme, nameType: Id, roleType: Scope));
}
