using Florin.Identity;
using Florin.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Subscriptions;

/// <summary><c>POST /subscriptions/{id}/pause</c>: stops billing and keeps what is left of the period. Refused while an invoice is open.</summary>
internal sealed class PauseSubscription : IEndpoint
{
    internal sealed record PauseSubscriptionRequest;

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/subscriptions/{id}/pause", HandleAsync)
        .WithTags("Subscriptions").WithSummary("Pauses a subscription").WithName("pause_subscription").RequireAuthorization(IdentityPolicies.User)
        .RequireIdempotencyKey().Accepts<PauseSubscriptionRequest>("application/json").Produces<SubscriptionResponse>().Answers(SubscriptionChange.Codes);

    private static Task<IResult> HandleAsync(HttpContext context, string id, ISubscriptions subscriptions, CancellationToken cancellationToken) =>
        context.ChangeAsync(
            id,
            _ => true,
            (_, merchant, key, subscription) => subscriptions.PauseAsync(merchant, key, subscription, cancellationToken),
            cancellationToken);
}
