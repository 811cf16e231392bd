using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.PayPal;

/// <summary><c>/v2/checkout/orders</c>.</summary>
internal static class Orders
{
    private const string Path = "/v2/checkout/orders";
    private const int TextMax = 127;

    public static IEnumerable<PayPalRoute> Routes =>
    [
        new("POST", Path, "orders.create", Create, RequestIdRule.Orders),
        new("GET", $"{Path}/{{id}}", "orders.get", call => call.Show(PayPalTypes.Order)),
        new("POST", $"{Path}/{{id}}/authorize", "orders.authorize", call => Execute(call, "AUTHORIZE"), RequestIdRule.Orders),
        new("POST", $"{Path}/{{id}}/capture", "orders.capture", call => Execute(call, "CAPTURE"), RequestIdRule.Orders),
    ];

    /// <summary>The payer says yes on PayPal's page.</summary>
    /// <param name="scenario">What the wallet that the payer chose will do, or <see langword="null"/>.</param>
    /// <returns><see langword="false"/> when there is no such order that waits for its payer.</returns>
    public static bool Approve(PayPalSession session, string id, string? scenario)
    {
        if (session.Unit.Find(PayPalTypes.Order, id)?.Body.Text("status") is not ("CREATED" or "PAYER_ACTION_REQUIRED"))
        {
            return false;
        }

        var order = session.Unit.Edit(id);
        order.Hidden["scenario"] = scenario ?? order.Hidden.Text("scenario");
        order.Body["status"] = "APPROVED";
        order.Body["update_time"] = session.Now;
        session.Emit("CHECKOUT.ORDER.APPROVED", "checkout-order", PayPalViews.Of(session, order));
        return true;
    }

    private static PayPalAnswer Create(PayPalCall call)
    {
        if (Refuse(call, out var purchase) is { } refused)
        {
            return refused;
        }

        var session = call.Session;
        var source = call.Body["payment_source"] as JsonObject;
        var vaultId = OrderSource.VaultIdOf(source);
        if (OrderSource.Refuse(call.Unit, source, vaultId) is { } issue)
        {
            return PayPalAnswer.Issue(issue, "/payment_source");
        }

        var id = session.NextId();
        var order = session.Add(PayPalTypes.Order, id, new JsonObject
        {
            ["id"] = id,
            ["intent"] = call.Body.Text("intent"),
            ["status"] = source is null ? "CREATED" : vaultId is null or Scenario.PayerAction ? "PAYER_ACTION_REQUIRED" : "APPROVED",
            ["purchase_units"] = new JsonArray(purchase),
            ["create_time"] = session.Now,
            ["update_time"] = session.Now,
            ["links"] = new JsonArray(
                session.Link("self", $"{Path}/{id}"), session.Link(source is null ? "approve" : "payer-action", $"/checkoutnow?token={id}")),
        });
        order.Hidden["scenario"] = vaultId ?? Scenario.Pays;
        if (source is not null)
        {
            order.Body["payment_source"] = OrderSource.Show(call.Unit, source, vaultId);
        }

        // A stored token is charged in this very call.
        return vaultId is null or Scenario.PayerAction or Scenario.Approved ? call.Made(order) : Charge(call, order) ?? call.Made(order);
    }

    /// <summary>The merchant asks for an approved order.</summary>
    private static PayPalAnswer Execute(PayPalCall call, string intent)
    {
        if (call.Unit.Find(PayPalTypes.Order, call.Id) is not { } found)
        {
            return PayPalAnswer.Missing();
        }

        var status = found.Body.Text("status");
        var issue = found.Body.Text("intent") != intent ? "ACTION_DOES_NOT_MATCH_INTENT"
            : status == "COMPLETED" ? (intent == "CAPTURE" ? "ORDER_ALREADY_CAPTURED" : "ORDER_ALREADY_AUTHORIZED")
            : status != "APPROVED" ? "ORDER_NOT_APPROVED"
            : Scenario.IssueOf(found.Hidden.Text("scenario")!);
        if (issue is not null)
        {
            return PayPalAnswer.Issue(issue);
        }

        var order = call.Unit.Edit(call.Id);
        return Charge(call, order) ?? call.Made(order);
    }

    /// <returns>The refusal, or <see langword="null"/> when the order is completed.</returns>
    private static PayPalAnswer? Charge(PayPalCall call, StoredObject order)
    {
        var session = call.Session;
        var purchase = order.Body["purchase_units"]![0]!.AsObject();
        if (purchase.Text("invoice_id") is { } invoice)
        {
            if (call.Unit.Find($"invoice:{invoice}") is not null)
            {
                return PayPalAnswer.Issue("DUPLICATE_INVOICE_ID", "/purchase_units/@reference_id=='default'/invoice_id");
            }

            call.Unit.Add(PayPalTypes.Invoice, $"invoice:{invoice}", new JsonObject { ["order"] = order.Id });
        }

        order.Body["status"] = "COMPLETED";
        order.Body["update_time"] = session.Now;
        if (order.Body.Text("intent") == "CAPTURE")
        {
            Captures.Make(session, order, null, Money.Of(purchase["amount"]), isFinal: true);
        }
        else
        {
            Authorizations.Make(session, order, Money.Of(purchase["amount"]));
        }

        session.Emit("CHECKOUT.ORDER.COMPLETED", "checkout-order", PayPalViews.Of(session, order));
        return null;
    }

    private static PayPalAnswer? Refuse(PayPalCall call, out JsonObject purchase)
    {
        purchase = [];
        if (call.Body.Text("intent") is not ("CAPTURE" or "AUTHORIZE"))
        {
            return PayPalAnswer.Issue(call.Body["intent"] is null ? "MISSING_REQUIRED_PARAMETER" : "INVALID_PARAMETER_VALUE", "/intent");
        }

        if (call.Body["purchase_units"] is not JsonArray units || units is not [JsonObject unit])
        {
            return PayPalAnswer.Issue(call.Body["purchase_units"] is JsonArray { Count: > 1 } ? "INVALID_ARRAY_MAX_ITEMS" : "MISSING_REQUIRED_PARAMETER", "/purchase_units");
        }

        if (Money.Read(unit["amount"], out var issue) is not { } amount || amount.Units == 0)
        {
            return PayPalAnswer.Issue(issue ?? "CANNOT_BE_ZERO_OR_NEGATIVE", "/purchase_units/@reference_id=='default'/amount/value");
        }

        foreach (var name in (string[])["custom_id", "invoice_id", "description"])
        {
            if (unit.Text(name) is { Length: 0 or > TextMax })
            {
                return PayPalAnswer.Issue("INVALID_STRING_LENGTH", $"/purchase_units/@reference_id=='default'/{name}");
            }
        }

        purchase = unit.Copy();
        purchase["reference_id"] ??= "default";
        return OrderAmount.Agrees(unit["amount"]!.AsObject(), amount)
            ? null
            : PayPalAnswer.Issue("AMOUNT_MISMATCH", "/purchase_units/@reference_id=='default'/amount/value");
    }
}
