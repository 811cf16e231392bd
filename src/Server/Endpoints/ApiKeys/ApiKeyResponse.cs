using Florin.Identity;

namespace Florin.Server.Endpoints.ApiKeys;

/// <summary>An API key as it may be shown.</summary>
/// <param name="Key">The key's text. Only in the answer that makes it; it is shown once.</param>
/// <param name="Prefix">The public start of the key, by which it is recognised.</param>
internal sealed record ApiKeyResponse(
    Guid Id,
    string? Key,
    string Name,
    string Prefix,
    string LastFour,
    IReadOnlyList<string> Scopes,
    IReadOnlyList<string> SourceNetworks,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt)
{
    public static ApiKeyResponse Of(ApiKey key, string? plaintext = null) => new(
        key.Id.Value, plaintext, key.Name, key.Prefix, key.LastFour, key.Scopes, key.SourceNetworks, key.CreatedAt, key.ExpiresAt, key.RevokedAt);
}
