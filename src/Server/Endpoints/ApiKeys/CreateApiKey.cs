using System.Diagnostics;
using Florin.Identity;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.ApiKeys;

/// <summary><c>POST /api-keys</c>: makes a key for a server or an operator. Its text is in the answer and nowhere else.</summary>
internal sealed class CreateApiKey : IEndpoint
{
    private const int NetworkLengthMax = 64;
    private const int ScopeLengthMax = 64;

    /// <param name="Scopes">At least one: <c>ledger:read</c>, <c>ledger:write</c>, <c>webhooks:manage</c>, <c>flows:manage</c>, <c>events:read</c>, <c>payouts:manage</c>, <c>admin</c>.</param>
    /// <param name="SourceNetworks">CIDR blocks from which the key may be used; everywhere when absent.</param>
    /// <param name="ExpiresAt">Never when absent.</param>
    internal sealed record CreateApiKeyRequest(string Name, IReadOnlyList<string> Scopes, IReadOnlyList<string>? SourceNetworks, DateTimeOffset? ExpiresAt);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/api-keys", HandleAsync)
        .WithTags("API keys").WithSummary("Makes an API key").WithName("create_api_key").RequireAuthorization(Scopes.Admin)
        .Accepts<CreateApiKeyRequest>("application/json").Produces<ApiKeyResponse>(StatusCodes.Status201Created);

    private static async Task<IResult> HandleAsync(HttpContext context, IApiKeys keys, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        string name = body.Text("name", 1, ApiKeyLimits.NameMax);
        IReadOnlyList<string> scopes = body.Texts("scopes", Scopes.All.Count, ScopeLengthMax);
        IReadOnlyList<string> networks = body.Find("source_networks") is null
            ? []
            : body.Texts("source_networks", ApiKeyLimits.SourceNetworksMax, NetworkLengthMax);
        DateTimeOffset? expiresAt = body.OptionalTime("expires_at");
        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        ApiKeyRequest request = new(name, [.. scopes], [.. networks], expiresAt, context.GetCaller().Principal);
        return await keys.CreateAsync(request, cancellationToken) switch
        {
            CreateApiKeyOutcome.Created created => Results.Json(
                ApiKeyResponse.Of(created.Key, created.Plaintext), JsonConventions.Options, statusCode: StatusCodes.Status201Created),
            CreateApiKeyOutcome.Invalid invalid => new ProblemResult
            {
                Code = ProblemCode.ValidationFailed, Detail = "See errors for each field.", Errors = invalid.Errors,
            },
            _ => throw new UnreachableException(),
        };
    }
}
