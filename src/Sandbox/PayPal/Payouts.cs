using System.Text.Json.Nodes;

namespace Florin.Sandbox.PayPal;

/// <summary><c>/v1/payments/payouts</c>.</summary>
internal static class Payouts
{
    private const string Path = "/v1/payments/payouts";
    private const string ItemPath = "/v1/payments/payouts-item";
    private const int ItemsMax = 15_000;
    private const int BatchIdMax = 256;
    private const int ItemIdMax = 63;
    private const int ReceiverMax = 127;
    private static readonly TimeSpan BatchIdLife = TimeSpan.FromDays(30);

    public static IEnumerable<PayPalRoute> Routes =>
    [
        new("POST", Path, "payouts.create", Create),
        new("GET", $"{Path}/{{id}}", "payouts.get", Get),
        new("GET", $"{ItemPath}/{{id}}", "payout_items.get", call => call.Show(PayPalTypes.PayoutItem)),
        new("POST", $"{ItemPath}/{{id}}/cancel", "payout_items.cancel", Cancel),
    ];

    private static PayPalAnswer Create(PayPalCall call)
    {
        if (call.Body["sender_batch_header"] is not JsonObject header || header.Text("sender_batch_id") is not { Length: > 0 and <= BatchIdMax } senderBatch
            || call.Body["items"] is not JsonArray { Count: > 0 and <= ItemsMax } items)
        {
            return Refusal(400, "VALIDATION_ERROR", "Invalid request - see details.");
        }

        var known = $"batch:{senderBatch}";
        if (call.Unit.Find(known) is { } earlier && call.Unit.Now.ToUnixTimeMilliseconds() - earlier.Body.Number("at_ms") < (long)BatchIdLife.TotalMilliseconds)
        {
            // The link to the original is in the detail, and the issue is a sentence.
            var refusal = Refusal(400, "USER_BUSINESS_ERROR", "User business error.");
            refusal.Body!["details"] = new JsonArray(new JsonObject
            {
                ["field"] = "SENDER_BATCH_ID",
                ["location"] = "body",
                ["issue"] = "Batch with given sender_batch_id already exists",
                ["link"] = new JsonArray(call.Session.Link("self", $"{Path}/{earlier.Body.Text("batch")}")),
            });
            return refusal;
        }

        List<(JsonObject Item, Money Amount)> read = [];
        foreach (var node in items)
        {
            if (node is not JsonObject item || Money.Read(item["amount"], out _, "currency") is not { Units: > 0 } amount
                || item.Text("receiver") is not { Length: > 0 and <= ReceiverMax } || item.Text("sender_item_id") is { Length: > ItemIdMax })
            {
                return Refusal(400, "VALIDATION_ERROR", "Invalid request - see details.");
            }

            if (item.Text("note") == "ERRPYO002")
            {
                return Refusal(403, "SENDER_EMAIL_UNCONFIRMED", "Authorization error occurred");
            }

            read.Add((item, amount));
        }

        var total = read[0].Amount with { Units = read.Where(entry => entry.Amount.Currency == read[0].Amount.Currency).Sum(entry => entry.Amount.Units) };
        return read.Exists(entry => entry.Amount.Currency != total.Currency) ? Refusal(400, "VALIDATION_ERROR", "A batch has one currency.")
            : call.Session.BalanceOf(total.Currency) < total.Units
                ? Refusal(400, "INSUFFICIENT_FUNDS", "Sender does not have sufficient funds. Please add funds and retry.")
            : Make(call, header, known, read, total);
    }

    private static PayPalAnswer Make(PayPalCall call, JsonObject header, string known, List<(JsonObject Item, Money Amount)> items, Money total)
    {
        var session = call.Session;
        var batchId = session.NextId();
        List<string> ids = [];
        foreach (var (item, amount) in items)
        {
            var id = session.NextId();
            ids.Add(id);
            var shown = item.Copy();
            shown["amount"] = amount.ToJson("currency");
            var made = session.Add(PayPalTypes.PayoutItem, id, new JsonObject
            {
                ["payout_item_id"] = id,
                ["transaction_status"] = "PENDING",
                ["payout_item_fee"] = (amount with { Units = 0 }).ToJson("currency"),
                ["payout_batch_id"] = batchId,
                ["sender_batch_id"] = header.Text("sender_batch_id"),
                ["payout_item"] = shown,
                ["links"] = new JsonArray(session.Link("item", $"{ItemPath}/{id}"), session.Link("batch", $"{Path}/{batchId}")),
            });
            made.Hidden["batch"] = batchId;
        }

        Transactions.Add(session, new Transaction("T1503", -total) { Reference = batchId });
        var batch = session.Add(PayPalTypes.PayoutBatch, batchId, new JsonObject
        {
            ["batch_header"] = new JsonObject
            {
                ["payout_batch_id"] = batchId,
                ["batch_status"] = "PENDING",
                ["time_created"] = session.Now,
                ["sender_batch_header"] = header.Copy(),
                ["amount"] = total.ToJson("currency"),
                ["fees"] = (total with { Units = 0 }).ToJson("currency"),
            },
            ["links"] = new JsonArray(session.Link("self", $"{Path}/{batchId}")),
        });
        batch.Hidden["items"] = new JsonArray([.. ids.Select(id => (JsonNode)id)]);
        var remembered = call.Unit.Find(known) is null ? call.Unit.Add(PayPalTypes.SenderBatch, known, []) : call.Unit.Edit(known);
        remembered.Body["batch"] = batchId;
        remembered.Body["at_ms"] = call.Unit.Now.ToUnixTimeMilliseconds();
        session.After(1, PayoutProgress.Starts, batchId);

        // The answer has the header alone: the items are read with GET.
        return PayPalAnswer.Created(
            new JsonObject
            {
                ["batch_header"] = new JsonObject
                {
                    ["payout_batch_id"] = batchId,
                    ["batch_status"] = "PENDING",
                    ["sender_batch_header"] = header.Copy(),
                },
                ["links"] = batch.Body["links"]!.DeepClone(),
            },
            batchId);
    }

    private static PayPalAnswer Get(PayPalCall call) => call.Find(PayPalTypes.PayoutBatch, call.Id) is null
        ? Refusal(404, "INVALID_RESOURCE_ID", "Requested resource ID was not found.")
        : call.Show(PayPalTypes.PayoutBatch);

    private static PayPalAnswer Cancel(PayPalCall call)
    {
        if (call.Unit.Find(PayPalTypes.PayoutItem, call.Id) is not { } found)
        {
            return Refusal(404, "INVALID_RESOURCE_ID", "Requested resource ID was not found.");
        }

        if (found.Body.Text("transaction_status") != "UNCLAIMED")
        {
            return Refusal(400, found.Body.Text("transaction_status") == "RETURNED" ? "ITEM_ALREADY_CANCELLED" : "ITEM_INCORRECT_STATUS", "The item is not unclaimed.");
        }

        PayoutProgress.Return(call.Session, call.Id);
        return PayPalAnswer.Ok(call.Unit.Find(call.Id)!.Body.Copy(), call.Id);
    }

    /// <summary>Payouts tells the issue in <c>name</c> itself.</summary>
    private static PayPalAnswer Refusal(int status, string name, string message) =>
        new(status, new JsonObject { ["name"] = name, ["message"] = message, ["details"] = new JsonArray(), ["links"] = new JsonArray() });
}
