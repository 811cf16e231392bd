using System.Collections.Immutable;
using System.Globalization;
using Florin.Flows;
using Florin.Identity;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Events;

/// <summary><c>GET /webhook-endpoints/{id}/deliveries</c>: how far each event is on its way to an endpoint, newest event first.</summary>
internal sealed class ListWebhookDeliveries : IEndpoint
{
    private static readonly string[] Statuses = ["pending", "delivered", "parked"];

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/webhook-endpoints/{id}/deliveries", HandleAsync)
        .WithTags("Events").WithSummary("Lists deliveries to a webhook endpoint").WithName("list_webhook_deliveries")
        .RequireAuthorization(Scopes.WebhooksManage).Produces<ListResponse<WebhookDeliveryResponse>>()
        .TakesQuery("status", "pending, delivered or parked; all when absent").TakesPage();

    private static async Task<IResult> HandleAsync(
        HttpContext context, string id, IWebhookEndpoints endpoints, IWebhookDeliveries deliveries, CancellationToken cancellationToken)
    {
        RequestQuery query = new(context);
        int limit = query.Limit();
        long? before = query.Whole("cursor", 1, long.MaxValue);
        string? status = query.Text("status", 10);
        if (status is not null && !Statuses.Contains(status))
        {
            query.AddError("status", $"must be one of: {string.Join(", ", Statuses)}");
        }

        if (query.Refusal() is { } refusal)
        {
            return refusal;
        }

        if (await endpoints.FindAsync(id, cancellationToken) is not { } endpoint)
        {
            return WebhookEndpointOfRoute.NotFound;
        }

        ImmutableArray<WebhookDelivery> found = await deliveries.ListAsync(endpoint.Id, status, before, limit + 1, cancellationToken);
        WebhookDeliveryResponse[] page = [.. found.Take(limit).Select(WebhookDeliveryResponse.Of)];
        string? next = found.Length > limit ? page[^1].Sequence.ToString(CultureInfo.InvariantCulture) : null;
        return Results.Json(new ListResponse<WebhookDeliveryResponse>(page, next), JsonConventions.Options);
    }
}
