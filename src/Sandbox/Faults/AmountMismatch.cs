using System.Text.Json.Nodes;

namespace Florin.Sandbox.Faults;

/// <summary>Makes an object show another amount or currency than it has.</summary>
internal static class AmountMismatch
{
    private static readonly string[] Amounts = ["amount", "amount_received", "amount_captured", "amount_capturable"];

    /// <summary>Alters the object, or each object of a list.</summary>
    public static void Alter(JsonObject body, Fault fault)
    {
        if (body["data"] is JsonArray list)
        {
            foreach (var item in list.OfType<JsonObject>())
            {
                Alter(item, fault);
            }
        }

        foreach (var name in Amounts)
        {
            if (body.Number(name) != 0)
            {
                body[name] = body.Number(name) + fault.AmountDelta;
            }
        }

        if (fault.Currency is not null && body["currency"] is not null)
        {
            body["currency"] = fault.Currency;
        }
    }
}
