using System.Text;
using System.Text.Json.Nodes;
using Florin.Sandbox.State;

namespace Florin.Sandbox.PayPal;

/// <summary><c>POST /v1/oauth2/token</c> with the client's id and secret, and the check of what it gave out.</summary>
internal static class AccessTokens
{
    public const string Path = "/v1/oauth2/token";

    /// <summary>How long a token is good, on the sandbox's clock.</summary>
    public const long LifeSeconds = 32_400;

    private const int TokenCharacters = 64;

    /// <param name="form">The body of the request.</param>
    /// <param name="client"><c>id:secret</c> that is taken; <see langword="null"/> takes any that is not empty.</param>
    public static PayPalAnswer Give(PayPalSession session, string authorization, string form, string? client)
    {
        if (ReadBasic(authorization) is not [{ Length: > 0 } id, { Length: > 0 } secret] || (client is not null && client != $"{id}:{secret}"))
        {
            return new PayPalAnswer(
                401, new JsonObject { ["error"] = "invalid_client", ["error_description"] = "Client Authentication failed" });
        }

        if (!form.Split('&').Contains("grant_type=client_credentials"))
        {
            return new PayPalAnswer(
                400, new JsonObject { ["error"] = "unsupported_grant_type", ["error_description"] = "Grant Type is NULL or not supported" });
        }

        var token = $"A21AA{session.Ids.Text(TokenCharacters)}";
        session.Unit.Add(PayPalTypes.AccessToken, KeyOf(token), new JsonObject
        {
            ["until_ms"] = (session.Unit.Now + TimeSpan.FromSeconds(LifeSeconds)).ToUnixTimeMilliseconds(),
        });
        return PayPalAnswer.Ok(new JsonObject
        {
            ["scope"] = "https://uri.paypal.com/services/payments/payment https://uri.paypal.com/services/vault/payment-tokens/readwrite "
                + "https://uri.paypal.com/services/reporting/search/read https://uri.paypal.com/services/reporting/balances/read",
            ["access_token"] = token,
            ["token_type"] = "Bearer",
            ["app_id"] = "APP-80W284485P519543T",
            ["expires_in"] = LifeSeconds,
            ["nonce"] = $"{session.Now}{session.Ids.Text(22)}",
        });
    }

    public static bool IsGood(UnitOfWork unit, string authorization) =>
        authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
        && unit.Find(PayPalTypes.AccessToken, KeyOf(authorization["Bearer ".Length..].Trim())) is { } stored
        && unit.Now.ToUnixTimeMilliseconds() < stored.Body.Number("until_ms");

    private static string KeyOf(string token) => $"token:{token}";

    private static string[] ReadBasic(string header)
    {
        var encoded = header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) ? header["Basic ".Length..].Trim() : string.Empty;
        var bytes = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2) : [];
    }
}
