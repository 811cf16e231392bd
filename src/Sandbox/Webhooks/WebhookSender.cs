using System.Net.Http.Headers;
using System.Text;
using Florin.Sandbox.Clock;
using Florin.Sandbox.Faults;
using Florin.Sandbox.State;
using Florin.Sandbox.Stripe;

namespace Florin.Sandbox.Webhooks;

/// <summary>Makes one attempt to deliver a webhook, and books how it ended.</summary>
internal sealed class WebhookSender(World world, SandboxClock clock, TimeProvider timeProvider) : IDisposable
{
    /// <summary>How old a signature is that the fault <c>old_timestamp_webhook</c> sends.</summary>
    private const long OldSeconds = 6 * 60 * 60;

    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>The event's type, and the object that it tells of.</summary>
    public static (string Type, string Subject) Describe(UnitOfWork unit, StoredObject delivery)
    {
        var told = unit.Find(delivery.Body.Text("event")!)!.Body;
        return (told.Text("type")!, told["data"]!["object"]!.AsObject().Text("id")!);
    }

    public async Task SendAsync(Outgoing outgoing, CancellationToken stoppingToken)
    {
        if (world.Execute(clock.Now, null, unit => Prepare(unit, outgoing)) is not { } prepared)
        {
            return;
        }

        var succeeded = await PostAsync(prepared, outgoing.Fault, stoppingToken);
        world.Execute(clock.Now, null, unit =>
        {
            Delivery.Finish(unit, outgoing.DeliveryId, succeeded);
            unit.Commit();
            return true;
        });
    }

    public void Dispose() => http.Dispose();

    private static Prepared? Prepare(UnitOfWork unit, Outgoing outgoing)
    {
        if (unit.Find(outgoing.DeliveryId) is not { } delivery)
        {
            return null;
        }

        if (unit.Find(outgoing.EndpointId) is not { } endpoint)
        {
            // The endpoint was deleted meanwhile.
            Delivery.Drop(unit, delivery);
            unit.Commit();
            return null;
        }

        var body = unit.Find(delivery.Body.Text("event")!)!.Body.Copy();
        if (outgoing.Fault is { Kind: FaultKind.AmountMismatch } fault)
        {
            AmountMismatch.Alter(body["data"]!["object"]!.AsObject(), fault);
        }

        return new Prepared(endpoint.Body.Text("url")!, WebhookEndpoints.SecretsOf(endpoint), Encoding.UTF8.GetBytes(body.ToText()));
    }

    private async Task<bool> PostAsync(Prepared prepared, Fault? fault, CancellationToken stoppingToken)
    {
        var signedAt = clock.RealNow.ToUnixTimeSeconds() - (fault?.Kind == FaultKind.OldTimestampWebhook ? OldSeconds : 0);
        IReadOnlyList<string> secrets = fault?.Kind == FaultKind.BadSignatureWebhook ? ["whsec_not_the_secret"] : prepared.Secrets;
        using var request = new HttpRequestMessage(HttpMethod.Post, prepared.Url) { Content = new ByteArrayContent(prepared.Body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
        request.Headers.TryAddWithoutValidation("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)");
        request.Headers.TryAddWithoutValidation("Stripe-Signature", StripeSignature.Of(prepared.Body, secrets, signedAt));
        using var attempt = new CancellationTokenSource(Limits.WebhookAttempt, timeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(attempt.Token, stoppingToken);
        try
        {
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, linked.Token);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private sealed record Prepared(string Url, IReadOnlyList<string> Secrets, byte[] Body);
}
