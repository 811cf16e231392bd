using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.PayPal;

/// <summary><c>/v3/vault</c>: setup tokens that a payer approves, and the payment tokens that are made of them.</summary>
internal static class Vault
{
    private const string SetupPath = "/v3/vault/setup-tokens";
    private const string TokenPath = "/v3/vault/payment-tokens";
    private const int PageMax = 20;
    private static readonly TimeSpan SetupLife = TimeSpan.FromDays(3);

    public static IEnumerable<PayPalRoute> Routes =>
    [
        new("POST", SetupPath, "setup_tokens.create", CreateSetup, RequestIdRule.Vault),
        new("GET", $"{SetupPath}/{{id}}", "setup_tokens.get", call => call.Show(PayPalTypes.SetupToken)),
        new("POST", TokenPath, "payment_tokens.create", CreateToken, RequestIdRule.Vault),
        new("GET", TokenPath, "payment_tokens.list", List),
        new("GET", $"{TokenPath}/{{id}}", "payment_tokens.get", call => call.Show(PayPalTypes.PaymentToken)),
        new("DELETE", $"{TokenPath}/{{id}}", "payment_tokens.delete", Delete),
    ];

    /// <summary>The payer agrees on PayPal's page.</summary>
    /// <returns><see langword="false"/> when there is no such token that waits for its payer.</returns>
    public static bool Approve(PayPalSession session, string id)
    {
        if (session.Unit.Find(PayPalTypes.SetupToken, id)?.Body.Text("status") != "PAYER_ACTION_REQUIRED")
        {
            return false;
        }

        session.Unit.Edit(id).Body["status"] = "APPROVED";
        return true;
    }

    private static PayPalAnswer CreateSetup(PayPalCall call)
    {
        if (call.Body["payment_source"]?["paypal"] is not JsonObject wallet)
        {
            return PayPalAnswer.Issue("MISSING_REQUIRED_PARAMETER", "/payment_source");
        }

        if (wallet["experience_context"] is not JsonObject context || context.Text("return_url") is null || context.Text("cancel_url") is null)
        {
            return PayPalAnswer.Issue("MISSING_REQUIRED_PARAMETER", "/payment_source/paypal/experience_context");
        }

        var session = call.Session;
        var id = session.NextId();
        return call.Made(session.Add(PayPalTypes.SetupToken, id, new JsonObject
        {
            ["id"] = id,
            ["customer"] = Customer(call, call.Body["customer"] as JsonObject),
            ["status"] = "PAYER_ACTION_REQUIRED",
            ["payment_source"] = new JsonObject { ["paypal"] = wallet.Copy() },
            ["links"] = new JsonArray(
                session.Link("self", $"{SetupPath}/{id}"), session.Link("approve", $"/agreements/approve?approval_session_id={id}"),
                session.Link("confirm", TokenPath, "POST")),
        }));
    }

    private static PayPalAnswer CreateToken(PayPalCall call)
    {
        if (call.Body["payment_source"]?["token"] is not JsonObject given || given.Text("type") != "SETUP_TOKEN" || given.Text("id") is not { } setupId)
        {
            return PayPalAnswer.Issue("INVALID_PARAMETER_VALUE", "/payment_source/token");
        }

        if (call.Unit.Find(PayPalTypes.SetupToken, setupId) is not { } setup || IsOver(call.Unit, setup))
        {
            return PayPalAnswer.Issue("TOKEN_ID_NOT_FOUND", "/payment_source/token/id");
        }

        if (setup.Body.Text("status") != "APPROVED")
        {
            return PayPalAnswer.Issue("ACTION_NOT_ALLOWED", "/payment_source/token/id", "The payer has not approved the setup token.");
        }

        call.Unit.Edit(setupId).Body["status"] = "VAULTED";
        var session = call.Session;
        var id = session.NextId().ToLowerInvariant();
        var made = session.Add(PayPalTypes.PaymentToken, id, new JsonObject
        {
            ["id"] = id,
            ["customer"] = setup.Body["customer"]!.DeepClone(),
            ["payment_source"] = new JsonObject
            {
                ["paypal"] = new JsonObject
                {
                    ["email_address"] = "payer@example.com",
                    ["account_id"] = "QYR5Z8XDVJNXQ",
                    ["payer_id"] = "QYR5Z8XDVJNXQ",
                },
            },
            ["links"] = new JsonArray(session.Link("self", $"{TokenPath}/{id}"), session.Link("delete", $"{TokenPath}/{id}", "DELETE")),
        });
        session.Emit("VAULT.PAYMENT-TOKEN.CREATED", "payment_token", made.Body);
        return call.Made(made);
    }

    private static PayPalAnswer List(PayPalCall call)
    {
        if (call.Text("customer_id") is not { Length: > 0 } customer)
        {
            return PayPalAnswer.Issue("MISSING_REQUIRED_PARAMETER", "customer_id");
        }

        var size = int.TryParse(call.Text("page_size"), out var asked) && asked is > 0 and <= PageMax ? asked : PageMax;
        var page = int.TryParse(call.Text("page"), out var number) && number > 0 ? number : 1;
        List<StoredObject> all =
            [.. call.Unit.NewestFirst(PayPalTypes.PaymentToken).Where(token => token.Body["customer"]!.AsObject().Text("id") == customer)];
        return PayPalAnswer.Ok(new JsonObject
        {
            ["customer"] = new JsonObject { ["id"] = customer },
            ["payment_tokens"] = new JsonArray([.. all.Skip((page - 1) * size).Take(size).Select(token => (JsonNode)token.Body.Copy())]),
            ["total_items"] = (long)all.Count,
            ["total_pages"] = (long)((all.Count + size - 1) / size),
        });
    }

    private static PayPalAnswer Delete(PayPalCall call)
    {
        if (call.Unit.Find(PayPalTypes.PaymentToken, call.Id) is { } token)
        {
            call.Session.Emit("VAULT.PAYMENT-TOKEN.DELETED", "payment_token", token.Body);
            call.Unit.Delete(call.Id);
        }

        return PayPalAnswer.NoContent();
    }

    private static JsonObject Customer(PayPalCall call, JsonObject? given) => new() { ["id"] = given?.Text("id") ?? call.Session.Ids.Text(10) };

    private static bool IsOver(UnitOfWork unit, StoredObject setup) =>
        unit.Now - DateTimeOffset.FromUnixTimeMilliseconds(setup.Hidden.Number("created_ms")) > SetupLife;
}
