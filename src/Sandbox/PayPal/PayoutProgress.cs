using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.PayPal;

/// <summary>What becomes of a batch: processing after one delay, its items done after two. The receiver's name says how an item ends.</summary>
/// <remarks>
/// By what stands before the <c>@</c>: <c>unclaimed</c> (returned after 30 days), <c>blocked</c>, <c>failed</c>, <c>held</c>, <c>reversed</c> (paid, and taken
/// back after two more delays). All others are paid.
/// </remarks>
internal static class PayoutProgress
{
    public const string Starts = "payout.starts";
    public const string Arrives = "payout.arrives";
    public const string ComesBack = "payout.comes_back";

    private static readonly TimeSpan ClaimLife = TimeSpan.FromDays(30);

    public static void Start(PayPalSession session, string batchId)
    {
        var batch = session.Unit.Edit(batchId);
        batch.Body["batch_header"]!["batch_status"] = "PROCESSING";
        session.Emit("PAYMENT.PAYOUTSBATCH.PROCESSING", "payouts", batch.Body);
        session.After(1, Arrives, batchId);
    }

    public static void Arrive(PayPalSession session, string batchId)
    {
        var batch = session.Unit.Edit(batchId);
        var header = batch.Body["batch_header"]!.AsObject();
        header["batch_status"] = "SUCCESS";
        header["time_completed"] = session.Now;
        Transactions.Add(
            session, new Transaction("T1105", Money.Read(header["amount"], out _, "currency")!.Value) { Reference = batchId });
        foreach (var id in batch.Hidden["items"]!.AsArray())
        {
            Finish(session, session.Unit.Edit(id!.GetValue<string>()));
        }

        session.Emit("PAYMENT.PAYOUTSBATCH.SUCCESS", "payouts", batch.Body);
    }

    /// <summary>What nobody claimed, or what was taken back after it was paid.</summary>
    public static void ComeBack(PayPalSession session, string itemId)
    {
        switch (session.Unit.Find(itemId)!.Body.Text("transaction_status"))
        {
            case "UNCLAIMED":
                Return(session, itemId);
                break;
            case "SUCCESS":
                GiveBack(session, session.Unit.Edit(itemId), "REVERSED", "PAYMENT.PAYOUTS-ITEM.REFUNDED");
                break;
            default:
                break;
        }
    }

    public static void Return(PayPalSession session, string itemId) =>
        GiveBack(session, session.Unit.Edit(itemId), "RETURNED", "PAYMENT.PAYOUTS-ITEM.RETURNED");

    private static void Finish(PayPalSession session, StoredObject item)
    {
        var receiver = item.Body["payout_item"]!.AsObject().Text("receiver")!.Split('@')[0];
        item.Body["transaction_id"] = session.NextId();
        item.Body["time_processed"] = session.Now;
        Transactions.Add(session, new Transaction("T0001", -AmountOf(item)) { Id = item.Body.Text("transaction_id"), Reference = item.Id, Custom = ReferenceOf(item) });
        switch (receiver)
        {
            case "unclaimed":
                Fail(item, "UNCLAIMED", "RECEIVER_UNREGISTERED");
                session.Unit.Schedule(ComesBack, item.Id, session.Unit.Now + ClaimLife);
                session.Emit("PAYMENT.PAYOUTS-ITEM.UNCLAIMED", "payouts_item", item.Body);
                break;
            case "held":
                item.Body["transaction_status"] = "ONHOLD";
                session.Emit("PAYMENT.PAYOUTS-ITEM.HELD", "payouts_item", item.Body);
                break;
            case "blocked":
                Fail(item, "BLOCKED", "RECEIVER_ACCOUNT_LOCKED");
                GiveBack(session, item, "BLOCKED", "PAYMENT.PAYOUTS-ITEM.BLOCKED");
                break;
            case "failed":
                Fail(item, "FAILED", "RECEIVER_UNCONFIRMED");
                GiveBack(session, item, "FAILED", "PAYMENT.PAYOUTS-ITEM.FAILED");
                break;
            default:
                item.Body["transaction_status"] = "SUCCESS";
                session.Emit("PAYMENT.PAYOUTS-ITEM.SUCCEEDED", "payouts_item", item.Body);
                if (receiver == "reversed")
                {
                    session.After(2, ComesBack, item.Id);
                }

                break;
        }
    }

    private static void Fail(StoredObject item, string status, string name)
    {
        item.Body["transaction_status"] = status;
        item.Body["errors"] = new JsonObject { ["name"] = name, ["message"] = $"{name} at the receiver." };
    }

    private static void GiveBack(PayPalSession session, StoredObject item, string status, string eventType)
    {
        item.Body["transaction_status"] = status;
        Transactions.Add(
            session,
            new Transaction(status == "REVERSED" ? "T1114" : "T1115", AmountOf(item)) { Reference = item.Body.Text("transaction_id"), Custom = ReferenceOf(item) });
        session.Emit(eventType, "payouts_item", item.Body);
    }

    private static Money AmountOf(StoredObject item) => Money.Read(item.Body["payout_item"]!["amount"], out _, "currency")!.Value;

    private static string? ReferenceOf(StoredObject item) => item.Body["payout_item"]!.AsObject().Text("sender_item_id");
}
