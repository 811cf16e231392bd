using System.Collections.Frozen;

namespace Florin.Sandbox.Stripe;

/// <summary>Every operation of the API that this sandbox has.</summary>
internal static class StripeRoutes
{
    public static readonly IReadOnlyList<StripeRoute> All =
    [
        .. Customers.Routes, .. PaymentMethods.Routes, .. PaymentIntents.Routes, .. Charges.Routes, .. Refunds.Routes, .. Payouts.Routes,
        .. ExternalAccounts.Routes, .. BalanceTransactions.Routes, .. Events.Routes, .. SetupIntents.Routes, .. WebhookEndpoints.Routes,
        .. Disputes.Routes,
    ];

    public static readonly FrozenSet<string> Operations = All.Select(route => route.Operation).ToFrozenSet();

    public static StripeRoute? Find(string method, string path, out IReadOnlyList<string> ids)
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
