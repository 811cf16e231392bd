using System.Diagnostics;
using Florin.Identity;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Wallets;

/// <summary><c>DELETE /wallets/funding-sources/{id}</c>: unlinks. From the first try on nothing new can use it; a 503 is repeated.</summary>
internal sealed class RemoveFundingSource : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapDelete("/wallets/funding-sources/{id}", HandleAsync)
        .WithTags("Wallets").WithSummary("Unlinks a card, bank account or PayPal account").WithName("remove_funding_source")
        .RequireAuthorization(IdentityPolicies.User).Produces(StatusCodes.Status204NoContent)
        .Answers(ProblemCode.NotFound, ProblemCode.ProviderUnavailable);

    private static async Task<IResult> HandleAsync(HttpContext context, string id, IWallets wallets, CancellationToken cancellationToken)
    {
        if (!Guid.TryParseExact(id, "D", out Guid sourceId))
        {
            return Problems.NotFound("funding source");
        }

        return await wallets.RemoveFundingSourceAsync(context.WalletCaller().UserId, sourceId, cancellationToken) switch
        {
            FundingSourceOutcome.Done => Results.NoContent(),
            FundingSourceOutcome.NotFound => Problems.NotFound("funding source"),
            FundingSourceOutcome.ProviderUnavailable unavailable => FundingSourceProblems.Unavailable(unavailable.RetryAfter),
            _ => throw new UnreachableException(),
        };
    }
}
