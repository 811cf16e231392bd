using System.Globalization;
using System.Text.Json.Nodes;
using Florin.Sandbox.State;
using Florin.Sandbox.Webhooks;

namespace Florin.Sandbox.PayPal;

/// <summary>A unit of work with what PayPal's objects need besides: ids, links, events, balances, and work for later.</summary>
internal sealed class PayPalSession(UnitOfWork unit, SandboxIds ids, SandboxOptions options)
{
    private const int IdCharacters = 17;

    public UnitOfWork Unit => unit;

    public SandboxOptions Options => options;

    public SandboxIds Ids => ids;

    /// <summary>RFC 3339 with whole seconds, as PayPal writes it.</summary>
    public string Now => Time(unit.Now);

    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public string NextId() => ids.Text(IdCharacters).ToUpperInvariant();

    public StoredObject Add(string type, string id, JsonObject body, JsonObject? hidden = null)
    {
        var added = unit.Add(type, id, body, hidden);
        added.Hidden["created_ms"] = unit.Now.ToUnixTimeMilliseconds();
        return added;
    }

    public JsonObject Link(string rel, string path, string method = "GET") =>
        new() { ["href"] = $"{options.PublicUrl}/paypal{path}", ["rel"] = rel, ["method"] = method };

    /// <summary>Has <paramref name="kind"/> done to an object after so many times the configured delay.</summary>
    public void After(int delays, string kind, string target) => unit.Schedule(kind, target, unit.Now + (options.AsyncDelay * delays));

    /// <summary>What can be paid out, less or more. Every currency starts with the configured balance.</summary>
    public void Move(Money by)
    {
        var id = BalanceId(by.Currency);
        var body = unit.Find(id) is null ? unit.Add(PayPalTypes.Balance, id, new JsonObject { ["units"] = options.OpeningBalance }).Body : unit.Edit(id).Body;
        body["units"] = body.Number("units") + by.Units;
    }

    public long BalanceOf(string currency) => unit.Find(BalanceId(currency))?.Body.Number("units") ?? options.OpeningBalance;

    /// <summary>Writes an event with the object as it is now, and a delivery for each webhook that wants it.</summary>
    public void Emit(string type, string resourceType, JsonObject resource)
    {
        var id = $"WH-{NextId()}-{NextId()}";
        Add(PayPalTypes.Event, id, new JsonObject
        {
            ["id"] = id,
            ["create_time"] = Now,
            ["resource_type"] = resourceType,
            ["event_version"] = "1.0",
            ["resource_version"] = "2.0",
            ["event_type"] = type,
            ["summary"] = $"{type} occurred",
            ["resource"] = resource.Copy(),
            ["links"] = new JsonArray(Link("self", $"/v1/notifications/webhooks-events/{id}")),
        });

        // The oldest registration hears first.
        foreach (var webhook in unit.NewestFirst(PayPalTypes.Webhook).Where(webhook => WebhookRegistrations.Wants(webhook, type)).Reverse().ToArray())
        {
            Delivery.Add(unit, ids, id, webhook.Id);
        }
    }

    private static string BalanceId(string currency) => $"balance:{currency}";
}
