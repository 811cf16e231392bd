using Florin.Identity;
using Florin.Payments;
using Florin.Server.Endpoints.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Subscriptions;

/// <summary><c>GET /plans/{id}</c>: the newest version, or the one that <c>?version=</c> names.</summary>
internal sealed class GetPlan : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/plans/{id}", HandleAsync)
        .WithTags("Subscriptions").WithSummary("Shows a plan").WithName("get_plan").RequireAuthorization(IdentityPolicies.User)
        .Produces<PlanResponse>().Answers(ProblemCode.Forbidden, ProblemCode.NotFound, ProblemCode.BadQuery)
        .TakesQuery("version", "A version from 1; the newest when it is left out.");

    private static async Task<IResult> HandleAsync(HttpContext context, string id, ISubscriptions subscriptions, CancellationToken cancellationToken)
    {
        RequestQuery query = new(context);
        int? version = (int?)query.Whole("version", 1, int.MaxValue);
        if (query.Refusal() is { } refusal)
        {
            return refusal;
        }

        if (!context.TryGetMerchant(out MerchantCaller merchant, out IResult? forbidden))
        {
            return forbidden!;
        }

        return Guid.TryParseExact(id, "D", out Guid planId)
            && await subscriptions.GetPlanAsync(merchant.MerchantId, planId, version, cancellationToken) is { } plan
            ? Results.Json(PlanResponse.Of(plan), JsonConventions.Options)
            : Problems.NotFound("plan");
    }
}
