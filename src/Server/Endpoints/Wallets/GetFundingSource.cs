using Florin.Identity;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Wallets;

/// <summary><c>GET /wallets/funding-sources/{id}</c>.</summary>
internal sealed class GetFundingSource : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/wallets/funding-sources/{id}", HandleAsync)
        .WithTags("Wallets").WithSummary("Shows a linked card, bank account or PayPal account").WithName("get_funding_source")
        .RequireAuthorization(IdentityPolicies.User).Produces<FundingSourceResponse>().Answers(ProblemCode.NotFound);

    private static async Task<IResult> HandleAsync(HttpContext context, string id, IWallets wallets, CancellationToken cancellationToken) =>
        Guid.TryParseExact(id, "D", out Guid sourceId)
            && await wallets.GetFundingSourceAsync(context.WalletCaller().UserId, sourceId, cancellationToken) is { } source
            ? Results.Json(FundingSourceResponse.Of(source), JsonConventions.Options)
            : Problems.NotFound("funding source");
}
