using Florin.Identity;
using Florin.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Subscriptions;

/// <summary><c>GET /subscriptions</c>: the caller's, newest first.</summary>
internal sealed class ListSubscriptions : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/subscriptions", HandleAsync)
        .WithTags("Subscriptions").WithSummary("Lists subscriptions").WithName("list_subscriptions").RequireAuthorization(IdentityPolicies.User)
        .Produces<ListResponse<SubscriptionResponse>>().Answers(ProblemCode.Forbidden).TakesPage();

    private static Task<IResult> HandleAsync(HttpContext context, ISubscriptions subscriptions, CancellationToken cancellationToken) =>
        context.PageAsync<Subscription, SubscriptionResponse>(subscriptions.ListAsync, SubscriptionResponse.Of, item => item.Id, cancellationToken);
}
