using System.Text.Json.Nodes;

namespace Florin.Sandbox.Stripe;

/// <summary><c>/v1/payouts</c>: pending, in transit, then paid or failed; the destination's test number decides.</summary>
/// <remarks>A destination is a <c>ba_…</c>, an attached payment method (bank account or debit card), or <c>ba_</c> and a test number.</remarks>
internal static class Payouts
{
    public const string Type = "payout";

    public static IEnumerable<StripeRoute> Routes =>
    [
        new(
            "POST",
            "/v1/payouts",
            "payouts.create",
            ["amount", "currency", "description", "destination", "expand", "metadata.*", "method", "source_type", "statement_descriptor"],
            Create),
        new(
            "GET",
            "/v1/payouts",
            "payouts.list",
            [
                .. StripeList.TimedParameters, "destination", "status", "arrival_date", "arrival_date.gt", "arrival_date.gte", "arrival_date.lt",
                "arrival_date.lte",
            ],
            List),
        new("GET", "/v1/payouts/{id}", "payouts.get", ["expand"], call => call.Show(Type, Type, "payout")),
        new("POST", "/v1/payouts/{id}", "payouts.update", ["metadata.*", "expand"], Update),
        new("POST", "/v1/payouts/{id}/cancel", "payouts.cancel", ["expand"], Cancel),
    ];

    private static StripeAnswer Create(StripeCall call)
    {
        var read = call.Read();
        read.RequiredText("amount");
        var amount = read.Integer("amount") ?? 0;
        var currency = read.RequiredText("currency").ToLowerInvariant();
        var method = read.Choice("method", "standard", "instant") ?? "standard";
        var sourceType = read.Choice("source_type", "bank_account", "card", "fpx") ?? "card";
        var metadata = read.Metadata();
        if (read.Text("statement_descriptor") is { Length: > 22 })
        {
            read.Refuse("The statement descriptor must be at most 22 characters.", null, "statement_descriptor");
        }

        if ((read.Problem ?? Currencies.RefusePayout(currency, amount)) is { } problem)
        {
            return problem;
        }

        var destination = read.Text("destination") ?? ExternalAccounts.Default;
        if (ExternalAccounts.Refuse(call, destination, method == "instant") is { } refused)
        {
            return refused;
        }

        if (BalanceTransactions.Available(call.Session, currency) < amount)
        {
            return StripeAnswer.Refused("You have insufficient funds in your Stripe account for this transfer.", "balance_insufficient");
        }

        var id = call.Ids.Next("po");
        var payout = call.Unit.Add(Type, id, Body(call.Session, id, read.Text("description"), read.Text("statement_descriptor")));
        payout.Body["amount"] = amount;
        payout.Body["currency"] = currency;
        payout.Body["destination"] = destination;
        payout.Body["metadata"] = metadata;
        payout.Body["method"] = method;
        payout.Body["source_type"] = sourceType;
        payout.Body["type"] = ExternalAccounts.IsCard(call.Unit, destination) ? "card" : "bank_account";
        payout.Body["balance_transaction"] = BalanceTransactions.Add(call.Session, Type, Type, -amount, 0, currency, id, null);
        call.Session.Emit("payout.created", payout);
        PayoutProgress.Begin(call.Session, payout);
        return StripeAnswer.Ok(payout.Body);
    }

    public static JsonObject Body(StripeSession session, string id, string? description, string? statementDescriptor) => new()
    {
        ["id"] = id,
        ["object"] = Type,
        ["amount"] = null,
        ["arrival_date"] = (session.Unit.Now + TimeSpan.FromDays(2)).ToUnixTimeSeconds(),
        ["automatic"] = false,
        ["balance_transaction"] = null,
        ["created"] = session.UnixNow,
        ["currency"] = null,
        ["description"] = description,
        ["destination"] = null,
        ["failure_balance_transaction"] = null,
        ["failure_code"] = null,
        ["failure_message"] = null,
        ["livemode"] = false,
        ["metadata"] = null,
        ["method"] = null,
        ["original_payout"] = null,
        ["reconciliation_status"] = "not_applicable",
        ["reversed_by"] = null,
        ["source_type"] = null,
        ["statement_descriptor"] = statementDescriptor,
        ["status"] = "pending",
        ["type"] = null,
    };

    private static StripeAnswer List(StripeCall call)
    {
        var read = call.Read();
        var destination = read.Text("destination");
        var status = read.Choice("status", "pending", "in_transit", "paid", "failed", "canceled");
        var arrival = TimeRange.Read(read, "arrival_date");
        return read.Problem ?? StripeList.Answer(call, Type, stored =>
            (destination is null || stored.Body.Text("destination") == destination)
            && (status is null || stored.Body.Text("status") == status)
            && arrival.Contains(stored.Body.Number("arrival_date")));
    }

    private static StripeAnswer Update(StripeCall call)
    {
        if (call.Unit.Find(Type, call.Id) is not { } found)
        {
            return StripeAnswer.Missing(Type, call.Id, "payout");
        }

        var read = call.Read();
        var metadata = read.Metadata(found.Body["metadata"] as JsonObject);
        if (read.Problem is { } problem)
        {
            return problem;
        }

        var payout = call.Unit.Edit(call.Id);
        payout.Body["metadata"] = metadata;
        call.Session.Emit("payout.updated", payout, []);
        return StripeAnswer.Ok(payout.Body);
    }

    private static StripeAnswer Cancel(StripeCall call)
    {
        if (call.Unit.Find(Type, call.Id) is not { } found)
        {
            return StripeAnswer.Missing(Type, call.Id, "payout");
        }

        if (found.Body.Text("status") != "pending")
        {
            return StripeAnswer.Refused($"Payouts can only be canceled while they are pending; this one is {found.Body.Text("status")}.");
        }

        var payout = call.Unit.Edit(call.Id);
        payout.Body["status"] = "canceled";
        BalanceTransactions.Add(
            call.Session, "payout_cancel", "payout_reversal", payout.Body.Number("amount"), 0, payout.Body.Text("currency")!, payout.Id, null);
        call.Session.Emit("payout.canceled", payout);
        return StripeAnswer.Ok(payout.Body);
    }
}
