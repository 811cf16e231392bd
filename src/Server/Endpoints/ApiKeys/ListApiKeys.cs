using Florin.Identity;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.ApiKeys;

/// <summary><c>GET /api-keys</c>: all keys, revoked and expired ones too, newest first, without their secrets.</summary>
internal sealed class ListApiKeys : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api-keys", HandleAsync)
        .WithTags("API keys").WithSummary("Lists API keys").WithName("list_api_keys").RequireAuthorization(Scopes.Admin)
        .Produces<ListResponse<ApiKeyResponse>>().TakesPage();

    private static async Task<IResult> HandleAsync(HttpContext context, IApiKeys keys, CancellationToken cancellationToken)
    {
        RequestQuery query = new(context);
        int limit = query.Limit();
        Guid? cursor = query.Uuid("cursor");
        if (query.Refusal() is { } refusal)
        {
            return refusal;
        }

        IReadOnlyList<ApiKey> page = await keys.ListAsync(cursor is { } id ? new ApiKeyId(id) : null, limit, cancellationToken);
        string? next = page.Count == limit ? page[^1].Id.ToString() : null;
        return Results.Json(new ListResponse<ApiKeyResponse>([.. page.Select(key => ApiKeyResponse.Of(key))], next), JsonConventions.Options);
    }
}
