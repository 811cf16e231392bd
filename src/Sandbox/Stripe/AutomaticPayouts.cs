using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary>
/// Payouts that Stripe makes by itself to the account's own bank: each holds the balance transactions that have become available and were in none before,
/// so that it can be itemised with <c>/v1/balance_transactions?payout=</c>.
/// </summary>
internal static class AutomaticPayouts
{
    /// <summary>The hidden member of a balance transaction that says in which payout it left.</summary>
    private const string Payout = "automatic_payout";

    /// <summary>The hidden member of a payout that lists another one's lines.</summary>
    private const string LinesOf = "lines_of";

    /// <summary>What a merchant's own payouts did to the balance; no automatic payout holds it.</summary>
    private static readonly string[] OwnPayouts = [Payouts.Type, "payout_cancel"];

    /// <summary>Pays out what is available of a currency.</summary>
    /// <param name="destination">A <c>ba_</c> and a test number: how the payout ends.</param>
    /// <returns><see langword="null"/> when nothing is available, or less than nothing.</returns>
    public static StoredObject? Make(StripeSession session, string currency, string destination)
    {
        List<StoredObject> lines = [.. session.Unit.NewestFirst(BalanceTransactions.Type).Where(line => IsFree(session.Unit, line, currency))];
        var amount = lines.Sum(line => line.Body.Number("net"));
        if (amount <= 0)
        {
            return null;
        }

        var id = session.Ids.Next("po");
        var payout = session.Unit.Add(Payouts.Type, id, Payouts.Body(session, id, "STRIPE PAYOUT", null));
        payout.Body["amount"] = amount;
        payout.Body["automatic"] = true;
        payout.Body["currency"] = currency;
        payout.Body["destination"] = destination;
        payout.Body["metadata"] = new JsonObject();
        payout.Body["method"] = "standard";
        payout.Body["reconciliation_status"] = "in_progress";
        payout.Body["source_type"] = "card";
        payout.Body["type"] = "bank_account";
        var own = BalanceTransactions.Add(session, Payouts.Type, Payouts.Type, -amount, 0, currency, id, null);
        payout.Body["balance_transaction"] = own;
        foreach (var line in lines.Select(line => line.Id).Append(own))
        {
            session.Unit.Edit(line).Hidden[Payout] = id;
        }

        session.Emit("payout.created", payout);
        PayoutProgress.Begin(session, payout);
        return payout;
    }

    /// <summary>A payout with another id that lists the lines of an earlier one again, as a report does that is delivered under another name.</summary>
    /// <returns><see langword="null"/> when there is no such automatic payout.</returns>
    public static StoredObject? Repeat(StripeSession session, string earlier)
    {
        if (!IsItemised(session.Unit, earlier))
        {
            return null;
        }

        var id = session.Ids.Next("po");
        var payout = session.Unit.Add(Payouts.Type, id, session.Unit.Find(earlier)!.Body.Copy(), new JsonObject { [LinesOf] = earlier });
        payout.Body["id"] = id;
        session.Emit("payout.created", payout);
        return payout;
    }

    /// <summary>Whether a balance transaction is listed for a payout.</summary>
    public static bool Lists(UnitOfWork unit, string payout, StoredObject line) =>
        unit.Find(payout)?.Hidden.Text(LinesOf) is { } earlier
            ? line.Hidden.Text(Payout) == earlier && line.Body.Text("type") != Payouts.Type
            : line.Hidden.Text(Payout) == payout;

    /// <summary>The payout's lines can be listed from now on.</summary>
    public static void Reconcile(StripeSession session, StoredObject payout)
    {
        if (payout.Body.Flag("automatic") && payout.Body.Text("reconciliation_status") != "completed")
        {
            payout.Body["reconciliation_status"] = "completed";
            session.Emit("payout.reconciliation_completed", payout);
        }
    }

    public static bool IsItemised(UnitOfWork unit, string id) => unit.Find(Payouts.Type, id)?.Body.Text("reconciliation_status") == "completed";

    private static bool IsFree(UnitOfWork unit, StoredObject line, string currency) =>
        line.Body.Text("status") == "available" && line.Body.Text("currency") == currency && line.Hidden.Text(Payout) is null
        && !OwnPayouts.Contains(line.Body.Text("type"))
        && (line.Body.Text("type") != "payout_failure" || unit.Find(line.Body.Text("source")!)?.Body.Flag("automatic") == true);
}
