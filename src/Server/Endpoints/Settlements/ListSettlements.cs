using System.Collections.Immutable;
using Florin.Identity;
using Florin.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Settlements;

/// <summary><c>GET /settlements</c>: what providers paid to the house's bank, newest first.</summary>
internal sealed class ListSettlements : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/settlements", HandleAsync)
        .WithTags("Settlements").WithSummary("Lists what providers paid to the bank").WithName("list_settlements").RequireAuthorization(Scopes.LedgerRead)
        .Produces<ListResponse<SettlementResponse>>().TakesPage();

    private static async Task<IResult> HandleAsync(HttpContext context, ISettlements settlements, CancellationToken cancellationToken)
    {
        RequestQuery query = new(context);
        int limit = query.Limit();
        Guid? cursor = query.Uuid("cursor");
        if (query.Refusal() is { } refusal)
        {
            return refusal;
        }

        ImmutableArray<ProviderSettlement> page = await settlements.ListAsync(cursor, limit, cancellationToken);
        string? next = page.Length == limit ? page[^1].Id.ToString("D") : null;
        return Results.Json(new ListResponse<SettlementResponse>([.. page.Select(SettlementResponse.Of)], next), JsonConventions.Options);
    }
}
