using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary><c>/v1/refunds</c>: as often as the charge's amount allows.</summary>
internal static class Refunds
{
    public const string Type = "refund";

    /// <summary>Kind of the due work that ends a refund whose end comes later.</summary>
    public const string Ends = "refund.ends";

    public static IEnumerable<StripeRoute> Routes =>
    [
        new("POST", "/v1/refunds", "refunds.create", ["payment_intent", "charge", "amount", "reason", "metadata.*", "expand"], Create),
        new("GET", "/v1/refunds", "refunds.list", [.. StripeList.TimedParameters, "charge", "payment_intent"], List),
        new("GET", "/v1/refunds/{id}", "refunds.get", ["expand"], call => call.Show(Type, Type, "id")),
        new("POST", "/v1/refunds/{id}", "refunds.update", ["metadata.*", "expand"], Update),
    ];

    /// <summary>A pending refund succeeds; one that had succeeded fails, and the money is ours again.</summary>
    public static void End(StripeSession session, string id)
    {
        var refund = session.Unit.Edit(id);
        if (refund.Body.Text("status") == "pending")
        {
            refund.Body["status"] = "succeeded";
            session.Emit("refund.updated", refund, new JsonObject { ["status"] = "pending" });
            return;
        }

        var amount = refund.Body.Number("amount");
        refund.Body["status"] = "failed";
        refund.Body["failure_reason"] = "expired_or_canceled_card";
        refund.Body["failure_balance_transaction"] = BalanceTransactions.Add(
            session, "refund_failure", "refund_failure", amount, 0, refund.Body.Text("currency")!, id, null);
        var charge = session.Unit.Edit(refund.Body.Text("charge")!);
        charge.Body["amount_refunded"] = charge.Body.Number("amount_refunded") - amount;
        charge.Body["refunded"] = false;
        session.Emit("refund.failed", refund);
        session.Emit("charge.refund.updated", refund);
    }

    private static StripeAnswer Create(StripeCall call)
    {
        var read = call.Read();
        var reason = read.Choice("reason", "duplicate", "fraudulent", "requested_by_customer");
        var amount = read.Integer("amount");
        var metadata = read.Metadata();
        var intentId = read.Text("payment_intent");
        var chargeId = read.Text("charge");
        if ((intentId is null) == (chargeId is null))
        {
            read.Refuse("One of the following params should be provided: payment_intent or charge.", "parameter_missing", "payment_intent");
        }

        if (read.Problem is { } problem)
        {
            return problem;
        }

        if (intentId is not null && call.Unit.Find(PaymentIntents.Type, intentId) is null)
        {
            return StripeAnswer.Missing(PaymentIntents.Type, intentId, "payment_intent");
        }

        chargeId ??= call.Unit.Find(intentId!)!.Body.Text("latest_charge");
        if (chargeId is null || call.Unit.Find(Charges.Type, chargeId) is not { } charge)
        {
            return intentId is null
                ? StripeAnswer.Missing(Charges.Type, chargeId!, "charge")
                : StripeAnswer.Refused($"This PaymentIntent ({intentId}) does not have a successful charge to refund.", null, "payment_intent");
        }

        return Check(charge, amount) ?? StripeAnswer.Ok(Make(call, call.Unit.Edit(chargeId), amount, reason, metadata).Body);
    }

    private static StripeAnswer? Check(StoredObject charge, long? amount)
    {
        if (charge.Body.Text("status") != "succeeded" || !charge.Body.Flag("captured"))
        {
            return StripeAnswer.Refused($"Charge {charge.Id} was not captured, so it cannot be refunded.");
        }

        var rest = charge.Body.Number("amount") - charge.Body.Number("amount_refunded");
        if (rest == 0)
        {
            return StripeAnswer.Refused($"Charge {charge.Id} has already been refunded.", "charge_already_refunded");
        }

        if (charge.Body.Flag("disputed"))
        {
            return StripeAnswer.Refused($"Charge {charge.Id} has been charged back; cannot issue a refund.", "charge_disputed");
        }

        return amount is { } asked && (asked < 1 || asked > rest)
            ? StripeAnswer.Refused(
                $"Refund amount ({asked}) is greater than unrefunded amount on charge ({rest}), or less than 1.", "amount_too_large", "amount")
            : null;
    }

    private static StoredObject Make(StripeCall call, StoredObject charge, long? asked, string? reason, JsonObject metadata)
    {
        var amount = asked ?? (charge.Body.Number("amount") - charge.Body.Number("amount_refunded"));
        var currency = charge.Body.Text("currency")!;
        var paymentMethod = call.Unit.Find(charge.Body.Text("payment_method")!)!;
        var card = PaymentMethods.CardOf(paymentMethod);
        var script = card?.Refund ?? RefundScript.Succeeds;
        var id = call.Ids.Next(card is null ? "pyr" : "re");
        var refund = call.Unit.Add(Type, id, new JsonObject
        {
            ["id"] = id,
            ["object"] = Type,
            ["amount"] = amount,
            ["balance_transaction"] = BalanceTransactions.Add(
                call.Session, card is null ? "payment_refund" : "refund", "refund", -amount, 0, currency, id, null),
            ["charge"] = charge.Id,
            ["created"] = call.Session.UnixNow,
            ["currency"] = currency,
            ["metadata"] = metadata,
            ["payment_intent"] = charge.Body.Text("payment_intent"),
            ["reason"] = reason,
            ["receipt_number"] = null,
            ["source_transfer_reversal"] = null,
            ["status"] = script == RefundScript.PendingThenSucceeds ? "pending" : "succeeded",
            ["transfer_reversal"] = null,
        });
        charge.Body["amount_refunded"] = charge.Body.Number("amount_refunded") + amount;
        charge.Body["refunded"] = charge.Body.Number("amount_refunded") == charge.Body.Number("amount");
        call.Session.Emit("refund.created", refund);
        call.Session.Emit("charge.refunded", charge);
        if (script != RefundScript.Succeeds)
        {
            call.Session.After(1, Ends, id);
        }

        return refund;
    }

    private static StripeAnswer List(StripeCall call)
    {
        var read = call.Read();
        var charge = read.Text("charge");
        var intent = read.Text("payment_intent");
        return read.Problem ?? StripeList.Answer(call, Type, stored =>
            (charge is null || stored.Body.Text("charge") == charge) && (intent is null || stored.Body.Text("payment_intent") == intent));
    }

    private static StripeAnswer Update(StripeCall call)
    {
        if (call.Unit.Find(Type, call.Id) is not { } found)
        {
            return StripeAnswer.Missing(Type, call.Id);
        }

        var read = call.Read();
        var metadata = read.Metadata(found.Body["metadata"] as JsonObject);
        if (read.Problem is { } problem)
        {
            return problem;
        }

        var refund = call.Unit.Edit(call.Id);
        refund.Body["metadata"] = metadata;
        call.Session.Emit("refund.updated", refund, []);
        return StripeAnswer.Ok(refund.Body);
    }
}
