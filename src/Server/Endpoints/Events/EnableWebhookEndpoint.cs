using Florin.Flows;
using Florin.Identity;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Events;

/// <summary><c>POST /webhook-endpoints/{id}/enable</c>: it gets what is pending and what happens from now on; what happened meanwhile comes by a replay.</summary>
internal sealed class EnableWebhookEndpoint : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/webhook-endpoints/{id}/enable", HandleAsync)
        .WithTags("Events").WithSummary("Enables a webhook endpoint").WithName("enable_webhook_endpoint").RequireAuthorization(Scopes.WebhooksManage)
        .Produces<WebhookEndpointResponse>();

    private static async Task<IResult> HandleAsync(string id, IWebhookEndpoints endpoints, CancellationToken cancellationToken) =>
        Guid.TryParseExact(id, "D", out Guid value)
        && await endpoints.SetEnabledAsync(new WebhookEndpointId(value), isEnabled: true, cancellationToken) is { } endpoint
            ? Results.Json(WebhookEndpointResponse.Of(endpoint), JsonConventions.Options)
            : WebhookEndpointOfRoute.NotFound;
}
