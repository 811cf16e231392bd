using System.Text.Json.Nodes;
using Florin.Sandbox.PayPal;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Control;

/// <summary>Sums over all that PayPal believes, by status and currency: how many, and how much in PayPal's smallest unit.</summary>
internal static class PayPalTotals
{
    public static JsonObject Of(UnitOfWork unit) => new()
    {
        ["authorizations"] = Sum(unit, PayPalTypes.Authorization, "status", body => Money.Of(body["amount"])),
        ["captures"] = Sum(unit, PayPalTypes.Capture, "status", body => Money.Of(body["amount"])),
        ["refunds"] = Sum(unit, PayPalTypes.Refund, "status", body => Money.Of(body["amount"])),
        ["payouts"] = Sum(
            unit, PayPalTypes.PayoutItem, "transaction_status", body => Money.Read(body["payout_item"]!["amount"], out _, "currency")!.Value),
        ["created"] = new JsonObject { [PayPalTypes.Event] = unit.CreatedOf(PayPalTypes.Event) },
    };

    private static JsonObject Sum(UnitOfWork unit, string type, string status, Func<JsonObject, Money> amount)
    {
        var sums = new JsonObject();
        foreach (var group in unit.NewestFirst(type)
            .Select(stored => (Status: stored.Body.Text(status)!, Amount: amount(stored.Body)))
            .GroupBy(entry => (entry.Status, entry.Amount.Currency)))
        {
            if (sums[group.Key.Status] is not JsonObject byCurrency)
            {
                sums[group.Key.Status] = byCurrency = [];
            }

            byCurrency[group.Key.Currency] = new JsonObject { ["count"] = (long)group.Count(), ["amount"] = group.Sum(entry => entry.Amount.Units) };
        }

        return sums;
    }
}
