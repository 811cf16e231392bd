using Florin.Flows;
using Florin.Identity;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Events;

/// <summary><c>GET /webhook-endpoints</c>: all of them, oldest first, without their secrets. There are never more than one page holds.</summary>
internal sealed class ListWebhookEndpoints : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/webhook-endpoints", HandleAsync)
        .WithTags("Events").WithSummary("Lists webhook endpoints").WithName("list_webhook_endpoints").RequireAuthorization(Scopes.WebhooksManage)
        .Produces<ListResponse<WebhookEndpointResponse>>();

    private static async Task<IResult> HandleAsync(IWebhookEndpoints endpoints, CancellationToken cancellationToken) => Results.Json(
        new ListResponse<WebhookEndpointResponse>(
            [.. (await endpoints.ListAsync(cancellationToken)).Select(endpoint => WebhookEndpointResponse.Of(endpoint))], NextCursor: null),
        JsonConventions.Options);
}
