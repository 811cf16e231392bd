using System.Text.Json.Nodes;
using Florin.Sandbox.State;
using Florin.Sandbox.Stripe;

namespace Florin.Sandbox.Control;

/// <summary>Sums over all that the provider believes, for a judge who trusts nobody else.</summary>
internal static class ProviderTotals
{
    private static readonly string[] Created =
    [
        Customers.Type, PaymentMethods.Type, PaymentIntents.Type, Charges.Type, Refunds.Type, Payouts.Type, SetupIntents.Type, Disputes.Type,
        Events.Type, ExternalAccounts.Type,
    ];

    public static JsonObject Of(UnitOfWork unit) => new()
    {
        ["charges"] = Sum(unit, Charges.Type, "amount_captured"),
        ["refunds"] = Sum(unit, Refunds.Type, "amount"),
        ["payouts"] = Sum(unit, Payouts.Type, "amount"),
        ["idempotency_keys"] = unit.CreatedOf(ObjectTypes.IdempotencyKey),
        ["created"] = new JsonObject(Created.Select(type => KeyValuePair.Create(type, (JsonNode?)unit.CreatedOf(type)))),
    };

    /// <summary>By status and currency: how many, and how much in the smallest unit. A charge counts what was captured.</summary>
    private static JsonObject Sum(UnitOfWork unit, string type, string amount)
    {
        var byStatus = new JsonObject();
        foreach (var stored in unit.NewestFirst(type))
        {
            var status = Under(byStatus, stored.Body.Text("status")!);
            var currency = Under(status, stored.Body.Text("currency")!);
            currency["count"] = currency.Number("count") + 1;
            currency["amount"] = currency.Number("amount") + stored.Body.Number(amount);
        }

        return byStatus;
    }

    private static JsonObject Under(JsonObject parent, string name)
    {
        if (parent[name] is JsonObject child)
        {
            return child;
        }

        var made = new JsonObject();
        parent[name] = made;
        return made;
    }
}
