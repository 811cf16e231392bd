using System.Globalization;
using System.Text.Json;
using Florin.Tests.Support;

namespace Florin.Tests.Payments.Sequences;

/// <summary>PayPal's own record: an order is a charge. Its fees stay out, for only its settlement report tells of them.</summary>
internal static class PayPalRecord
{
    /// <summary>Captures that brought money, whatever was given back since.</summary>
    private static readonly string[] Taken = ["COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"];

    public static async Task<ProviderRecord> ReadAsync(SandboxProcess sandbox)
    {
        IReadOnlyList<JsonElement> captures = await sandbox.PayPalObjectsAsync("capture");
        ILookup<string, JsonElement> capturesOf = captures.ToLookup(OrderOf);
        ILookup<string, JsonElement> reservationsOf = (await sandbox.PayPalObjectsAsync("authorization")).ToLookup(OrderOf);
        Dictionary<string, string> orderOf = captures.ToDictionary(capture => Text(capture, "id")!, OrderOf);
        return new ProviderRecord(
            [.. (await sandbox.PayPalObjectsAsync("order")).Select(order => Charge(order, [.. capturesOf[Text(order, "id")!]], [.. reservationsOf[Text(order, "id")!]]))],
            [.. (await sandbox.PayPalObjectsAsync("refund")).Select(refund => Refund(refund, orderOf))],
            [.. (await sandbox.PayPalObjectsAsync("dispute")).Select(dispute => Dispute(dispute, orderOf))],
            [.. (await sandbox.PayPalObjectsAsync("event")).Select(told => Text(told, "id")!)]);
    }

    private static ProviderCharge Charge(JsonElement order, JsonElement[] captures, JsonElement[] reservations)
    {
        JsonElement purchase = order.GetProperty("purchase_units")[0];
        long taken = captures.Where(capture => Taken.Contains(Text(capture, "status"))).Sum(Units);
        long pending = captures.Where(capture => Text(capture, "status") == "PENDING").Sum(Units);
        long reserved = reservations.Where(reservation => Text(reservation, "status") is "CREATED" or "PARTIALLY_CAPTURED").Sum(Units);
        return new ProviderCharge(
            ProviderRecord.PayPal, Text(order, "id")!, Text(purchase, "custom_id"), Text(purchase.GetProperty("amount"), "currency_code")!, Units(purchase),
            taken, reserved == 0 ? pending : reserved - taken, string.Join('+', captures.Concat(reservations).Append(order).Select(part => Text(part, "status"))));
    }

    private static ProviderRefund Refund(JsonElement refund, Dictionary<string, string> orderOf)
    {
        string up = refund.GetProperty("links").EnumerateArray().Single(link => Text(link, "rel") == "up").GetProperty("href").GetString()!;
        string status = Text(refund, "status") switch
        {
            "COMPLETED" => "succeeded",
            "PENDING" => "pending",
            _ => "failed",
        };
        return new ProviderRefund(
            ProviderRecord.PayPal, Text(refund, "id")!, Text(refund, "custom_id"), orderOf[up[(up.LastIndexOf('/') + 1)..]], Units(refund), status, Created(refund));
    }

    private static ProviderDispute Dispute(JsonElement dispute, Dictionary<string, string> orderOf)
    {
        string capture = Text(dispute.GetProperty("disputed_transactions")[0], "seller_transaction_id")!;
        long withheld = dispute.GetProperty("money_movements").EnumerateArray().Sum(move => Text(move, "type") == "DEBIT" ? Units(move) : -Units(move));
        string? outcome = dispute.TryGetProperty("dispute_outcome", out JsonElement ended) ? Text(ended, "outcome_code") : null;
        string state = outcome switch
        {
            "RESOLVED_SELLER_FAVOUR" => "won",
            not null => "lost",
            null when withheld == 0 => "inquiry",
            null => Text(dispute, "status") == "UNDER_REVIEW" ? "under_review" : "needs_response",
        };
        return new ProviderDispute(
            ProviderRecord.PayPal, Text(dispute, "dispute_id")!, orderOf[capture], Units(dispute.GetProperty("dispute_amount")), withheld, Fees: 0, state,
            Created(dispute));
    }

    private static string OrderOf(JsonElement part) => Text(part.GetProperty("supplementary_data").GetProperty("related_ids"), "order_id")!;

    /// <summary>PayPal writes major units: HUF without decimals, where ISO has two.</summary>
    private static long Units(JsonElement part)
    {
        JsonElement amount = part.TryGetProperty("amount", out JsonElement inner) ? inner : part;
        decimal value = decimal.Parse(Text(amount, "value")!, CultureInfo.InvariantCulture);
        return (long)(Text(amount, "currency_code") == "JPY" ? value : value * 100);
    }

    private static long Created(JsonElement part) =>
        DateTimeOffset.Parse(Text(part, "create_time")!, CultureInfo.InvariantCulture).ToUnixTimeSeconds();

    private static string? Text(JsonElement part, string name) => part.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
