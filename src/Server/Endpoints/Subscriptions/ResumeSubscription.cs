using Florin.Identity;
using Florin.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Subscriptions;

/// <summary><c>POST /subscriptions/{id}/resume</c>: lets a paused one go on with what was left, or takes back a cancellation at the end of the period.</summary>
internal sealed class ResumeSubscription : IEndpoint
{
    internal sealed record ResumeSubscriptionRequest;

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/subscriptions/{id}/resume", HandleAsync)
        .WithTags("Subscriptions").WithSummary("Resumes a subscription").WithName("resume_subscription").RequireAuthorization(IdentityPolicies.User)
        .RequireIdempotencyKey().Accepts<ResumeSubscriptionRequest>("application/json").Produces<SubscriptionResponse>().Answers(SubscriptionChange.Codes);

    private static Task<IResult> HandleAsync(HttpContext context, string id, ISubscriptions subscriptions, CancellationToken cancellationToken) =>
        context.ChangeAsync(
            id,
            _ => true,
            (_, merchant, key, subscription) => subscriptions.ResumeAsync(merchant, key, subscription, cancellationToken),
            cancellationToken);
}
