using Florin.Identity;
using Florin.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Subscriptions;

/// <summary><c>GET /plans</c>: the caller's, newest first.</summary>
internal sealed class ListPlans : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/plans", HandleAsync)
        .WithTags("Subscriptions").WithSummary("Lists plans").WithName("list_plans").RequireAuthorization(IdentityPolicies.User)
        .Produces<ListResponse<PlanResponse>>().Answers(ProblemCode.Forbidden).TakesPage();

    private static Task<IResult> HandleAsync(HttpContext context, ISubscriptions subscriptions, CancellationToken cancellationToken) =>
        context.PageAsync<Plan, PlanResponse>(subscriptions.ListPlansAsync, PlanResponse.Of, item => item.Id, cancellationToken);
}
