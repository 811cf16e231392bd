using Florin.Identity;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Wallets;

/// <summary><c>GET /wallets/funding-sources</c>: the caller's linked cards, bank accounts and PayPal accounts, oldest first.</summary>
internal sealed class ListFundingSources : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/wallets/funding-sources", HandleAsync)
        .WithTags("Wallets").WithSummary("Lists linked cards, bank accounts and PayPal accounts").WithName("list_funding_sources")
        .RequireAuthorization(IdentityPolicies.User).Produces<ListResponse<FundingSourceResponse>>();

    private static async Task<IResult> HandleAsync(HttpContext context, IWallets wallets, CancellationToken cancellationToken)
    {
        if (new RequestQuery(context).Refusal() is { } refusal)
        {
            return refusal;
        }

        IReadOnlyList<FundingSource> sources = await wallets.ListFundingSourcesAsync(context.WalletCaller().UserId, cancellationToken);
        return Results.Json(
            new ListResponse<FundingSourceResponse>([.. sources.Select(FundingSourceResponse.Of)], NextCursor: null), JsonConventions.Options);
    }
}
