using Florin.Identity;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Wallets;

/// <summary><c>GET /wallets/withdrawals/{id}</c>.</summary>
internal sealed class GetWithdrawal : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/wallets/withdrawals/{id}", HandleAsync)
        .WithTags("Wallets").WithSummary("Shows a withdrawal").WithName("get_withdrawal").RequireAuthorization(IdentityPolicies.User)
        .Produces<WithdrawalResponse>().Answers(ProblemCode.NotFound);

    private static async Task<IResult> HandleAsync(HttpContext context, string id, IWallets wallets, CancellationToken cancellationToken) =>
        Guid.TryParseExact(id, "D", out Guid withdrawalId)
            && await wallets.GetWithdrawalAsync(context.WalletCaller().UserId, withdrawalId, cancellationToken) is { } withdrawal
            ? Results.Json(WithdrawalResponse.Of(withdrawal), JsonConventions.Options)
            : Problems.NotFound("withdrawal");
}
