using Florin.Flows;
using Florin.Identity;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Events;

/// <summary>
/// <c>POST /webhook-endpoints/{id}/replay?since=N</c>: sends the events after a number again, whether they arrived or not, with the same ids and
/// bytes, and marked by the header <c>florin-replay</c> (fault O-05).
/// </summary>
internal sealed class ReplayWebhookEvents : IEndpoint
{
    /// <summary>Events put in by one call; the answer says where the next goes on.</summary>
    private const int EventsMax = 10_000;

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/webhook-endpoints/{id}/replay", HandleAsync)
        .WithTags("Events").WithSummary("Sends events to a webhook endpoint again").WithName("replay_webhook_events")
        .RequireAuthorization(Scopes.WebhooksManage).Produces<WebhookReplayResponse>(StatusCodes.Status202Accepted)
        .TakesQuery("since", $"the sequence after which to begin; needed. At most {EventsMax} events are put in by one call");

    private static async Task<IResult> HandleAsync(
        HttpContext context,
        string id,
        IWebhookEndpoints endpoints,
        IWebhookDeliveries deliveries,
        TimeProvider timeProvider,
        CancellationToken cancellationToken)
    {
        RequestQuery query = new(context);
        long? since = query.Whole("since", 0, long.MaxValue);
        if (!context.Request.Query.ContainsKey("since"))
        {
            query.AddError("since", "is required");
        }

        if (query.Refusal() is { } refusal)
        {
            return refusal;
        }

        if (await endpoints.FindAsync(id, cancellationToken) is not { } endpoint)
        {
            return WebhookEndpointOfRoute.NotFound;
        }

        QueuedReplay replay = await deliveries.ReplayAsync(endpoint.Id, since!.Value, EventsMax, timeProvider.GetUtcNow(), cancellationToken);
        return Results.Json(
            new WebhookReplayResponse(replay.Count, replay.LastSequence, replay.HasMore),
            JsonConventions.Options,
            statusCode: StatusCodes.Status202Accepted);
    }
}
