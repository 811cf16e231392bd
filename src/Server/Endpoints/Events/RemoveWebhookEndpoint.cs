using Florin.Flows;
using Florin.Identity;

namespace Florin.Server.Endpoints.Events;

/// <summary><c>DELETE /webhook-endpoints/{id}</c>: it gets nothing more; what was pending for it is not sent.</summary>
internal sealed class RemoveWebhookEndpoint : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapDelete("/webhook-endpoints/{id}", HandleAsync)
        .WithTags("Events").WithSummary("Removes a webhook endpoint").WithName("remove_webhook_endpoint").RequireAuthorization(Scopes.WebhooksManage)
        .Produces(StatusCodes.Status204NoContent);

    private static async Task<IResult> HandleAsync(string id, IWebhookEndpoints endpoints, CancellationToken cancellationToken) =>
        Guid.TryParseExact(id, "D", out Guid value) && await endpoints.RemoveAsync(new WebhookEndpointId(value), cancellationToken)
            ? Results.NoContent()
            : WebhookEndpointOfRoute.NotFound;
}
