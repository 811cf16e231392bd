using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary>What becomes of a payout: in transit after one delay, paid or failed after two, returned by the bank after four.</summary>
internal static class PayoutProgress
{
    public const string GoesInTransit = "payout.goes_in_transit";
    public const string Arrives = "payout.arrives";
    public const string Returns = "payout.returns";

    public static void Begin(StripeSession session, StoredObject payout)
    {
        if (ScriptOf(session, payout).Payout != PayoutScript.StaysPending)
        {
            session.After(1, GoesInTransit, payout.Id);
        }
    }

    public static void GoInTransit(StripeSession session, string id)
    {
        if (session.Unit.Find(id)?.Body.Text("status") != "pending")
        {
            return;
        }

        var payout = session.Unit.Edit(id);
        payout.Body["status"] = "in_transit";
        session.Emit("payout.updated", payout, new JsonObject { ["status"] = "pending" });
        if (ScriptOf(session, payout).Payout != PayoutScript.StaysInTransit)
        {
            session.After(1, Arrives, id);
        }
    }

    public static void Arrive(StripeSession session, string id)
    {
        if (session.Unit.Find(id)?.Body.Text("status") != "in_transit")
        {
            return;
        }

        var payout = session.Unit.Edit(id);
        var account = ScriptOf(session, payout);
        if (account.Payout == PayoutScript.Fails)
        {
            Fail(session, payout, account.PayoutFailure!);
            return;
        }

        payout.Body["status"] = "paid";
        AutomaticPayouts.Reconcile(session, payout);
        session.Emit("payout.paid", payout);
        if (account.Payout == PayoutScript.PaidThenFails)
        {
            session.After(2, Returns, id);
        }
    }

    public static void Return(StripeSession session, string id)
    {
        var payout = session.Unit.Edit(id);
        Fail(session, payout, ScriptOf(session, payout).PayoutFailure!);
    }

    /// <summary>The bank sent the money back: it is in our balance again.</summary>
    private static void Fail(StripeSession session, StoredObject payout, string code)
    {
        payout.Body["status"] = "failed";
        payout.Body["failure_code"] = code;
        AutomaticPayouts.Reconcile(session, payout);
        payout.Body["failure_message"] = $"The bank returned the payout: {code}.";
        payout.Body["failure_balance_transaction"] = BalanceTransactions.Add(
            session, "payout_failure", "payout_reversal", payout.Body.Number("amount"), 0, payout.Body.Text("currency")!, payout.Id, null);
        session.Emit("payout.failed", payout);
    }

    private static TestBankAccount ScriptOf(StripeSession session, StoredObject payout) =>
        ExternalAccounts.ScriptOf(session.Unit, payout.Body.Text("destination")!);
}
