using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary>Capture, cancellation, and the expiry of an authorization.</summary>
internal static class PaymentIntentEnd
{
    /// <summary>Kind of the due work that lets an authorization expire.</summary>
    public const string AuthorizationExpires = "payment_intent.authorization_expires";

    /// <summary>How long a card's authorization holds when nobody captures it.</summary>
    public static readonly TimeSpan AuthorizationLife = TimeSpan.FromDays(7);

    public static StripeAnswer Capture(StripeCall call)
    {
        if (call.Unit.Find(PaymentIntents.Type, call.Id) is not { } found)
        {
            return StripeAnswer.Missing(PaymentIntents.Type, call.Id, "intent");
        }

        var read = call.Read();
        var amount = read.Integer("amount_to_capture") ?? found.Body.Number("amount_capturable");
        var metadata = read.Metadata(found.Body["metadata"]!.AsObject());
        if (read.Problem is { } problem)
        {
            return problem;
        }

        if (found.Body.Text("status") != "requires_capture")
        {
            return PaymentIntents.Unexpected(found, "capture");
        }

        var held = found.Body.Number("amount_capturable");
        if (amount < 1 || amount > held)
        {
            return StripeAnswer.Refused($"The amount_to_capture must be from 1 to {held}.", "amount_too_large", "amount_to_capture");
        }

        var intent = call.Unit.Edit(call.Id);
        var charge = call.Unit.Edit(intent.Body.Text("latest_charge")!);
        Charges.Capture(call.Session, charge, call.Unit.Find(charge.Body.Text("payment_method")!)!, amount);

        // The part that was not captured goes back to the card as a refund; it was never ours, so no balance moves.
        charge.Body["amount_refunded"] = charge.Body.Number("amount") - amount;
        intent.Body["metadata"] = metadata;
        intent.Body["status"] = "succeeded";
        intent.Body["amount_capturable"] = 0L;
        intent.Body["amount_received"] = amount;
        call.Session.Emit("charge.captured", charge);
        call.Session.Emit("payment_intent.succeeded", intent);
        if (PaymentMethods.CardOf(call.Unit.Find(charge.Body.Text("payment_method")!)!)?.Dispute is not null)
        {
            call.Session.After(1, Disputes.Opens, charge.Id);
        }

        return StripeAnswer.Ok(intent.Body);
    }

    public static StripeAnswer Cancel(StripeCall call)
    {
        if (call.Unit.Find(PaymentIntents.Type, call.Id) is not { } found)
        {
            return StripeAnswer.Missing(PaymentIntents.Type, call.Id, "intent");
        }

        var read = call.Read();
        var reason = read.Choice("cancellation_reason", "abandoned", "duplicate", "fraudulent", "requested_by_customer");
        if (read.Problem is { } problem)
        {
            return problem;
        }

        if (found.Body.Text("status") is "succeeded" or "canceled")
        {
            return PaymentIntents.Unexpected(found, "cancel");
        }

        var intent = call.Unit.Edit(call.Id);
        End(call.Session, intent, reason);
        return StripeAnswer.Ok(intent.Body);
    }

    public static void Expire(StripeSession session, string intentId)
    {
        if (session.Unit.Find(intentId)?.Body.Text("status") != "requires_capture")
        {
            return;
        }

        var intent = session.Unit.Edit(intentId);
        var charge = session.Unit.Edit(intent.Body.Text("latest_charge")!);
        End(session, intent, "automatic");
        session.Emit("charge.expired", charge);
    }

    private static void End(StripeSession session, StoredObject intent, string? reason)
    {
        Release(session, intent);
        intent.Body["status"] = "canceled";
        intent.Body["canceled_at"] = session.UnixNow;
        intent.Body["cancellation_reason"] = reason;
        intent.Body["amount_capturable"] = 0L;
        intent.Body["next_action"] = null;
        intent.Body["processing"] = null;
        session.Emit("payment_intent.canceled", intent);
    }

    /// <summary>What the intent held goes back: an authorization is refunded in full, a debit under way is stopped.</summary>
    private static void Release(StripeSession session, StoredObject intent)
    {
        if (intent.Body.Text("status") is not ("requires_capture" or "processing") || intent.Body.Text("latest_charge") is not { } id)
        {
            return;
        }

        var charge = session.Unit.Edit(id);
        if (intent.Body.Text("status") == "processing")
        {
            Charges.Fail(charge, "payment_canceled", null, blocked: false);
            session.Emit("charge.failed", charge);
            return;
        }

        charge.Body["amount_refunded"] = charge.Body.Number("amount");
        charge.Body["refunded"] = true;
        session.Emit("charge.refunded", charge);
    }
}
