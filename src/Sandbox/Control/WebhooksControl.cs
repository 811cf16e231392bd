using System.Text.Json.Nodes;
using Florin.Sandbox.Clock;
using Florin.Sandbox.PayPal;
using Florin.Sandbox.State;
using Florin.Sandbox.Stripe;

namespace Florin.Sandbox.Control;

/// <summary><c>POST /_sandbox/webhooks {provider, url, secret, previous_secret?}</c>: with two secrets, both sign. For PayPal the secret is the webhook's id.</summary>
internal static class WebhooksControl
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/_sandbox/webhooks", PutAsync);

    private static async Task<IResult> PutAsync(HttpRequest request, World world, SandboxClock clock, StripeContext context, PayPalWorld paypal)
    {
        if (await ControlRequest.ReadAsync(request) is not { } body)
        {
            return ControlRequest.NotJson();
        }

        var url = body.Text("url");
        var secret = body.Text("secret");
        if (body.Text("provider") == PayPalWorld.ProviderName)
        {
            return PutPayPal(paypal, url, secret);
        }

        if ((body.Text("provider") ?? "stripe") != "stripe" || secret is not { Length: > 0 }
            || !Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https"))
        {
            return ControlRequest.Problem(400, "invalid_webhook", "provider must be stripe or paypal, url an http URL, and secret is required.");
        }

        string[] secrets = body.Text("previous_secret") is { Length: > 0 } previous ? [secret, previous] : [secret];
        return Put(world, clock, context, url!, secrets)
            ? ControlRequest.Answer(new JsonObject { ["provider"] = "stripe", ["url"] = url, ["secrets"] = secrets.Length }, 201)
            : ControlRequest.Problem(409, "too_many_endpoints", $"At most {Limits.WebhookEndpoints} endpoints.");
    }

    /// <summary>PayPal signs with a certificate: what stands for a secret is the webhook's id, which is ours to keep and made when none is given.</summary>
    private static IResult PutPayPal(PayPalWorld paypal, string? url, string? webhookId) =>
        !Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https")
            ? ControlRequest.Problem(400, "invalid_webhook", "url must be an http URL.")
            : PayPalControl.PutWebhook(paypal, url, webhookId) is { } id
                ? ControlRequest.Answer(new JsonObject { ["provider"] = PayPalWorld.ProviderName, ["url"] = url, ["webhook_id"] = id }, 201)
                : ControlRequest.Problem(409, "too_many_endpoints", $"At most {Limits.WebhookEndpoints} endpoints.");

    public static bool Put(World world, SandboxClock clock, StripeContext context, string url, IReadOnlyList<string> secrets) =>
        world.Execute(clock.Now, null, unit =>
        {
            var put = WebhookEndpoints.Put(new StripeSession(unit, context), url, secrets);
            unit.Commit();
            return put;
        });
}
