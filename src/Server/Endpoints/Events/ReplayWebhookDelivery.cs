using System.Globalization;
using Florin.Flows;
using Florin.Identity;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Events;

/// <summary><c>POST /webhook-endpoints/{id}/deliveries/{sequence}/replay</c>: sends one event again, such as a parked one.</summary>
internal sealed class ReplayWebhookDelivery : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/webhook-endpoints/{id}/deliveries/{sequence}/replay", HandleAsync)
        .WithTags("Events").WithSummary("Sends one event to a webhook endpoint again").WithName("replay_webhook_delivery")
        .RequireAuthorization(Scopes.WebhooksManage).Produces(StatusCodes.Status202Accepted);

    private static async Task<IResult> HandleAsync(
        string id, string sequence, IWebhookDeliveries deliveries, TimeProvider timeProvider, CancellationToken cancellationToken) =>
        Guid.TryParseExact(id, "D", out Guid value)
        && long.TryParse(sequence, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
        && await deliveries.ReplayOneAsync(new WebhookEndpointId(value), number, timeProvider.GetUtcNow(), cancellationToken)
            ? Results.StatusCode(StatusCodes.Status202Accepted)
            : Problems.NotFound("delivery");
}
