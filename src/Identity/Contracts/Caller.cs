using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Claims;
using Florin.Identity.Http;
using Microsoft.AspNetCore.Http;

namespace Florin.Identity;

/// <summary>How a caller proved who it is.</summary>
public enum CallerKind
{
    User = 0,
    ApiKey = 1,
}

/// <summary>Who a request comes from.</summary>
/// <param name="Id">The user's or the key's id, by <paramref name="Kind"/>.</param>
/// <param name="Scopes">What a key may do; empty for a user, who acts on what is his own.</param>
/// <param name="UserKind">Of a user; <see langword="null"/> for a key.</param>
/// <param name="Session">Of a user; <see langword="null"/> for a key.</param>
public sealed record Caller(CallerKind Kind, Guid Id, ImmutableArray<string> Scopes, UserKind? UserKind, SessionId? Session)
{
    /// <summary><c>user:{id}</c> or <c>key:{id}</c>: the actor in histories and the scope of idempotency keys.</summary>
    public string Principal => Kind == CallerKind.User ? $"user:{Id:D}" : $"key:{Id:D}";

    /// <exception cref="InvalidOperationException">The caller is an API key: an endpoint for users lacks <see cref="IdentityPolicies.User"/>.</exception>
    public UserId UserId => Kind == CallerKind.User ? new UserId(Id) : throw new InvalidOperationException("The caller is not a user.");

    /// <summary>Whether the caller has the scope, or <see cref="Identity.Scopes.Admin"/>.</summary>
    public bool May(string scope) => Scopes.Contains(scope) || Scopes.Contains(Identity.Scopes.Admin);

    public static bool TryFrom(ClaimsPrincipal principal, [NotNullWhen(true)] out Caller? caller)
    {
        ArgumentNullException.ThrowIfNull(principal);
        caller = CallerClaims.Read(principal);
        return caller is not null;
    }

    public override string ToString() => Principal;
}

/// <summary>The caller of the request at hand.</summary>
public static class CallerOfHttpContext
{
    /// <exception cref="InvalidOperationException">Nobody is authenticated: the endpoint lacks an authorization policy.</exception>
    public static Caller GetCaller(this HttpContext context) =>
        TryGetCaller(context, out Caller? caller) ? caller : throw new InvalidOperationException("The request has no authenticated caller.");

    public static bool TryGetCaller(this HttpContext context, [NotNullWhen(true)] out Caller? caller)
    {
        ArgumentNullException.ThrowIfNull(context);
        return Caller.TryFrom(context.User, out caller);
    }
}
