using Florin.Identity;
using Florin.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Subscriptions;

/// <summary><c>POST /subscriptions/{id}/plan</c>: changes to another plan of the same currency, or to another version.</summary>
internal sealed class ChangeSubscriptionPlan : IEndpoint
{
    /// <param name="PlanVersion">The newest when it is left out.</param>
    internal sealed record PlanChangeRequest(Guid PlanId, int? PlanVersion);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/subscriptions/{id}/plan", HandleAsync)
        .WithTags("Subscriptions").WithSummary("Changes the plan of a subscription").WithName("change_subscription_plan")
        .RequireAuthorization(IdentityPolicies.User).RequireIdempotencyKey().Accepts<PlanChangeRequest>("application/json")
        .Produces<SubscriptionResponse>().Answers([.. SubscriptionChange.Codes, ProblemCode.UnsupportedCurrency]);

    private static Task<IResult> HandleAsync(HttpContext context, string id, ISubscriptions subscriptions, CancellationToken cancellationToken) =>
        context.ChangeAsync(
            id,
            body => (Plan: body.Uuid("plan_id"), Version: body.OptionalInteger("plan_version", 1, int.MaxValue)),
            (asked, merchant, key, subscription) =>
                subscriptions.ChangePlanAsync(merchant, key, subscription, asked.Plan, asked.Version, cancellationToken),
            cancellationToken);
}
