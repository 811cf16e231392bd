using Florin.Identity;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Wallets;

/// <summary><c>GET /wallets/history</c>: the caller's movements and what others sent, newest first. A page may be short before the end.</summary>
internal sealed class GetHistory : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/wallets/history", HandleAsync)
        .WithTags("Wallets").WithSummary("Lists what moved in the wallet").WithName("get_history").RequireAuthorization(IdentityPolicies.User)
        .Produces<ListResponse<HistoryItemResponse>>().TakesPage();

    private static async Task<IResult> HandleAsync(HttpContext context, IWallets wallets, CancellationToken cancellationToken)
    {
        RequestQuery query = new(context);
        int limit = query.Limit();
        string? cursor = query.Text("cursor", RequestQuery.CursorLengthMax);
        if (query.Refusal() is { } refusal)
        {
            return refusal;
        }

        return await wallets.GetHistoryAsync(context.WalletCaller().UserId, cursor, limit, cancellationToken) is { } page
            ? Results.Json(
                new ListResponse<HistoryItemResponse>([.. page.Items.Select(HistoryItemResponse.Of)], page.NextCursor), JsonConventions.Options)
            : Problems.Query("cursor", "is not a cursor of this list");
    }
}
