using Florin.Identity;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Flows;

/// <summary><c>GET /flows/recovered</c>: what the provider did for flows that are gone since the database was restored, newest first.</summary>
internal sealed class ListRecovered : IEndpoint
{
    private const int CursorLengthMax = 36;

    /// <param name="Id">The id of the lost flow.</param>
    /// <param name="Type"><c>deposit</c> or <c>withdrawal</c>.</param>
    /// <param name="ProviderId">The provider's id of the object.</param>
    /// <param name="Status"><c>found</c>, <c>in_suspense</c>, <c>shortfall</c> or <c>nothing_moved</c>.</param>
    internal sealed record RecoveredResponse(
        Guid Id, string Type, string Provider, string ProviderId, string Status, string Amount, string Currency, DateTimeOffset FoundAt)
    {
        public static RecoveredResponse Of(RecoveredMovement item) => new(
            item.Id, item.Type, item.Provider, item.ProviderId, item.Status, item.Amount.ToMajorUnits(), item.Amount.Asset.Code, item.FoundAt);
    }

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/flows/recovered", HandleAsync)
        .WithTags("Operations").WithSummary("Lists what was found at the provider and not in a restored database").WithName("list_recovered")
        .RequireAuthorization(Scopes.FlowsManage).Produces<ListResponse<RecoveredResponse>>()
        .TakesQuery("limit", "1 to 200; 50 when absent").TakesQuery("cursor", "the next_cursor of the page before");

    private static async Task<IResult> HandleAsync(HttpContext context, IWallets wallets, CancellationToken cancellationToken)
    {
        RequestQuery query = new(context);
        int limit = query.Limit();
        string? cursor = query.Text("cursor", CursorLengthMax);
        Guid before = Guid.Empty;
        if (cursor is not null && !Guid.TryParseExact(cursor, "D", out before))
        {
            query.AddError("cursor", "is not one that was given out");
        }

        if (query.Refusal() is { } refusal)
        {
            return refusal;
        }

        IReadOnlyList<RecoveredMovement> items = await wallets.ListRecoveredAsync(cursor is null ? null : before, limit, cancellationToken);
        string? next = items.Count == limit ? items[^1].Id.ToString("D") : null;
        return Results.Json(new ListResponse<RecoveredResponse>([.. items.Select(RecoveredResponse.Of)], next), JsonConventions.Options);
    }
}
