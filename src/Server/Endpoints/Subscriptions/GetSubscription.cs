using Florin.Identity;
using Florin.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Subscriptions;

/// <summary><c>GET /subscriptions/{id}</c>.</summary>
internal sealed class GetSubscription : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/subscriptions/{id}", HandleAsync)
        .WithTags("Subscriptions").WithSummary("Shows a subscription").WithName("get_subscription").RequireAuthorization(IdentityPolicies.User)
        .Produces<SubscriptionResponse>().Answers(ProblemCode.Forbidden, ProblemCode.NotFound);

    private static Task<IResult> HandleAsync(HttpContext context, string id, ISubscriptions subscriptions, CancellationToken cancellationToken) =>
        context.FindAsync("subscription", id, subscriptions.GetAsync, SubscriptionResponse.Of, cancellationToken);
}
