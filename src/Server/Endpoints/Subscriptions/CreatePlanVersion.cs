using Florin.Identity;
using Florin.Payments;
using Florin.Server.Endpoints.Payments;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Subscriptions;

/// <summary><c>POST /plans/{id}/versions</c>: makes the next version of a plan. Subscriptions keep the version that was agreed.</summary>
internal sealed class CreatePlanVersion : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/plans/{id}/versions", HandleAsync)
        .WithTags("Subscriptions").WithSummary("Makes the next version of a plan").WithName("create_plan_version").RequireAuthorization(IdentityPolicies.User)
        .RequireIdempotencyKey().Accepts<PlanRequest>("application/json").Produces<PlanResponse>(StatusCodes.Status201Created)
        .Answers(ProblemCode.Forbidden, ProblemCode.NotFound, ProblemCode.IdempotencyKeyMismatch);

    private static async Task<IResult> HandleAsync(
        HttpContext context, string id, ISubscriptions subscriptions, WalletOptions wallets, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        PlanTerms terms = body.PlanTerms(wallets);
        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        if (!context.TryGetMerchant(out MerchantCaller merchant, out IResult? forbidden))
        {
            return forbidden!;
        }

        if (!Guid.TryParseExact(id, "D", out Guid planId))
        {
            return Problems.NotFound("plan");
        }

        PaymentOutcome<Plan> outcome = await subscriptions.CreatePlanVersionAsync(
            merchant, IdempotencyKey.Of(context), planId, terms, cancellationToken);
        return outcome.ToResult("plan", PlanResponse.Of, _ => false, plan => $"/plans/{plan.Id}?version={plan.Version}", StatusCodes.Status201Created);
    }
}
