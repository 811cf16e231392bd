using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.PayPal;

/// <summary>What authorisations and captures have in common.</summary>
internal static class PaymentBodies
{
    /// <summary>PayPal's share of a capture: 2.99 %.</summary>
    private const long FeeNumerator = 299;
    private const long FeeDenominator = 10_000;

    public static JsonObject Base(PayPalSession session, string id, string status, Money amount, StoredObject order, string? invoiceId = null)
    {
        var purchase = order.Body["purchase_units"]![0]!.AsObject();
        var body = new JsonObject
        {
            ["id"] = id,
            ["status"] = status,
            ["amount"] = amount.ToJson(),
            ["seller_protection"] = new JsonObject { ["status"] = "ELIGIBLE" },
            ["create_time"] = session.Now,
            ["update_time"] = session.Now,
            ["supplementary_data"] = new JsonObject { ["related_ids"] = new JsonObject { ["order_id"] = order.Id } },
        };
        foreach (var (name, value) in (IEnumerable<(string, string?)>)[("custom_id", purchase.Text("custom_id")), ("invoice_id", invoiceId ?? purchase.Text("invoice_id"))])
        {
            if (value is not null)
            {
                body[name] = value;
            }
        }

        return body;
    }

    /// <summary>What arrives; absent while a capture is pending.</summary>
    public static JsonObject Receivable(Money gross) => new()
    {
        ["gross_amount"] = gross.ToJson(),
        ["paypal_fee"] = Fee(gross).ToJson(),
        ["net_amount"] = (gross - Fee(gross)).ToJson(),
    };

    public static Money Fee(Money gross) => gross with { Units = gross.Units * FeeNumerator / FeeDenominator };
}
