using System.Diagnostics;
using System.Text.RegularExpressions;
using Florin.Flows;
using Florin.Identity;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Events;

/// <summary><c>POST /webhook-endpoints</c>: has events sent to an address from now on. The signing secret is in the answer and nowhere else.</summary>
internal sealed partial class CreateWebhookEndpoint : IEndpoint
{
    private const int UrlLengthMax = 2048;
    private const int DescriptionLengthMax = 200;
    private const int EventTypesMax = 50;
    private const int EventTypeLengthMax = 100;

    /// <param name="Url">https, on the public internet; redirects are not followed.</param>
    /// <param name="EventTypes"><c>*</c>, <c>deposit.*</c> or <c>deposit.succeeded</c>; everything when absent.</param>
    internal sealed record CreateWebhookEndpointRequest(string Url, IReadOnlyList<string>? EventTypes, string? Description);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/webhook-endpoints", HandleAsync)
        .WithTags("Events").WithSummary("Adds a webhook endpoint").WithName("create_webhook_endpoint").RequireAuthorization(Scopes.WebhooksManage)
        .Accepts<CreateWebhookEndpointRequest>("application/json").Produces<WebhookEndpointResponse>(StatusCodes.Status201Created)
        .Answers(ProblemCode.LimitExceeded);

    private static async Task<IResult> HandleAsync(HttpContext context, IWebhookEndpoints endpoints, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        string address = body.Text("url", 1, UrlLengthMax);
        string? description = body.OptionalText("description", 1, DescriptionLengthMax);
        IReadOnlyList<string> types = body.Find("event_types") is null ? ["*"] : body.Texts("event_types", EventTypesMax, EventTypeLengthMax);
        if (types.Count == 0 || types.Any(type => !EventType().IsMatch(type)))
        {
            body.AddError("event_types", "must be a list of *, deposit.* or deposit.succeeded and the like");
        }

        Uri? url = null;
        if (address.Length > 0 && !Uri.TryCreate(address, UriKind.Absolute, out url))
        {
            body.AddError("url", "must be an absolute https address");
        }

        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        NewWebhookEndpoint request = new(url!, description, [.. types.Distinct(StringComparer.Ordinal)], context.GetCaller().Principal);
        return await endpoints.CreateAsync(request, cancellationToken) switch
        {
            WebhookEndpointOutcome.Created created => Results.Json(
                WebhookEndpointResponse.Of(created.Endpoint, created.Secret), JsonConventions.Options, statusCode: StatusCodes.Status201Created),
            WebhookEndpointOutcome.AddressRefused refused => Problems.Field("url", refused.Reason),
            WebhookEndpointOutcome.TooMany tooMany => Problems.Of(ProblemCode.LimitExceeded, $"There are {tooMany.Max} endpoints already."),
            _ => throw new UnreachableException(),
        };
    }

    [GeneratedRegex(@"^(\*|[a-z][a-z0-9_]*\.(\*|[a-z][a-z0-9_]*))\z", RegexOptions.ExplicitCapture)]
    private static partial Regex EventType();
}
