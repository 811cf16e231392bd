using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.PayPal;

/// <summary><c>/v2/payments/captures</c>.</summary>
internal static class Captures
{
    public const string Ends = "capture.ends";
    public const string IsReversed = "capture.is_reversed";

    private const string Path = "/v2/payments/captures";

    public static IEnumerable<PayPalRoute> Routes =>
    [
        new("GET", $"{Path}/{{id}}", "captures.get", call => call.Show(PayPalTypes.Capture)),
        new("POST", $"{Path}/{{id}}/refund", "captures.refund", Refunds.Create, RequestIdRule.Payments),
    ];

    public static StoredObject Make(
        PayPalSession session, StoredObject order, StoredObject? authorization, Money amount, bool isFinal, string? invoiceId = null)
    {
        var id = session.NextId();
        var scenario = order.Hidden.Text("scenario")!;
        var status = scenario switch
        {
            Scenario.CaptureDeclined => "DECLINED",
            Scenario.CapturePending or Scenario.CapturePendingDeclined => "PENDING",
            _ => "COMPLETED",
        };
        var made = session.Add(PayPalTypes.Capture, id, PaymentBodies.Base(session, id, status, amount, order, invoiceId));
        made.Hidden["scenario"] = scenario;
        made.Body["final_capture"] = isFinal;
        made.Body["links"] = new JsonArray(
            session.Link("self", $"{Path}/{id}"),
            session.Link("refund", $"{Path}/{id}/refund", "POST"),
            session.Link("up", authorization is null ? $"/v2/checkout/orders/{order.Id}" : $"/v2/payments/authorizations/{authorization.Id}"));
        if (authorization is not null)
        {
            made.Body["supplementary_data"]!["related_ids"]!["authorization_id"] = authorization.Id;
        }

        if (order.Hidden["captures"] is not JsonArray captures)
        {
            order.Hidden["captures"] = captures = [];
        }

        captures.Add(id);
        switch (status)
        {
            case "COMPLETED":
                Complete(session, made);
                break;
            case "PENDING":
                made.Body["status_details"] = new JsonObject { ["reason"] = "PENDING_REVIEW" };
                session.Emit("PAYMENT.CAPTURE.PENDING", "capture", made.Body);
                session.After(1, Ends, id);
                break;
            default:
                session.Emit("PAYMENT.CAPTURE.DECLINED", "capture", made.Body);
                break;
        }

        return made;
    }

    /// <summary>A pending capture is completed or declined.</summary>
    public static void End(PayPalSession session, string id)
    {
        var capture = session.Unit.Edit(id);
        capture.Body.Remove("status_details");
        capture.Body["update_time"] = session.Now;
        if (capture.Hidden.Text("scenario") == Scenario.CapturePending)
        {
            capture.Body["status"] = "COMPLETED";
            Complete(session, capture);
            return;
        }

        capture.Body["status"] = "DECLINED";
        session.Emit("PAYMENT.CAPTURE.DENIED", "capture", capture.Body);
    }

    /// <summary>PayPal takes back what was captured: the resource of the event is the capture, and its money is gone.</summary>
    public static void Reverse(PayPalSession session, string id)
    {
        var capture = session.Unit.Edit(id);
        capture.Body["status"] = "REFUNDED";
        capture.Body["status_details"] = new JsonObject { ["reason"] = "CHARGEBACK" };
        capture.Body["update_time"] = session.Now;
        Transactions.Add(session, new Transaction("T1106", -Money.Of(capture.Body["amount"])) { Reference = id, About = capture.Body });
        session.Emit("PAYMENT.CAPTURE.REVERSED", "capture", capture.Body);
    }

    private static void Complete(PayPalSession session, StoredObject capture)
    {
        var gross = Money.Of(capture.Body["amount"]);
        capture.Body["seller_receivable_breakdown"] = PaymentBodies.Receivable(gross);
        Transactions.Add(session, new Transaction("T0006", gross) { Id = capture.Id, Fee = PaymentBodies.Fee(gross), About = capture.Body });
        session.Emit("PAYMENT.CAPTURE.COMPLETED", "capture", capture.Body);
        switch (capture.Hidden.Text("scenario"))
        {
            case Scenario.Disputed or Scenario.Inquiry:
                session.After(1, Disputes.Opens, capture.Id);
                break;
            case Scenario.Reversed:
                session.After(1, IsReversed, capture.Id);
                break;
            default:
                break;
        }
    }
}
