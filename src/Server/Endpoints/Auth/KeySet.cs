using Florin.Identity;

namespace Florin.Server.Endpoints.Auth;

/// <summary><c>GET /.well-known/jwks.json</c>: the public keys that verify access tokens (RFC 7517).</summary>
internal sealed class KeySet : IEndpoint
{
    internal sealed record JsonWebKey(string Kty, string Crv, string Kid, string Use, string Alg, string X, string Y);

    internal sealed record JsonWebKeySet(IReadOnlyList<JsonWebKey> Keys);

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/.well-known/jwks.json", HandleAsync)
        .WithTags("Identity").WithSummary("Tells the public keys of access tokens").WithName("jwks")
        .Produces<JsonWebKeySet>();

    private static async Task<IResult> HandleAsync(ISigningKeys keys, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> keySet = await keys.GetKeySetAsync(cancellationToken);
        return Results.Bytes(keySet, "application/json");
    }
}
