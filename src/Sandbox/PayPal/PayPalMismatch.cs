using System.Text.Json.Nodes;
using Florin.Sandbox.Faults;

namespace Florin.Sandbox.PayPal;

/// <summary>Makes every amount in a body another one (fault <c>amount_mismatch</c>).</summary>
internal static class PayPalMismatch
{
    public static void Alter(JsonNode? node, Fault fault)
    {
        switch (node)
        {
            case JsonArray list:
                foreach (var item in list)
                {
                    Alter(item, fault);
                }

                break;
            case JsonObject body when Money.Read(body, out _) is { } money:
                body["value"] = (money with { Units = money.Units + fault.AmountDelta }).ToJson().Text("value");
                body["currency_code"] = fault.Currency ?? money.Currency;
                break;
            case JsonObject body:
                foreach (var (_, member) in body.ToArray())
                {
                    Alter(member, fault);
                }

                break;
            default:
                break;
        }
    }
}
