using Florin.Flows;
using Florin.Identity;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Events;

/// <summary>
/// <c>POST /webhook-endpoints/{id}/rotate-secret</c>: a new signing secret, in the answer and nowhere else. For the overlap each event carries a
/// signature by either, so that the receiver changes when it likes (fault O-08).
/// </summary>
internal sealed class RotateWebhookSecret : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/webhook-endpoints/{id}/rotate-secret", HandleAsync)
        .WithTags("Events").WithSummary("Gives a webhook endpoint a new secret").WithName("rotate_webhook_secret")
        .RequireAuthorization(Scopes.WebhooksManage).Produces<WebhookEndpointResponse>()
        .TakesQuery(
            "overlap_hours",
            $"how long the present secret signs too, 0 to {IWebhookEndpoints.OverlapMax.TotalHours}; {IWebhookEndpoints.OverlapDefault.TotalHours} when absent. 0 for one that leaked");

    private static async Task<IResult> HandleAsync(HttpContext context, string id, IWebhookEndpoints endpoints, CancellationToken cancellationToken)
    {
        RequestQuery query = new(context);
        long? hours = query.Whole("overlap_hours", 0, (long)IWebhookEndpoints.OverlapMax.TotalHours);
        if (query.Refusal() is { } refusal)
        {
            return refusal;
        }

        TimeSpan overlap = hours is { } given ? TimeSpan.FromHours(given) : IWebhookEndpoints.OverlapDefault;
        return await endpoints.FindAsync(id, cancellationToken) is { } found
            && await endpoints.RotateSecretAsync(found.Id, overlap, cancellationToken) is { } secret
            && await endpoints.GetAsync(found.Id, cancellationToken) is { } endpoint
                ? Results.Json(WebhookEndpointResponse.Of(endpoint, secret), JsonConventions.Options)
                : WebhookEndpointOfRoute.NotFound;
    }
}
