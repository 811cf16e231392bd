using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary>What schemes and banks do to a charge long after everybody thought that it was over.</summary>
internal static class ChargeLateness
{
    /// <summary>A charge that had succeeded fails: its money is taken back, and its payment intent waits for another payment method.</summary>
    /// <returns><see langword="null"/> when it was not captured.</returns>
    public static StoredObject? Fail(StripeSession session, string id)
    {
        if (session.Unit.Find(Charges.Type, id)?.Body.Flag("captured") != true)
        {
            return null;
        }

        const string code = "generic_decline";
        var charge = session.Unit.Edit(id);
        var intent = session.Unit.Edit(charge.Body.Text("payment_intent")!);
        var paymentMethod = session.Unit.Find(charge.Body.Text("payment_method")!)!;
        charge.Body["failure_balance_transaction"] = BalanceTransactions.Add(
            session, "payment_failure_refund", "charge_failure", -charge.Body.Number("amount_captured"), 0, charge.Body.Text("currency")!, id, null);
        charge.Body["captured"] = false;
        charge.Body["paid"] = false;
        charge.Body["amount_captured"] = 0L;
        Charges.Fail(charge, "card_declined", code, blocked: false);
        Confirmation.ReturnToPayer(intent, id, CardDecline.Describe("card_declined", code, id, paymentMethod));
        intent.Body["amount_received"] = 0L;
        session.Emit("charge.failed", charge);
        session.Emit("payment_intent.payment_failed", intent);
        return charge;
    }

    /// <summary>Clears a charge whose authorization has expired: the payer's bank pays all the same.</summary>
    /// <param name="amount">In the currency's smallest unit; <see langword="null"/> clears all that was authorized.</param>
    /// <returns><see langword="null"/> when the payment intent is not canceled.</returns>
    public static StoredObject? Present(StripeSession session, string id, long? amount)
    {
        if (session.Unit.Find(Charges.Type, id)?.Body.Text("payment_intent") is not { } intentId
            || session.Unit.Find(intentId)?.Body.Text("status") != "canceled")
        {
            return null;
        }

        var charge = session.Unit.Edit(id);
        var intent = session.Unit.Edit(intentId);
        var cleared = amount ?? charge.Body.Number("amount");
        charge.Body["amount_refunded"] = charge.Body.Number("amount") - cleared;
        charge.Body["refunded"] = false;
        Charges.Capture(session, charge, session.Unit.Find(charge.Body.Text("payment_method")!)!, cleared);
        intent.Body["status"] = "succeeded";
        intent.Body["amount_received"] = cleared;
        session.Emit("charge.captured", charge);
        session.Emit("payment_intent.succeeded", intent);
        return charge;
    }
}
