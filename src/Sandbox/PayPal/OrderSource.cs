using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.PayPal;

/// <summary>What an order is paid with.</summary>
internal static class OrderSource
{
    private static readonly string[] Kinds = ["paypal", "card"];

    /// <returns>The stored token that is to be charged, or <see langword="null"/> when the payer has to come.</returns>
    public static string? VaultIdOf(JsonObject? source) =>
        Kinds.Select(kind => (source?[kind] as JsonObject)?.Text("vault_id")).FirstOrDefault(id => id is not null);

    /// <returns>The issue, or <see langword="null"/> when the source can be used.</returns>
    public static string? Refuse(UnitOfWork unit, JsonObject? source, string? vaultId)
    {
        if (source is not null && !Kinds.Any(kind => source[kind] is JsonObject))
        {
            return "INVALID_PARAMETER_VALUE";
        }

        if (vaultId is null)
        {
            return source?["paypal"] is JsonObject wallet ? RefuseExperience(wallet["experience_context"] as JsonObject) : null;
        }

        // Whoever charges a stored token must be able to repeat it.
        return unit.Origin?.IdempotencyKey is null ? "PAYPAL_REQUEST_ID_REQUIRED"
            : Scenario.IssueOf(vaultId) is { } scripted ? scripted
            : Scenario.IsKnown(vaultId) || unit.Find(PayPalTypes.PaymentToken, vaultId) is not null ? null
            : "TOKEN_ID_NOT_FOUND";
    }

    /// <summary>A payer who has to come must be able to go back.</summary>
    private static string? RefuseExperience(JsonObject? experience) =>
        experience?.Text("return_url") is not { Length: > 0 } ? "RETURN_URL_REQUIRED"
        : experience.Text("cancel_url") is not { Length: > 0 } ? "CANCEL_URL_REQUIRED"
        : null;

    public static JsonObject Show(UnitOfWork unit, JsonObject source, string? vaultId)
    {
        var kind = Kinds.First(name => source[name] is JsonObject);
        var token = vaultId is null ? null : unit.Find(PayPalTypes.PaymentToken, vaultId);
        var shown = (token?.Body["payment_source"]?[kind] as JsonObject)?.Copy() ?? (kind == "paypal"
            ? new JsonObject { ["email_address"] = "payer@example.com", ["account_id"] = "QYR5Z8XDVJNXQ", ["account_status"] = "VERIFIED" }
            : new JsonObject { ["brand"] = "VISA", ["last_digits"] = "1111", ["type"] = "CREDIT" });
        return new JsonObject { [kind] = shown };
    }
}
