using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.PayPal;

/// <summary><c>/v1/customer/disputes</c>: the test tokens that are disputed open one after a delay.</summary>
internal static class Disputes
{
    public const string Opens = "dispute.opens";
    public const string TimeIsUp = "dispute.time_is_up";

    private const string Path = "/v1/customer/disputes";
    private const string Awaiting = "WAITING_FOR_SELLER_RESPONSE";
    private const int PageMax = 50;
    private static readonly TimeSpan Answerable = TimeSpan.FromDays(10);

    public static IEnumerable<PayPalRoute> Routes =>
    [
        new("GET", Path, "disputes.list", List),
        new("GET", $"{Path}/{{id}}", "disputes.get", call => call.Show(PayPalTypes.Dispute)),
        new("POST", $"{Path}/{{id}}/provide-evidence", "disputes.provide_evidence", ProvideEvidence),
        new("POST", $"{Path}/{{id}}/accept-claim", "disputes.accept_claim", AcceptClaim),
        new("POST", $"{Path}/{{id}}/adjudicate", "disputes.adjudicate", Adjudicate),
    ];

    public static void Open(PayPalSession session, string captureId)
    {
        var capture = session.Unit.Edit(captureId);
        var isInquiry = capture.Hidden.Text("scenario") == Scenario.Inquiry;
        var amount = Money.Of(capture.Body["amount"]);
        var id = $"PP-R-{session.Ids.Text(3).ToUpperInvariant()}-{session.Unit.Now.ToUnixTimeMilliseconds()}";
        var dispute = session.Add(PayPalTypes.Dispute, id, new JsonObject
        {
            ["dispute_id"] = id,
            ["create_time"] = session.Now,
            ["update_time"] = session.Now,
            ["disputed_transactions"] = new JsonArray(new JsonObject
            {
                ["seller_transaction_id"] = captureId,
                ["buyer_transaction_id"] = session.NextId(),
                ["invoice_number"] = capture.Body.Text("invoice_id"),
                ["custom"] = capture.Body.Text("custom_id"),
            }),
            ["reason"] = "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
            ["status"] = Awaiting,
            ["dispute_state"] = isInquiry ? "OPEN_INQUIRIES" : "REQUIRED_ACTION",
            ["dispute_amount"] = amount.ToJson(),
            ["dispute_life_cycle_stage"] = isInquiry ? "INQUIRY" : "CHARGEBACK",
            ["dispute_channel"] = "INTERNAL",
            ["seller_response_due_date"] = PayPalSession.Time(session.Unit.Now + Answerable),
            ["money_movements"] = new JsonArray(),
            ["links"] = new JsonArray(
                session.Link("self", $"{Path}/{id}"),
                session.Link("provide_evidence", $"{Path}/{id}/provide-evidence", "POST"),
                session.Link("accept_claim", $"{Path}/{id}/accept-claim", "POST")),
        });
        capture.Hidden["disputed"] = true;
        if (!isInquiry)
        {
            Move(session, dispute, amount, isDebit: true);
        }

        session.Unit.Schedule(TimeIsUp, id, session.Unit.Now + Answerable);
        session.Emit("CUSTOMER.DISPUTE.CREATED", "dispute", dispute.Body);
    }

    /// <summary>Whoever does not answer loses.</summary>
    public static void EndUnanswered(PayPalSession session, string id)
    {
        if (session.Unit.Find(id)?.Body.Text("status") == Awaiting)
        {
            Resolve(session, session.Unit.Edit(id), "RESOLVED_BUYER_FAVOUR");
        }
    }

    private static PayPalAnswer List(PayPalCall call)
    {
        var size = int.TryParse(call.Text("page_size"), out var asked) && asked is > 0 and <= PageMax ? asked : 10;
        var transaction = call.Text("disputed_transaction_id");
        var state = call.Text("dispute_state");
        var items = call.Unit.NewestFirst(PayPalTypes.Dispute)
            .Where(dispute => call.Find(PayPalTypes.Dispute, dispute.Id) is not null
                && (transaction is null || dispute.Body["disputed_transactions"]![0]!.AsObject().Text("seller_transaction_id") == transaction)
                && (state is null || state.Split(',').Contains(dispute.Body.Text("dispute_state"))))
            .Take(size);
        return PayPalAnswer.Ok(new JsonObject
        {
            ["items"] = new JsonArray([.. items.Select(dispute => (JsonNode)dispute.Body.Copy())]),
            ["links"] = new JsonArray(call.Session.Link("self", Path)),
        });
    }

    private static PayPalAnswer ProvideEvidence(PayPalCall call)
    {
        if (Refuse(call) is { } refused)
        {
            return refused;
        }

        if (call.Body["evidences"] is not JsonArray { Count: > 0 } evidences)
        {
            return PayPalAnswer.Issue("MISSING_REQUIRED_PARAMETER", "/evidences");
        }

        var dispute = call.Unit.Edit(call.Id);
        dispute.Body["evidences"] = evidences.DeepClone();
        Change(call.Session, dispute, "UNDER_REVIEW", "UNDER_PAYPAL_REVIEW");
        call.Session.Emit("CUSTOMER.DISPUTE.UPDATED", "dispute", dispute.Body);
        return PayPalAnswer.Ok(Links(call), dispute.Id);
    }

    private static PayPalAnswer AcceptClaim(PayPalCall call)
    {
        if (Refuse(call) is { } refused)
        {
            return refused;
        }

        Resolve(call.Session, call.Unit.Edit(call.Id), "RESOLVED_BUYER_FAVOUR");
        return PayPalAnswer.Ok(Links(call), call.Id);
    }

    /// <summary>Only PayPal's sandbox has this: who wins.</summary>
    private static PayPalAnswer Adjudicate(PayPalCall call)
    {
        if (call.Unit.Find(PayPalTypes.Dispute, call.Id) is not { } found)
        {
            return PayPalAnswer.Missing();
        }

        if (found.Body.Text("status") != "UNDER_REVIEW" || call.Body.Text("adjudication_outcome") is not ("BUYER_FAVOR" or "SELLER_FAVOR"))
        {
            return PayPalAnswer.Issue("ACTION_NOT_ALLOWED");
        }

        var isWon = call.Body.Text("adjudication_outcome") == "SELLER_FAVOR";
        Resolve(call.Session, call.Unit.Edit(call.Id), isWon ? "RESOLVED_SELLER_FAVOUR" : "RESOLVED_BUYER_FAVOUR");
        return PayPalAnswer.Ok(Links(call), call.Id);
    }

    private static PayPalAnswer? Refuse(PayPalCall call) => call.Unit.Find(PayPalTypes.Dispute, call.Id) is not { } found
        ? PayPalAnswer.Missing()
        : found.Body.Text("status") == Awaiting ? null : PayPalAnswer.Issue("ACTION_NOT_ALLOWED");

    private static void Resolve(PayPalSession session, StoredObject dispute, string outcome)
    {
        var amount = Money.Of(dispute.Body["dispute_amount"]);
        var wasTaken = dispute.Body["money_movements"]!.AsArray().Count > 0;
        var isWon = outcome == "RESOLVED_SELLER_FAVOUR";
        if (wasTaken == isWon)
        {
            Move(session, dispute, amount, isDebit: !isWon);
        }

        dispute.Body["dispute_outcome"] = new JsonObject { ["outcome_code"] = outcome };
        Change(session, dispute, "RESOLVED", "RESOLVED");
        var capture = session.Unit.Edit(dispute.Body["disputed_transactions"]![0]!.AsObject().Text("seller_transaction_id")!);
        capture.Hidden["disputed"] = false;
        session.Emit("CUSTOMER.DISPUTE.RESOLVED", "dispute", dispute.Body);
    }

    private static void Change(PayPalSession session, StoredObject dispute, string status, string state)
    {
        dispute.Body["status"] = status;
        dispute.Body["dispute_state"] = state;
        dispute.Body["update_time"] = session.Now;
        dispute.Body["links"] = new JsonArray(session.Link("self", $"{Path}/{dispute.Id}"));
    }

    private static void Move(PayPalSession session, StoredObject dispute, Money amount, bool isDebit)
    {
        dispute.Body["money_movements"]!.AsArray().Add((JsonNode)new JsonObject
        {
            ["affected_party"] = "SELLER",
            ["amount"] = amount.ToJson(),
            ["type"] = isDebit ? "DEBIT" : "CREDIT",
            ["initiated_time"] = session.Now,
            ["reason"] = "DISPUTE_SETTLEMENT",
        });
        var disputed = dispute.Body["disputed_transactions"]![0]!.AsObject();
        Transactions.Add(session, new Transaction(isDebit ? "T1201" : "T1202", isDebit ? -amount : amount) { Reference = disputed.Text("seller_transaction_id") });
    }

    private static JsonObject Links(PayPalCall call) => new() { ["links"] = new JsonArray(call.Session.Link("self", $"{Path}/{call.Id}")) };
}
