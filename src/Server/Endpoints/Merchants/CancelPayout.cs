using Florin.Identity;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Merchants;

/// <summary>
/// <c>POST /merchants/me/payouts/{id}/cancel</c>: gives the money back while it certainly was not handed to the provider. Needs no idempotency key:
/// cancelling twice is cancelling once.
/// </summary>
internal sealed class CancelPayout : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/merchants/me/payouts/{id}/cancel", HandleAsync)
        .WithTags("Payouts").WithSummary("Cancels a payout").WithName("cancel_payout").RequireAuthorization(IdentityPolicies.User)
        .Produces<PayoutResponse>().Answers(ProblemCode.Forbidden, ProblemCode.NotFound, ProblemCode.InvalidTransition);

    private static async Task<IResult> HandleAsync(HttpContext context, string id, IPayouts payouts, CancellationToken cancellationToken)
    {
        if (!context.TryGetPayee(null, out WalletCaller payee, out IResult? forbidden))
        {
            return forbidden!;
        }

        if (!Guid.TryParseExact(id, "D", out Guid payoutId)
            || await payouts.CancelAsync(payee, payoutId, cancellationToken) is not { } outcome)
        {
            return Problems.NotFound("payout");
        }

        PayoutResponse payout = PayoutResponse.Of(outcome.Payout);
        return outcome.IsCanceled
            ? Results.Json(payout, JsonConventions.Options)
            : new ProblemResult
            {
                Code = ProblemCode.InvalidTransition,
                Detail = $"The payout is '{payout.Status}' and cannot be cancelled any more.",
                Extensions = new Dictionary<string, object?> { ["object"] = payout },
            };
    }
}
