using System.Text.Json.Nodes;

namespace Florin.Sandbox.Stripe;

/// <summary><c>/v1/disputes</c>: the test tokens that are disputed open one after a delay; evidence and closing are in <see cref="DisputeAnswers"/>.</summary>
internal static class Disputes
{
    public const string Type = "dispute";

    /// <summary>Kind of the due work that opens a dispute of a charge.</summary>
    public const string Opens = "dispute.opens";

    /// <summary>What Stripe takes for a dispute, in the smallest unit.</summary>
    public const long Fee = 1500;

    public static IEnumerable<StripeRoute> Routes =>
    [
        new("GET", "/v1/disputes", "disputes.list", [.. StripeList.TimedParameters, "charge", "payment_intent"], List),
        new("GET", "/v1/disputes/{id}", "disputes.get", ["expand"], call => call.Show(Type, Type, "dispute")),
        new("POST", "/v1/disputes/{id}", "disputes.update", ["evidence.*", "submit", "metadata.*", "expand"], DisputeAnswers.Update),
        new("POST", "/v1/disputes/{id}/close", "disputes.close", ["expand"], DisputeAnswers.Close),
    ];

    public static void Open(StripeSession session, string chargeId)
    {
        var charge = session.Unit.Edit(chargeId);
        var paymentMethod = session.Unit.Find(charge.Body.Text("payment_method")!)!;
        var card = PaymentMethods.CardOf(paymentMethod);
        var isInquiry = card?.IsInquiry == true;
        var exchange = charge.Hidden[ChargeExchange.Member] as JsonObject;
        var amount = exchange is null ? charge.Body.Number("amount_captured") : ChargeExchange.RestOf(charge.Body);
        var currency = exchange is null ? charge.Body.Text("currency")! : charge.Body["presentment_details"]!.AsObject().Text("presentment_currency")!;
        var id = session.Ids.Next(card is null ? "du" : "dp");
        var moves = new JsonArray();
        if (!isInquiry)
        {
            moves.Add(Move(session, -(exchange?.Number("withdrawn") ?? amount), Fee, charge.Body.Text("currency")!, id));
        }

        var dispute = session.Unit.Add(Type, id, new JsonObject
        {
            ["id"] = id,
            ["object"] = Type,
            ["amount"] = amount,
            ["balance_transactions"] = moves,
            ["charge"] = chargeId,
            ["created"] = session.UnixNow,
            ["currency"] = currency,
            ["evidence"] = new JsonObject(),
            ["evidence_details"] = new JsonObject
            {
                ["due_by"] = (session.Unit.Now + TimeSpan.FromDays(9)).ToUnixTimeSeconds(),
                ["has_evidence"] = false,
                ["past_due"] = false,
                ["submission_count"] = 0L,
            },
            ["is_charge_refundable"] = isInquiry,
            ["livemode"] = false,
            ["metadata"] = new JsonObject(),
            ["payment_intent"] = charge.Body.Text("payment_intent"),
            ["reason"] = card?.Dispute ?? "debit_not_authorized",
            ["status"] = isInquiry ? "warning_needs_response" : card is null ? "lost" : "needs_response",
        });
        if (exchange is not null)
        {
            dispute.Hidden[ChargeExchange.Member] = exchange.DeepClone();
            dispute.Hidden["settles_in"] = charge.Body.Text("currency");
        }

        charge.Body["disputed"] = true;
        session.Emit("charge.dispute.created", dispute);
        if (!isInquiry)
        {
            session.Emit("charge.dispute.funds_withdrawn", dispute);
        }

        // A bank's dispute cannot be contested.
        if (card is null)
        {
            session.Emit("charge.dispute.closed", dispute);
        }
    }

    /// <summary>Takes the disputed money from the balance, with the fee, or gives it back without it.</summary>
    public static JsonObject Move(StripeSession session, long amount, long fee, string currency, string dispute)
    {
        var category = amount < 0 ? Type : "dispute_reversal";
        return session.Unit.Find(BalanceTransactions.Add(session, "adjustment", category, amount, fee, currency, dispute, null))!.Body.Copy();
    }

    private static StripeAnswer List(StripeCall call)
    {
        var read = call.Read();
        var charge = read.Text("charge");
        var intent = read.Text("payment_intent");
        return read.Problem ?? StripeList.Answer(call, Type, stored =>
            (charge is null || stored.Body.Text("charge") == charge) && (intent is null || stored.Body.Text("payment_intent") == intent));
    }
}
