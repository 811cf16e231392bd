using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary>Cancellation, and the expiry of an authorization.</summary>
internal static class PaymentIntentEnd
{
    /// <summary>Kind of the due work that lets an authorization expire.</summary>
    public const string AuthorizationExpires = "payment_intent.authorization_expires";

    /// <summary>How long a card's authorization holds when nobody captures it.</summary>
    public static readonly TimeSpan AuthorizationLife = TimeSpan.FromDays(7);

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

    /// <summary>What the intent still held goes back: what was not captured counts as refunded, a debit under way is stopped.</summary>
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

        charge.Body["amount_refunded"] = charge.Body.Number("amount_refunded") + intent.Body.Number("amount_capturable");
        charge.Body["refunded"] = charge.Body.Number("amount_refunded") == charge.Body.Number("amount");
        session.Emit("charge.refunded", charge);
    }
}
