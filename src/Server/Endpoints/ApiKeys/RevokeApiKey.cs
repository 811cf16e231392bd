using Florin.Identity;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.ApiKeys;

/// <summary><c>DELETE /api-keys/{id}</c>: the key works no more from the answer on. Revoking again changes nothing.</summary>
internal sealed class RevokeApiKey : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapDelete("/api-keys/{id}", HandleAsync)
        .WithTags("API keys").WithSummary("Revokes an API key").WithName("revoke_api_key").RequireAuthorization(Scopes.Admin)
        .Produces(StatusCodes.Status204NoContent);

    private static async Task<IResult> HandleAsync(string id, IApiKeys keys, CancellationToken cancellationToken) =>
        Guid.TryParseExact(id, "D", out Guid value) && await keys.RevokeAsync(new ApiKeyId(value), cancellationToken)
            ? Results.NoContent()
            : Problems.NotFound("API key");
}
