using System.Net.Http.Headers;
using System.Text;
using Florin.Sandbox.Clock;
using Florin.Sandbox.Faults;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Webhooks;

/// <summary>Makes one attempt to deliver a webhook, and books how it ended.</summary>
internal sealed class WebhookSender(World world, SandboxClock clock, IWebhookScheme scheme, TimeProvider timeProvider) : IDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public string Provider => scheme.Provider;

    /// <summary>The event's type, and the object that it tells of.</summary>
    public (string Type, string Subject) Describe(UnitOfWork unit, StoredObject delivery) =>
        scheme.Describe(unit.Find(delivery.Body.Text("event")!)!.Body);

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

    private Prepared? Prepare(UnitOfWork unit, Outgoing outgoing)
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
            scheme.AlterAmount(body, fault);
        }

        return new Prepared(endpoint, Encoding.UTF8.GetBytes(body.ToText()));
    }

    private async Task<bool> PostAsync(Prepared prepared, Fault? fault, CancellationToken stoppingToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, prepared.Endpoint.Body.Text("url")) { Content = new ByteArrayContent(prepared.Body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
        scheme.Sign(request, prepared.Endpoint, prepared.Body, fault);
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

    private sealed record Prepared(StoredObject Endpoint, byte[] Body);
}
