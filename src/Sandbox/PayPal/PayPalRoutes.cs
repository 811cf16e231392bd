using System.Collections.Frozen;

namespace Florin.Sandbox.PayPal;

/// <summary>Every operation of the API that this sandbox has.</summary>
internal static class PayPalRoutes
{
    /// <summary>The token endpoint, which is no route: it has its own credentials and errors.</summary>
    public const string TokenOperation = "oauth2.token";

    public static readonly IReadOnlyList<PayPalRoute> All =
    [
        .. Orders.Routes, .. Authorizations.Routes, .. Captures.Routes, .. Refunds.Routes, .. Vault.Routes, .. Payouts.Routes, .. Disputes.Routes,
        .. WebhookRegistrations.Routes, .. PayPalEvents.Routes, .. TransactionSearch.Routes,
    ];

    public static readonly FrozenSet<string> Operations = All.Select(route => route.Operation).Append(TokenOperation).ToFrozenSet();

    public static PayPalRoute? Find(string method, string path, out IReadOnlyList<string> ids)
    {
        var segments = path.Split('/');
        foreach (var route in All)
        {
            if (route.Match(method, segments) is { } found)
            {
                ids = found;
                return route;
            }
        }

        ids = [];
        return null;
    }
}
