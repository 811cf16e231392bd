using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.PayPal;

/// <summary><c>/v2/payments/refunds</c>, and the refund of a capture.</summary>
internal static class Refunds
{
    public const string Ends = "refund.ends";

    private static readonly TimeSpan Window = TimeSpan.FromDays(180);

    public static IEnumerable<PayPalRoute> Routes =>
        [new("GET", "/v2/payments/refunds/{id}", "refunds.get", call => call.Show(PayPalTypes.Refund))];

    public static PayPalAnswer Create(PayPalCall call)
    {
        if (call.Unit.Find(PayPalTypes.Capture, call.Id) is not { } found)
        {
            return PayPalAnswer.Missing();
        }

        var total = Money.Of(found.Body["amount"]);
        var rest = total with { Units = total.Units - found.Hidden.Number("refunded") };
        string? issue = null;
        var amount = call.Body["amount"] is { } given ? Money.Read(given, out issue) : rest;
        issue ??= Refuse(call, found, rest, amount!.Value);
        if (issue is not null)
        {
            return PayPalAnswer.Issue(issue, "/amount");
        }

        var capture = call.Unit.Edit(call.Id);
        var made = Make(call.Session, capture, amount!.Value, call.Body);
        var order = call.Unit.Edit(capture.Body["supplementary_data"]!["related_ids"]!["order_id"]!.GetValue<string>());
        if (order.Hidden["refunds"] is not JsonArray refunds)
        {
            order.Hidden["refunds"] = refunds = [];
        }

        refunds.Add(made.Id);
        return call.Made(made);
    }

    /// <summary>A pending refund is completed or fails; what failed can be refunded again.</summary>
    public static void End(PayPalSession session, string id)
    {
        var refund = session.Unit.Edit(id);
        var amount = Money.Of(refund.Body["amount"]);
        var capture = session.Unit.Edit(refund.Hidden.Text("capture")!);
        refund.Body["update_time"] = session.Now;
        refund.Body.Remove("status_details");
        if (capture.Hidden.Text("scenario") == Scenario.RefundPending)
        {
            refund.Body["status"] = "COMPLETED";
            session.Emit("PAYMENT.CAPTURE.REFUNDED", "refund", refund.Body);
            return;
        }

        refund.Body["status"] = "FAILED";
        Take(capture, -amount, session.Now);
        Transactions.Add(session, new Transaction("T1100", amount) { Reference = id, About = refund.Body });
        session.Emit("PAYMENT.REFUND.FAILED", "refund", refund.Body);
    }

    private static string? Refuse(PayPalCall call, StoredObject capture, Money rest, Money amount)
    {
        var made = DateTimeOffset.FromUnixTimeMilliseconds(capture.Hidden.Number("created_ms"));
        return capture.Body.Text("status") switch
        {
            "PENDING" => "PENDING_CAPTURE",
            "REFUNDED" => capture.Hidden.Number("refunded") > 0 ? "CAPTURE_FULLY_REFUNDED" : "REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK",
            "DECLINED" => "REFUND_NOT_ALLOWED",
            _ when call.Unit.Now - made > Window => "REFUND_TIME_LIMIT_EXCEEDED",
            _ when amount.Currency != rest.Currency => "REFUND_CAPTURE_CURRENCY_MISMATCH",
            _ when amount.Units == 0 => "CANNOT_BE_ZERO_OR_NEGATIVE",
            _ when amount.Units > rest.Units => "REFUND_AMOUNT_EXCEEDED",
            _ when amount.Units < rest.Units && capture.Hidden.Flag("disputed") => "TRANSACTION_DISPUTED",
            _ => null,
        };
    }

    private static StoredObject Make(PayPalSession session, StoredObject capture, Money amount, JsonObject asked)
    {
        var id = session.NextId();
        var isPending = capture.Hidden.Text("scenario") is Scenario.RefundPending or Scenario.RefundFails;
        Take(capture, amount, session.Now);
        var made = session.Add(PayPalTypes.Refund, id, new JsonObject
        {
            ["id"] = id,
            ["status"] = isPending ? "PENDING" : "COMPLETED",
            ["amount"] = amount.ToJson(),
            ["seller_payable_breakdown"] = new JsonObject
            {
                ["gross_amount"] = amount.ToJson(),
                ["paypal_fee"] = (amount with { Units = 0 }).ToJson(),
                ["net_amount"] = amount.ToJson(),
                ["total_refunded_amount"] = (amount with { Units = capture.Hidden.Number("refunded") }).ToJson(),
            },
            ["create_time"] = session.Now,
            ["update_time"] = session.Now,
            ["links"] = new JsonArray(
                session.Link("self", $"/v2/payments/refunds/{id}"), session.Link("up", $"/v2/payments/captures/{capture.Id}")),
        });
        made.Hidden["capture"] = capture.Id;
        foreach (var name in (string[])["custom_id", "invoice_id", "note_to_payer"])
        {
            if ((asked.Text(name) ?? (name == "note_to_payer" ? null : capture.Body.Text(name))) is { } value)
            {
                made.Body[name] = value;
            }
        }

        Transactions.Add(session, new Transaction("T1107", -amount) { Id = id, Reference = capture.Id, About = made.Body });
        if (isPending)
        {
            made.Body["status_details"] = new JsonObject { ["reason"] = "ECHECK" };
            session.After(1, Ends, id);
            session.Emit("PAYMENT.REFUND.PENDING", "refund", made.Body);
        }
        else
        {
            session.Emit("PAYMENT.CAPTURE.REFUNDED", "refund", made.Body);
            if (capture.Hidden.Text("scenario") == Scenario.RefundFailsLate)
            {
                session.After(1, Ends, id);
            }
        }

        return made;
    }

    private static void Take(StoredObject capture, Money amount, string now)
    {
        var refunded = capture.Hidden.Number("refunded") + amount.Units;
        capture.Hidden["refunded"] = refunded;
        capture.Body["status"] = refunded == 0 ? "COMPLETED" : refunded == Money.Of(capture.Body["amount"]).Units ? "REFUNDED" : "PARTIALLY_REFUNDED";
        capture.Body["update_time"] = now;
    }
}
