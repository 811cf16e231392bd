using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary>What a merchant does about a dispute, and how it ends.</summary>
/// <remarks>
/// Documented test evidence in <c>uncategorized_text</c>: <c>winning_evidence</c> wins, <c>losing_evidence</c> loses, <c>escalate_inquiry_evidence</c> makes an
/// inquiry a chargeback. Other evidence stays under review. Source: docs.stripe.com/testing, disputes.
/// </remarks>
internal static class DisputeAnswers
{
    /// <summary>Kind of the due work that decides a dispute whose evidence was handed in.</summary>
    public const string Decides = "dispute.decides";

    public static StripeAnswer Update(StripeCall call)
    {
        if (call.Unit.Find(Disputes.Type, call.Id) is not { } found)
        {
            return StripeAnswer.Missing(Disputes.Type, call.Id, "dispute");
        }

        var read = call.Read();
        var metadata = read.Metadata(found.Body["metadata"]!.AsObject());
        var submit = read.Flag("submit") ?? true;
        var evidence = call.Parameters["evidence"] as JsonObject;
        if (read.Problem is { } problem)
        {
            return problem;
        }

        if (evidence is not null && !IsOpen(found))
        {
            return StripeAnswer.Refused("This dispute is already closed.");
        }

        var dispute = call.Unit.Edit(call.Id);
        dispute.Body["metadata"] = metadata;
        if (evidence is not null)
        {
            Take(call.Session, dispute, evidence, submit);
        }

        call.Session.Emit("charge.dispute.updated", dispute, []);
        return StripeAnswer.Ok(dispute.Body);
    }

    /// <summary>The merchant gives up: lost.</summary>
    public static StripeAnswer Close(StripeCall call)
    {
        if (call.Unit.Find(Disputes.Type, call.Id) is not { } found)
        {
            return StripeAnswer.Missing(Disputes.Type, call.Id, "dispute");
        }

        if (!IsOpen(found))
        {
            return StripeAnswer.Refused("This dispute is already closed.");
        }

        var dispute = call.Unit.Edit(call.Id);
        End(call.Session, dispute, "lost");
        return StripeAnswer.Ok(dispute.Body);
    }

    /// <summary>The bank has looked at the evidence.</summary>
    public static void Decide(StripeSession session, string id)
    {
        var dispute = session.Unit.Edit(id);
        switch (dispute.Body["evidence"]!.AsObject().Text("uncategorized_text"))
        {
            case "winning_evidence":
                End(session, dispute, IsInquiry(dispute) ? "warning_closed" : "won");
                break;
            case "losing_evidence":
                End(session, dispute, "lost");
                break;
            case "escalate_inquiry_evidence" when IsInquiry(dispute):
                dispute.Body["status"] = "needs_response";
                Withdraw(session, dispute);
                session.Emit("charge.dispute.updated", dispute, []);
                break;
            default:
                break;
        }
    }

    /// <summary>The payer's bank does not accept that it lost (pre-arbitration, a second chargeback): the money is withdrawn again, with a further fee.</summary>
    /// <returns><see langword="false"/> when the dispute was not won.</returns>
    public static bool Reopen(StripeSession session, string id)
    {
        if (session.Unit.Find(Disputes.Type, id)?.Body.Text("status") != "won")
        {
            return false;
        }

        var dispute = session.Unit.Edit(id);
        dispute.Body["status"] = "needs_response";
        dispute.Body["evidence"] = new JsonObject();
        Withdraw(session, dispute);
        session.Emit("charge.dispute.updated", dispute, new JsonObject { ["status"] = "won" });
        return true;
    }

    private static void Take(StripeSession session, StoredObject dispute, JsonObject evidence, bool submit)
    {
        var kept = dispute.Body["evidence"]!.AsObject();
        foreach (var (name, value) in evidence)
        {
            kept[name] = value?.DeepClone();
        }

        var details = dispute.Body["evidence_details"]!.AsObject();
        details["has_evidence"] = true;
        if (!submit)
        {
            return;
        }

        details["submission_count"] = details.Number("submission_count") + 1;
        dispute.Body["status"] = IsInquiry(dispute) ? "warning_under_review" : "under_review";
        session.After(1, Decides, dispute.Id);
    }

    private static void End(StripeSession session, StoredObject dispute, string status)
    {
        var wasInquiry = IsInquiry(dispute);
        dispute.Body["status"] = status;
        if (status == "won")
        {
            Add(session, dispute, Exchanged(dispute, "reinstated"), fee: 0);
            session.Emit("charge.dispute.funds_reinstated", dispute);
        }
        else if (status == "lost" && wasInquiry)
        {
            Withdraw(session, dispute);
        }

        session.Emit("charge.dispute.closed", dispute);
    }

    private static void Withdraw(StripeSession session, StoredObject dispute)
    {
        Add(session, dispute, -Exchanged(dispute, "withdrawn"), Disputes.Fee);
        dispute.Body["is_charge_refundable"] = false;
        session.Emit("charge.dispute.funds_withdrawn", dispute);
    }

    private static void Add(StripeSession session, StoredObject dispute, long amount, long fee) =>
        dispute.Body["balance_transactions"]!.AsArray().Add(
            Disputes.Move(session, amount, fee, dispute.Hidden.Text("settles_in") ?? dispute.Body.Text("currency")!, dispute.Id));

    /// <summary>The disputed amount in the currency of the charge, at the rate of the day.</summary>
    private static long Exchanged(StoredObject dispute, string way) =>
        dispute.Hidden[ChargeExchange.Member] is JsonObject exchange ? exchange.Number(way) : dispute.Body.Number("amount");

    private static bool IsInquiry(StoredObject dispute) => dispute.Body.Text("status")!.StartsWith("warning_", StringComparison.Ordinal);

    private static bool IsOpen(StoredObject dispute) =>
        dispute.Body.Text("status") is "needs_response" or "under_review" or "warning_needs_response" or "warning_under_review";
}
