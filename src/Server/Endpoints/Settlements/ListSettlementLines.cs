using System.Globalization;
using Florin.Identity;
using Florin.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Settlements;

/// <summary><c>GET /settlements/{id}/lines</c>: what a transfer of a provider was made up of, and what each line was matched with.</summary>
internal sealed class ListSettlementLines : IEndpoint
{
    private const int CursorLengthMax = 10;

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/settlements/{id}/lines", HandleAsync)
        .WithTags("Settlements").WithSummary("Lists the lines of a settlement").WithName("list_settlement_lines").RequireAuthorization(Scopes.LedgerRead)
        .Produces<ListResponse<SettlementLineResponse>>().Answers(ProblemCode.NotFound).TakesPage();

    private static async Task<IResult> HandleAsync(HttpContext context, string id, ISettlements settlements, CancellationToken cancellationToken)
    {
        RequestQuery query = new(context);
        int limit = query.Limit();
        int after = 0;
        if (query.Text("cursor", CursorLengthMax) is { } cursor && !int.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out after))
        {
            query.AddError("cursor", "is not a cursor of this list");
        }

        if (query.Refusal() is { } refusal)
        {
            return refusal;
        }

        if (!Guid.TryParseExact(id, "D", out Guid settlementId)
            || await settlements.ListLinesAsync(settlementId, after, limit, cancellationToken) is not { } page)
        {
            return Problems.NotFound("settlement");
        }

        string? next = page.Length == limit ? page[^1].Number.ToString(CultureInfo.InvariantCulture) : null;
        return Results.Json(new ListResponse<SettlementLineResponse>([.. page.Select(SettlementLineResponse.Of)], next), JsonConventions.Options);
    }
}
