using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary><c>/v1/charges</c>: each attempt to take money, failed ones included.</summary>
internal static class Charges
{
    public const string Type = "charge";

    public static IEnumerable<StripeRoute> Routes =>
    [
        new("GET", "/v1/charges", "charges.list", [.. StripeList.TimedParameters, "customer", "payment_intent"], List),
        new("GET", "/v1/charges/{id}", "charges.get", ["expand"], call => call.Show(Type, Type, "charge")),
    ];

    /// <summary>A charge for a payment intent's amount, pending and not captured.</summary>
    public static StoredObject Add(StripeSession session, StoredObject intent, StoredObject paymentMethod)
    {
        var isCard = paymentMethod.Body.Text("type") == "card";
        var id = session.Ids.Next(isCard ? "ch" : "py");
        var risk = PaymentMethods.CardOf(paymentMethod)?.RiskLevel ?? "not_assessed";
        return session.Unit.Add(Type, id, new JsonObject
        {
            ["id"] = id,
            ["object"] = Type,
            ["amount"] = intent.Body.Number("amount"),
            ["amount_captured"] = 0L,
            ["amount_refunded"] = 0L,
            ["application"] = null,
            ["application_fee"] = null,
            ["application_fee_amount"] = null,
            ["balance_transaction"] = null,
            ["billing_details"] = paymentMethod.Body["billing_details"]!.DeepClone(),
            ["calculated_statement_descriptor"] = "FLORIN SANDBOX",
            ["captured"] = false,
            ["created"] = session.UnixNow,
            ["currency"] = intent.Body.Text("currency"),
            ["customer"] = intent.Body.Text("customer"),
            ["description"] = intent.Body.Text("description"),
            ["disputed"] = false,
            ["failure_balance_transaction"] = null,
            ["failure_code"] = null,
            ["failure_message"] = null,
            ["fraud_details"] = new JsonObject(),
            ["invoice"] = null,
            ["livemode"] = false,
            ["metadata"] = intent.Body["metadata"]!.DeepClone(),
            ["on_behalf_of"] = null,
            ["outcome"] = Outcome("authorized", "approved_by_network", null, risk, "Payment complete."),
            ["paid"] = false,
            ["payment_intent"] = intent.Id,
            ["payment_method"] = paymentMethod.Id,
            ["payment_method_details"] = Details(paymentMethod.Body, isCard),
            ["receipt_email"] = intent.Body.Text("receipt_email"),
            ["receipt_number"] = null,
            ["receipt_url"] = null,
            ["refunded"] = false,
            ["review"] = null,
            ["shipping"] = null,
            ["source_transfer"] = null,
            ["statement_descriptor"] = intent.Body.Text("statement_descriptor"),
            ["statement_descriptor_suffix"] = null,
            ["status"] = "pending",
            ["transfer_data"] = null,
            ["transfer_group"] = null,
        });
    }

    /// <summary>Takes part or all of a charge's amount: the money joins the pending balance, less the fee.</summary>
    public static void Capture(StripeSession session, StoredObject charge, StoredObject paymentMethod, long amount)
    {
        var isCard = charge.Body["payment_method_details"]!.AsObject().Text("type") == "card";
        var atOnce = PaymentMethods.CardOf(paymentMethod)?.BypassesPending == true;
        charge.Body["status"] = "succeeded";
        charge.Body["paid"] = true;
        charge.Body["captured"] = true;
        charge.Body["amount_captured"] = charge.Body.Number("amount_captured") + amount;
        charge.Body["balance_transaction"] = BalanceTransactions.Add(
            session,
            isCard ? "charge" : "payment",
            "charge",
            amount,
            BalanceTransactions.FeeOf(amount, isCard),
            charge.Body.Text("currency")!,
            charge.Id,
            atOnce ? null : session.Unit.Now + BalanceTransactions.Settlement);
    }

    public static void Fail(StoredObject charge, string code, string? declineCode, bool blocked)
    {
        charge.Body["status"] = "failed";
        charge.Body["failure_code"] = code;
        charge.Body["failure_message"] = CardDecline.MessageOf(code, declineCode);
        charge.Body["outcome"] = Outcome(
            blocked ? "blocked" : "issuer_declined",
            blocked ? "not_sent_to_network" : "declined_by_network",
            blocked ? "highest_risk_level" : declineCode ?? code,
            charge.Body["outcome"]!.AsObject().Text("risk_level")!,
            blocked ? "Stripe blocked this payment as too risky." : "The payment was declined.");
    }

    private static JsonObject Outcome(string type, string networkStatus, string? reason, string risk, string message)
    {
        var outcome = new JsonObject
        {
            ["network_status"] = networkStatus,
            ["reason"] = reason,
            ["risk_level"] = risk,
            ["seller_message"] = message,
            ["type"] = type,
        };
        if (risk != "not_assessed")
        {
            outcome["risk_score"] = risk switch { "highest" => 90L, "elevated" => 65L, _ => 20L };
        }

        return outcome;
    }

    /// <summary>What the charge says of its payment method: the same facts, in another shape.</summary>
    private static JsonObject Details(JsonObject paymentMethod, bool isCard)
    {
        var type = isCard ? "card" : "us_bank_account";
        var source = paymentMethod[type]!.AsObject();
        var details = new JsonObject();
        foreach (var name in isCard ? CardMembers : BankMembers)
        {
            details[name] = source[name]?.DeepClone();
        }

        if (isCard)
        {
            details["installments"] = null;
            details["mandate"] = null;
            details["network"] = source.Text("brand");
            details["three_d_secure"] = null;
            details["wallet"] = null;
        }

        return new JsonObject { [type] = details, ["type"] = type };
    }

    private static readonly string[] CardMembers = ["brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4"];

    private static readonly string[] BankMembers = ["account_holder_type", "account_type", "bank_name", "fingerprint", "last4", "routing_number"];

    private static StripeAnswer List(StripeCall call)
    {
        var read = call.Read();
        var customer = read.Text("customer");
        var intent = read.Text("payment_intent");
        return read.Problem ?? StripeList.Answer(call, Type, stored =>
            (customer is null || stored.Body.Text("customer") == customer) && (intent is null || stored.Body.Text("payment_intent") == intent));
    }
}
