using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.PayPal;

/// <summary><c>/v1/notifications/webhooks</c>; the control plane and the command line make the same objects.</summary>
internal static class WebhookRegistrations
{
    private const string Path = "/v1/notifications/webhooks";
    private const int UrlMax = 2048;

    public static IEnumerable<PayPalRoute> Routes =>
    [
        new("POST", Path, "webhooks.create", Create),
        new("GET", Path, "webhooks.list", call => PayPalAnswer.Ok(new JsonObject
        {
            ["webhooks"] = new JsonArray([.. call.Unit.NewestFirst(PayPalTypes.Webhook).Select(webhook => (JsonNode)webhook.Body.Copy())]),
        })),
        new("GET", $"{Path}/{{id}}", "webhooks.get", call => call.Show(PayPalTypes.Webhook)),
        new("DELETE", $"{Path}/{{id}}", "webhooks.delete", Delete),
    ];

    public static bool Wants(StoredObject webhook, string type) =>
        webhook.Body["event_types"]!.AsArray().Any(wanted => wanted!.AsObject().Text("name") is { } name && (name == "*" || name == type));

    /// <summary>Sends every event to a URL. The same URL again replaces its registration.</summary>
    /// <param name="id">The webhook's id, which signatures name; <see langword="null"/> makes one.</param>
    /// <returns>The id, or <see langword="null"/> when there are <see cref="Limits.WebhookEndpoints"/> others already.</returns>
    public static string? Put(PayPalSession session, string url, string? id)
    {
        List<StoredObject> all = [.. session.Unit.NewestFirst(PayPalTypes.Webhook)];
        if (all.Find(webhook => webhook.Body.Text("url") == url) is { } earlier)
        {
            if (id is null || earlier.Id == id)
            {
                return earlier.Id;
            }

            session.Unit.Delete(earlier.Id);
        }

        return all.Count < Limits.WebhookEndpoints ? Add(session, id ?? session.NextId(), url, new JsonArray(new JsonObject { ["name"] = "*" })).Id : null;
    }

    private static PayPalAnswer Create(PayPalCall call)
    {
        var url = call.Body.Text("url");
        if (call.Body["event_types"] is not JsonArray { Count: > 0 } types || url is not { Length: <= UrlMax }
            || !Uri.TryCreate(url, UriKind.Absolute, out var parsed) || !(parsed.Scheme == "https" || parsed.IsLoopback))
        {
            return PayPalAnswer.Error(400, "VALIDATION_ERROR", "/url", "The url is https, and there is at least one event type.");
        }

        return call.Unit.NewestFirst(PayPalTypes.Webhook).Any(webhook => webhook.Body.Text("url") == url)
            ? PayPalAnswer.Error(400, "WEBHOOK_URL_ALREADY_EXISTS", "/url")
            : call.Made(Add(call.Session, call.Session.NextId(), url, types.DeepClone().AsArray()));
    }

    private static StoredObject Add(PayPalSession session, string id, string url, JsonArray types) =>
        session.Add(PayPalTypes.Webhook, id, new JsonObject
        {
            ["id"] = id,
            ["url"] = url,
            ["event_types"] = types,
            ["links"] = new JsonArray(session.Link("self", $"{Path}/{id}")),
        });

    private static PayPalAnswer Delete(PayPalCall call)
    {
        if (call.Unit.Find(PayPalTypes.Webhook, call.Id) is null)
        {
            return PayPalAnswer.Missing();
        }

        call.Unit.Delete(call.Id);
        return PayPalAnswer.NoContent();
    }
}
