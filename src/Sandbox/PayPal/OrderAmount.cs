using System.Text.Json.Nodes;

namespace Florin.Sandbox.PayPal;

/// <summary>Whether an order's amount is the sum of its breakdown.</summary>
internal static class OrderAmount
{
    private static readonly string[] Added = ["item_total", "tax_total", "shipping", "handling", "insurance"];
    private static readonly string[] Taken = ["shipping_discount", "discount"];

    public static bool Agrees(JsonObject amount, Money total)
    {
        if (amount["breakdown"] is not JsonObject breakdown)
        {
            return true;
        }

        var sum = 0L;
        foreach (var (name, node) in breakdown)
        {
            if (Money.Read(node, out _) is not { } part || part.Currency != total.Currency)
            {
                return false;
            }

            sum += Added.Contains(name) ? part.Units : Taken.Contains(name) ? -part.Units : 0;
        }

        return sum == total.Units;
    }
}
