using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary>A charge that its payer saw in another currency than ours: a dispute of it comes in the payer's, and moves ours at the rates of its days.</summary>
internal static class ChargeExchange
{
    /// <summary>Of a charge or dispute: what a dispute withdraws and reinstates, in the charge's smallest unit.</summary>
    public const string Member = "exchange";

    /// <param name="terms"><c>{"currency": "eur", "amount": 9100, "withdrawn": 6125, "reinstated": 5980}</c>: what the payer saw, and what a dispute will move.</param>
    /// <returns><see langword="null"/> when there is no such charge, or a term is missing.</returns>
    public static StoredObject? Present(StripeSession session, string id, JsonObject terms)
    {
        if (session.Unit.Find(Charges.Type, id) is null || terms.Text("currency") is not { } currency
            || !(terms["amount"] is JsonValue && terms["withdrawn"] is JsonValue && terms["reinstated"] is JsonValue))
        {
            return null;
        }

        var charge = session.Unit.Edit(id);
        charge.Body["presentment_details"] = new JsonObject { ["presentment_amount"] = terms.Number("amount"), ["presentment_currency"] = currency };
        charge.Hidden[Member] = new JsonObject { ["withdrawn"] = terms.Number("withdrawn"), ["reinstated"] = terms.Number("reinstated") };
        return charge;
    }

    /// <summary>What is left of a charge after its refunds, in the payer's currency, rounded down.</summary>
    public static long RestOf(JsonObject charge) =>
        charge["presentment_details"]!.AsObject().Number("presentment_amount") * (charge.Number("amount") - charge.Number("amount_refunded")) / charge.Number("amount");
}
