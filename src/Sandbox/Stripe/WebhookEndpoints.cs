using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary><c>/v1/webhook_endpoints</c>; the control plane and the command line make the same objects.</summary>
internal static class WebhookEndpoints
{
    public const string Type = "webhook_endpoint";

    public static IEnumerable<StripeRoute> Routes =>
    [
        new(
            "POST",
            "/v1/webhook_endpoints",
            "webhook_endpoints.create",
            ["url", "enabled_events", "api_version", "description", "metadata.*", "expand"],
            Create),
        new("GET", "/v1/webhook_endpoints", "webhook_endpoints.list", StripeList.Parameters, call => StripeList.Answer(call, Type, _ => true)),
        new("GET", "/v1/webhook_endpoints/{id}", "webhook_endpoints.get", ["expand"], call => call.Show(Type, "webhook endpoint", "id")),
        new("DELETE", "/v1/webhook_endpoints/{id}", "webhook_endpoints.delete", [], Delete),
    ];

    public static bool Wants(StoredObject endpoint, string type) =>
        endpoint.Body["enabled_events"]!.AsArray().Any(wanted => wanted!.GetValue<string>() is "*" || wanted.GetValue<string>() == type);

    /// <summary>The secrets that sign for an endpoint: during a rotation there are two.</summary>
    public static IReadOnlyList<string> SecretsOf(StoredObject endpoint) =>
        [.. endpoint.Hidden["secrets"]!.AsArray().Select(secret => secret!.GetValue<string>())];

    /// <summary>Sends every event to a URL, signed with each of the secrets. The same URL again replaces its secrets.</summary>
    /// <returns><see langword="false"/> when there are <see cref="Limits.WebhookEndpoints"/> others already.</returns>
    public static bool Put(StripeSession session, string url, IReadOnlyList<string> secrets)
    {
        List<StoredObject> all = [.. session.Unit.NewestFirst(Type)];
        var endpoint = all.Find(stored => stored.Body.Text("url") == url);
        if (endpoint is null && all.Count >= Limits.WebhookEndpoints)
        {
            return false;
        }

        endpoint = endpoint is null ? Add(session, url, ["*"]) : session.Unit.Edit(endpoint.Id);
        endpoint.Hidden["secrets"] = new JsonArray([.. secrets.Select(secret => (JsonNode)secret)]);
        return true;
    }

    private static StripeAnswer Create(StripeCall call)
    {
        var read = call.Read();
        var url = read.RequiredText("url");
        var events = read.List("enabled_events");
        var metadata = read.Metadata();
        if (events.Count == 0)
        {
            read.Refuse("Missing required param: enabled_events.", "parameter_missing", "enabled_events");
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https"))
        {
            read.Refuse("Invalid URL: An explicit scheme (such as https) must be provided.", "url_invalid", "url");
        }

        if (read.Problem is { } problem)
        {
            return problem;
        }

        if (call.Unit.NewestFirst(Type).Count() >= Limits.WebhookEndpoints)
        {
            return StripeAnswer.Refused($"You have reached the maximum of {Limits.WebhookEndpoints} test webhook endpoints.");
        }

        var endpoint = Add(call.Session, url, events);
        var secret = $"whsec_{call.Ids.Text(32)}";
        endpoint.Hidden["secrets"] = new JsonArray(secret);
        endpoint.Body["metadata"] = metadata;
        endpoint.Body["description"] = read.Text("description");

        // The secret is told once, in the answer to the creation.
        var body = endpoint.Body.Copy();
        body["secret"] = secret;
        return StripeAnswer.Ok(body);
    }

    private static StoredObject Add(StripeSession session, string url, IReadOnlyList<string> events)
    {
        var id = session.Ids.Next("we");
        return session.Unit.Add(Type, id, new JsonObject
        {
            ["id"] = id,
            ["object"] = Type,
            ["api_version"] = StripeSession.ApiVersion,
            ["application"] = null,
            ["created"] = session.UnixNow,
            ["description"] = null,
            ["enabled_events"] = new JsonArray([.. events.Select(name => (JsonNode)name)]),
            ["livemode"] = false,
            ["metadata"] = new JsonObject(),
            ["status"] = "enabled",
            ["url"] = url,
        });
    }

    private static StripeAnswer Delete(StripeCall call)
    {
        if (call.Unit.Find(Type, call.Id) is null)
        {
            return StripeAnswer.Missing("webhook endpoint", call.Id, "id");
        }

        call.Unit.Delete(call.Id);
        return StripeAnswer.Ok(new JsonObject { ["id"] = call.Id, ["object"] = Type, ["deleted"] = true });
    }
}
