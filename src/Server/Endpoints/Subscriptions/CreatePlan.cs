using Florin.Identity;
using Florin.Payments;
using Florin.Server.Endpoints.Payments;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Subscriptions;

/// <summary><c>POST /plans</c>: makes a plan in its first version.</summary>
internal sealed class CreatePlan : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/plans", HandleAsync)
        .WithTags("Subscriptions").WithSummary("Makes a plan").WithName("create_plan").RequireAuthorization(IdentityPolicies.User)
        .RequireIdempotencyKey().Accepts<PlanRequest>("application/json").Produces<PlanResponse>(StatusCodes.Status201Created)
        .Answers(ProblemCode.Forbidden, ProblemCode.IdempotencyKeyMismatch);

    private static async Task<IResult> HandleAsync(
        HttpContext context, ISubscriptions subscriptions, WalletOptions wallets, CancellationToken cancellationToken)
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

        PaymentOutcome<Plan> outcome = await subscriptions.CreatePlanAsync(merchant, IdempotencyKey.Of(context), terms, cancellationToken);
        return outcome.ToResult("plan", PlanResponse.Of, _ => false, plan => $"/plans/{plan.Id}", StatusCodes.Status201Created);
    }
}
