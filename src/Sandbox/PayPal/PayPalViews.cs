using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.PayPal;

/// <summary>What the wire shows of an object: most show their body; orders and batches show what belongs to them too.</summary>
internal static class PayPalViews
{
    public static JsonObject Of(PayPalSession session, StoredObject stored) => stored.Type switch
    {
        PayPalTypes.Order => Order(session.Unit, stored),
        PayPalTypes.PayoutBatch => Batch(session.Unit, stored),
        _ => stored.Body.Copy(),
    };

    /// <summary>Without <c>Prefer: return=representation</c> PayPal answers a request that made something with little.</summary>
    public static JsonObject Minimal(JsonObject body)
    {
        var little = new JsonObject();
        foreach (var name in (string[])["id", "status", "payment_source", "links"])
        {
            if (body[name] is { } member)
            {
                little[name] = member.DeepClone();
            }
        }

        return little;
    }

    private static JsonObject Order(UnitOfWork unit, StoredObject stored)
    {
        var body = stored.Body.Copy();
        var payments = new JsonObject();
        foreach (var name in (string[])["authorizations", "captures", "refunds"])
        {
            if (stored.Hidden[name] is JsonArray { Count: > 0 } ids)
            {
                payments[name] = new JsonArray([.. ids.Select(id => (JsonNode)unit.Find(id!.GetValue<string>())!.Body.Copy())]);
            }
        }

        if (payments.Count > 0)
        {
            body["purchase_units"]![0]!["payments"] = payments;
        }

        return body;
    }

    private static JsonObject Batch(UnitOfWork unit, StoredObject stored)
    {
        var body = stored.Body.Copy();
        body["items"] = new JsonArray([.. stored.Hidden["items"]!.AsArray().Select(id => (JsonNode)unit.Find(id!.GetValue<string>())!.Body.Copy())]);
        return body;
    }
}
