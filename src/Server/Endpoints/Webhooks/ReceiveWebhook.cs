using System.Diagnostics;
using Florin.Flows;
using Florin.Providers;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Webhooks;

/// <summary>
/// <c>POST /webhooks/{provider}</c>: takes a provider's event when its signature proves the sender, stores it, and answers. It is worked off
/// afterwards, so that a backlog is taken fast and nothing is lost by a handler that fails (faults W-14, W-15).
/// </summary>
internal sealed class ReceiveWebhook : IEndpoint
{
    public const int BodyBytesMax = 256 * 1024;

    private const int NameLengthMax = 255;

    internal sealed record WebhookResponse(bool Received);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/webhooks/{provider}", HandleAsync)
        .WithTags("Webhooks").WithSummary("Takes a provider's event").WithName("receive_webhook").AllowAnonymous()
        .Produces<WebhookResponse>().Answers(ProblemCode.SignatureInvalid, ProblemCode.PayloadTooLarge);

    private static async Task<IResult> HandleAsync(
        HttpContext context,
        string provider,
        IEnumerable<IPaymentProvider> providers,
        IWebhookInbox inbox,
        IInboxWorker worker,
        InboundMetrics metrics,
        TimeProvider timeProvider,
        CancellationToken cancellationToken)
    {
        if (providers.FirstOrDefault(known => known.Name == provider) is not { } sender)
        {
            return Problems.NotFound("provider");
        }

        if (await BoundedBody.ReadAsync(context.Request, BodyBytesMax, cancellationToken) is not { } body)
        {
            return Problems.Of(ProblemCode.PayloadTooLarge, $"The body is limited to {BodyBytesMax} bytes.");
        }

        switch (sender.VerifyWebhook(body, SignatureOf(context)))
        {
            case WebhookVerification.Valid { Event: var read } when IsStorable(read):
                InboundEvent stored = new(
                    provider, read.Id, read.Type, read.ObjectId, CardNumbers.Mask(read.Body), "webhook", timeProvider.GetUtcNow());

                // Durable before it is answered; a repeat is answered alike and has no effect (fault W-01).
                bool isNew = await inbox.StoreAsync(stored, cancellationToken);
                metrics.Count(provider, isNew ? "stored" : "duplicate");
                if (isNew)
                {
                    worker.Wake();
                }

                return Results.Json(new WebhookResponse(Received: true), JsonConventions.Options);
            case WebhookVerification.Invalid:
                metrics.Count(provider, "bad_signature");
                return Problems.Of(ProblemCode.SignatureInvalid, "Nothing was stored.");
            case WebhookVerification.Unavailable:
                metrics.Count(provider, "unavailable");
                return Problems.Of(ProblemCode.ProviderUnavailable, "The signature cannot be checked now. Nothing was stored.");
            case WebhookVerification.Valid or WebhookVerification.Unusable:
                metrics.Count(provider, "unusable");
                return Problems.Of(ProblemCode.BadRequest, "The body is no event of this environment. Nothing was stored.");
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>One header; two would leave open which one counts.</summary>
    private static string? SignatureOf(HttpContext context) =>
        context.Request.Headers["Stripe-Signature"] is { Count: 1 } values ? values[0] : null;

    private static bool IsStorable(ProviderEvent read) => new[] { read.Id, read.Type, read.ObjectId }.All(
        text => text.Length <= NameLengthMax && text.All(character => character is >= ' ' and <= '~')) && read.Id.Length > 0 && read.Type.Length > 0;
}
