using Florin.Flows;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Events;

/// <summary>Finds the endpoint that a path names.</summary>
internal static class WebhookEndpointOfRoute
{
    public static ProblemResult NotFound => Problems.NotFound("webhook endpoint");

    public static async ValueTask<WebhookEndpoint?> FindAsync(this IWebhookEndpoints endpoints, string id, CancellationToken cancellationToken) =>
        Guid.TryParseExact(id, "D", out Guid value) ? await endpoints.GetAsync(new WebhookEndpointId(value), cancellationToken) : null;
}
