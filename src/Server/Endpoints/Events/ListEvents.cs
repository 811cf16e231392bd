using Florin.Flows;
using Florin.Identity;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Events;

/// <summary><c>GET /events?since=N</c>: all events after a number, oldest first. What is not in the answer below its last number does not exist.</summary>
internal sealed class ListEvents : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/events", HandleAsync)
        .WithTags("Events").WithSummary("Lists events after a number").WithName("list_events").RequireAuthorization(Scopes.EventsRead)
        .Produces<EventPageResponse>()
        .TakesQuery("since", "the sequence of the last event that is known; 0, the beginning, when absent")
        .TakesQuery("limit", $"1 to {RequestQuery.LimitMax}; {RequestQuery.LimitDefault} when absent");

    private static async Task<IResult> HandleAsync(HttpContext context, IEventLog log, CancellationToken cancellationToken)
    {
        RequestQuery query = new(context);
        long since = query.Whole("since", 0, long.MaxValue) ?? 0;
        int limit = query.Limit();
        if (query.Refusal() is { } refusal)
        {
            return refusal;
        }

        IReadOnlyList<OutboundEvent> events = await log.ListAsync(since, limit + 1, cancellationToken);
        EventResponse[] page = [.. events.Take(limit).Select(EventResponse.Of)];
        return Results.Json(
            new EventPageResponse(page, page.Length > 0 ? page[^1].Sequence : since, HasMore: events.Count > limit), JsonConventions.Options);
    }
}
