using Florin.Flows;
using Florin.Identity;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Webhooks;

/// <summary><c>GET /webhooks/inbox</c>: provider events of a status, newest first.</summary>
internal sealed class ListInbox : IEndpoint
{
    private static readonly string[] Statuses = ["pending", "done", "ignored", "parked"];

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/webhooks/inbox", HandleAsync)
        .WithTags("Webhooks").WithSummary("Lists provider events").WithName("list_inbox").RequireAuthorization(Scopes.WebhooksManage)
        .Produces<ListResponse<InboundEventResponse>>()
        .TakesQuery("status", "pending, done, ignored or parked; all when absent").TakesQuery("limit", "1 to 200; 50 when absent");

    private static async Task<IResult> HandleAsync(HttpContext context, IWebhookInbox inbox, CancellationToken cancellationToken)
    {
        RequestQuery query = new(context);
        int limit = query.Limit();
        string? status = query.Text("status", 10);
        if (status is not null && !Statuses.Contains(status))
        {
            query.AddError("status", $"must be one of: {string.Join(", ", Statuses)}");
        }

        if (query.Refusal() is { } refusal)
        {
            return refusal;
        }

        IReadOnlyList<InboundEvent> events = await inbox.ListAsync(status, limit, cancellationToken);
        return Results.Json(
            new ListResponse<InboundEventResponse>([.. events.Select(InboundEventResponse.Of)], NextCursor: null), JsonConventions.Options);
    }
}
