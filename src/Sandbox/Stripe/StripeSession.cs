using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary>What every handler may use.</summary>
internal sealed record StripeContext(SandboxOptions Options, SandboxIds Ids);

/// <summary>A unit of work with what Stripe's objects need besides: ids, events, and work for later.</summary>
internal sealed class StripeSession(UnitOfWork unit, StripeContext context)
{
    /// <summary>The API version that the answers and events have the shape of.</summary>
    public const string ApiVersion = "2023-08-16";

    public UnitOfWork Unit => unit;

    public SandboxIds Ids => context.Ids;

    public SandboxOptions Options => context.Options;

    public long UnixNow => unit.UnixNow;

    /// <summary>Has <paramref name="kind"/> done to an object after so many times the configured delay.</summary>
    public void After(int delays, string kind, string target) => unit.Schedule(kind, target, unit.Now + (Options.AsyncDelay * delays));

    /// <summary>Writes an event with the object as it is now, and a delivery for each endpoint that wants it.</summary>
    /// <param name="previous">For <c>….updated</c>: the members that changed, with their values before.</param>
    public void Emit(string type, StoredObject about, JsonObject? previous = null)
    {
        List<StoredObject> endpoints = [.. unit.NewestFirst(WebhookEndpoints.Type).Where(endpoint => WebhookEndpoints.Wants(endpoint, type))];
        var data = new JsonObject { ["object"] = about.Body.Copy() };
        if (previous is not null)
        {
            data["previous_attributes"] = previous;
        }

        var id = Ids.Next("evt");
        unit.Add(Events.Type, id, new JsonObject
        {
            ["id"] = id,
            ["object"] = Events.Type,
            ["api_version"] = ApiVersion,
            ["created"] = UnixNow,
            ["data"] = data,
            ["livemode"] = false,
            ["pending_webhooks"] = (long)endpoints.Count,
            ["request"] = new JsonObject { ["id"] = unit.Origin?.RequestId, ["idempotency_key"] = unit.Origin?.IdempotencyKey },
            ["type"] = type,
        });

        // The oldest endpoint hears first.
        for (var i = endpoints.Count - 1; i >= 0; i--)
        {
            Webhooks.Delivery.Add(unit, Ids, id, endpoints[i].Id);
        }
    }
}
