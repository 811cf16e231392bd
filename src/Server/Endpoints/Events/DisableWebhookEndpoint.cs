using Florin.Flows;
using Florin.Identity;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Events;

/// <summary><c>POST /webhook-endpoints/{id}/disable</c>: nothing is sent and no new events are kept for it; what is pending waits.</summary>
internal sealed class DisableWebhookEndpoint : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/webhook-endpoints/{id}/disable", HandleAsync)
        .WithTags("Events").WithSummary("Disables a webhook endpoint").WithName("disable_webhook_endpoint").RequireAuthorization(Scopes.WebhooksManage)
        .Produces<WebhookEndpointResponse>();

    private static async Task<IResult> HandleAsync(string id, IWebhookEndpoints endpoints, CancellationToken cancellationToken) =>
        Guid.TryParseExact(id, "D", out Guid value)
        && await endpoints.SetEnabledAsync(new WebhookEndpointId(value), isEnabled: false, cancellationToken) is { } endpoint
            ? Results.Json(WebhookEndpointResponse.Of(endpoint), JsonConventions.Options)
            : WebhookEndpointOfRoute.NotFound;
}
