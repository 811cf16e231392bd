using System.Diagnostics;
using Florin.Identity;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Wallets;

/// <summary>
/// <c>POST /wallets/withdrawals/{id}/cancel</c>: gives the money back while it certainly was not handed to the provider. Needs no idempotency key:
/// cancelling twice is cancelling once.
/// </summary>
internal sealed class CancelWithdrawal : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/wallets/withdrawals/{id}/cancel", HandleAsync)
        .WithTags("Wallets").WithSummary("Cancels a withdrawal").WithName("cancel_withdrawal").RequireAuthorization(IdentityPolicies.User)
        .Produces<WithdrawalResponse>().Answers(ProblemCode.NotFound, ProblemCode.InvalidTransition);

    private static async Task<IResult> HandleAsync(HttpContext context, string id, IWallets wallets, CancellationToken cancellationToken)
    {
        if (!Guid.TryParseExact(id, "D", out Guid withdrawalId))
        {
            return Problems.NotFound("withdrawal");
        }

        return await wallets.CancelWithdrawalAsync(context.WalletCaller(), withdrawalId, cancellationToken) switch
        {
            CancelOutcome.Canceled canceled => Results.Json(WithdrawalResponse.Of(canceled.Withdrawal), JsonConventions.Options),
            CancelOutcome.TooLate late => new ProblemResult
            {
                Code = ProblemCode.InvalidTransition,
                Detail = $"The withdrawal is '{late.Withdrawal.Status}' and cannot be cancelled any more.",
                Extensions = new Dictionary<string, object?> { ["object"] = WithdrawalResponse.Of(late.Withdrawal) },
            },
            CancelOutcome.NotFound => Problems.NotFound("withdrawal"),
            _ => throw new UnreachableException(),
        };
    }
}
