using Florin.Identity;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Wallets;

/// <summary><c>GET /wallets/deposits/{id}</c>.</summary>
internal sealed class GetDeposit : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/wallets/deposits/{id}", HandleAsync)
        .WithTags("Wallets").WithSummary("Shows a deposit").WithName("get_deposit").RequireAuthorization(IdentityPolicies.User)
        .Produces<DepositResponse>().Answers(ProblemCode.NotFound);

    private static async Task<IResult> HandleAsync(HttpContext context, string id, IWallets wallets, CancellationToken cancellationToken) =>
        Guid.TryParseExact(id, "D", out Guid depositId)
            && await wallets.GetDepositAsync(context.WalletCaller().UserId, depositId, cancellationToken) is { } deposit
            ? Results.Json(DepositResponse.Of(deposit), JsonConventions.Options)
            : Problems.NotFound("deposit");
}
