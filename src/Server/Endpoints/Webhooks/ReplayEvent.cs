using Florin.Flows;
using Florin.Identity;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Webhooks;

/// <summary><c>POST /webhooks/inbox/{provider}/{event_id}/replay</c>: works an event off once more, such as one that was parked (fault W-15).</summary>
internal sealed class ReplayEvent : IEndpoint
{
    private const int NameLengthMax = 255;

    internal sealed record ReplayResponse(bool Replayed);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/webhooks/inbox/{provider}/{event_id}/replay", HandleAsync)
        .WithTags("Webhooks").WithSummary("Works a provider event off once more").WithName("replay_event").RequireAuthorization(Scopes.WebhooksManage)
        .Produces<ReplayResponse>(StatusCodes.Status202Accepted).Answers(ProblemCode.NotFound);

    private static async Task<IResult> HandleAsync(
        string provider,
        [Microsoft.AspNetCore.Mvc.FromRoute(Name = "event_id")] string eventId,
        IWebhookInbox inbox,
        IInboxWorker worker,
        CancellationToken cancellationToken)
    {
        if (!IsName(provider) || !IsName(eventId) || !await inbox.ReplayAsync(provider, eventId, cancellationToken))
        {
            return Problems.NotFound("event");
        }

        worker.Wake();
        return Results.Json(new ReplayResponse(Replayed: true), JsonConventions.Options, statusCode: StatusCodes.Status202Accepted);
    }

    private static bool IsName(string text) => text.Length <= NameLengthMax && text.All(character => character is > ' ' and <= '~');
}
