using Florin.Flows;
using Florin.Identity;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Events;

/// <summary><c>GET /webhook-endpoints/{id}</c>.</summary>
internal sealed class GetWebhookEndpoint : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/webhook-endpoints/{id}", HandleAsync)
        .WithTags("Events").WithSummary("Shows a webhook endpoint").WithName("get_webhook_endpoint").RequireAuthorization(Scopes.WebhooksManage)
        .Produces<WebhookEndpointResponse>();

    private static async Task<IResult> HandleAsync(string id, IWebhookEndpoints endpoints, CancellationToken cancellationToken) =>
        await endpoints.FindAsync(id, cancellationToken) is { } endpoint
            ? Results.Json(WebhookEndpointResponse.Of(endpoint), JsonConventions.Options)
            : WebhookEndpointOfRoute.NotFound;
}
