using Florin.Identity;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Wallets;

/// <summary><c>GET /wallets/me</c>: the caller's wallet with a balance for each currency.</summary>
internal sealed class GetWallet : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/wallets/me", HandleAsync)
        .WithTags("Wallets").WithSummary("Shows the caller's wallet").WithName("get_wallet").RequireAuthorization(IdentityPolicies.User)
        .Produces<WalletResponse>();

    private static async Task<IResult> HandleAsync(HttpContext context, IWallets wallets, CancellationToken cancellationToken) =>
        await wallets.GetWalletAsync(context.WalletCaller().UserId, cancellationToken) is { } wallet
            ? Results.Json(WalletResponse.Of(wallet), JsonConventions.Options)
            : Problems.NotFound("wallet");
}
