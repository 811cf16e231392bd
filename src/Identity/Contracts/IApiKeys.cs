using System.Collections.Immutable;
using System.Net;

namespace Florin.Identity;

/// <summary>Keys for servers and operators: <c>Authorization: Bearer flk_…</c>.</summary>
public interface IApiKeys
{
    /// <summary>Makes a key. Its text is in the outcome and nowhere else: the database keeps a hash.</summary>
    Task<CreateApiKeyOutcome> CreateAsync(ApiKeyRequest request, CancellationToken cancellationToken);

    /// <summary>Checks a presented key against the database, so that a revocation works from its commit on.</summary>
    /// <param name="source">Where the request comes from; a key with source networks refuses when it is unknown.</param>
    Task<ApiKeyCheck> VerifyAsync(string? presented, IPAddress? source, CancellationToken cancellationToken);

    /// <returns><see langword="false"/> when there is no such key. Revoking again changes nothing.</returns>
    Task<bool> RevokeAsync(ApiKeyId id, CancellationToken cancellationToken);

    /// <summary>All keys, revoked and expired ones too, the newest first.</summary>
    /// <param name="before">The last id of the page before; <see langword="null"/> for the first page.</param>
    /// <param name="limit">1 to <see cref="ApiKeyLimits.PageMax"/>.</param>
    Task<IReadOnlyList<ApiKey>> ListAsync(ApiKeyId? before, int limit, CancellationToken cancellationToken);
}

/// <summary>The bounds of API keys.</summary>
public static class ApiKeyLimits
{
    /// <summary>Characters in a key's label.</summary>
    public const int NameMax = 100;

    /// <summary>Source networks of one key.</summary>
    public const int SourceNetworksMax = 32;

    /// <summary>Keys in one page of a list.</summary>
    public const int PageMax = 200;
}

/// <summary>A key to make.</summary>
/// <param name="Name">A label for people, 1 to <see cref="ApiKeyLimits.NameMax"/> characters.</param>
/// <param name="Scopes">At least one of <see cref="Identity.Scopes"/>.</param>
/// <param name="SourceNetworks">CIDR blocks (<c>203.0.113.0/24</c>, <c>2001:db8::/32</c>) that may use the key; empty for everywhere.</param>
/// <param name="ExpiresAt">In the future; <see langword="null"/> for a key that does not expire.</param>
/// <param name="CreatedBy">The principal that asks, <c>user:…</c>, <c>key:…</c> or <c>system</c>.</param>
public sealed record ApiKeyRequest(
    string? Name, ImmutableArray<string> Scopes, ImmutableArray<string> SourceNetworks, DateTimeOffset? ExpiresAt, string CreatedBy);

/// <summary>A key as it may be shown: without its secret.</summary>
/// <param name="Prefix">The public start of the key's text, by which an operator recognises it: <c>flk_</c> and 12 hexadecimal digits.</param>
/// <param name="LastFour">The last four characters of the key's text.</param>
public sealed record ApiKey(
    ApiKeyId Id,
    string Name,
    string Prefix,
    string LastFour,
    ImmutableArray<string> Scopes,
    ImmutableArray<string> SourceNetworks,
    DateTimeOffset CreatedAt,
    string CreatedBy,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt);

/// <summary>What became of the making of a key.</summary>
public abstract record CreateApiKeyOutcome
{
    private CreateApiKeyOutcome()
    {
    }

    /// <param name="Plaintext">The key's text, shown once.</param>
    public sealed record Created(ApiKey Key, string Plaintext) : CreateApiKeyOutcome
    {
        /// <summary>The prefix alone: the secret must not reach a log by way of a formatted record.</summary>
        public override string ToString() => Key.Prefix;
    }

    /// <param name="Errors">Field name as in the API (<c>name</c>, <c>scopes</c>, <c>source_networks</c>, <c>expires_at</c>) → sentences for people.</param>
    public sealed record Invalid(IReadOnlyDictionary<string, string[]> Errors) : CreateApiKeyOutcome;
}

/// <summary>What a presented key is worth. The caller answers every refusal alike; the reason is for logs and counters.</summary>
public abstract record ApiKeyCheck
{
    private ApiKeyCheck()
    {
    }

    public sealed record Accepted(ApiKey Key) : ApiKeyCheck;

    public sealed record Refused(ApiKeyRefusal Reason) : ApiKeyCheck;
}

/// <summary>Why a key was refused, in order of precedence.</summary>
public enum ApiKeyRefusal
{
    /// <summary>Not the text of a key that was ever made.</summary>
    Unknown = 0,
    Revoked = 1,
    Expired = 2,

    /// <summary>The request comes from outside the key's source networks.</summary>
    SourceNotAllowed = 3,
}
