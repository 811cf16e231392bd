using System.Collections.Frozen;

namespace Florin.Sandbox.PayPal;

/// <summary>The currencies that PayPal takes, and how many decimals each has there. Source: developer.paypal.com/reference/currency-codes.</summary>
internal static class PayPalCurrencies
{
    /// <summary>ISO 4217 gives HUF and TWD two decimals; PayPal takes none.</summary>
    private static readonly FrozenDictionary<string, int> Decimals = new Dictionary<string, int>
    {
        ["AUD"] = 2, ["BRL"] = 2, ["CAD"] = 2, ["CNY"] = 2, ["CZK"] = 2, ["DKK"] = 2, ["EUR"] = 2, ["HKD"] = 2, ["HUF"] = 0, ["ILS"] = 2, ["JPY"] = 0,
        ["MYR"] = 2, ["MXN"] = 2, ["TWD"] = 0, ["NZD"] = 2, ["NOK"] = 2, ["PHP"] = 2, ["PLN"] = 2, ["GBP"] = 2, ["SGD"] = 2, ["SEK"] = 2, ["CHF"] = 2,
        ["THB"] = 2, ["USD"] = 2,
    }.ToFrozenDictionary();

    public static IEnumerable<string> All => Decimals.Keys.Order(StringComparer.Ordinal);

    /// <returns>The decimals of a currency, or <see langword="null"/> when PayPal does not take it.</returns>
    public static int? Of(string? currency) => currency is not null && Decimals.TryGetValue(currency, out var decimals) ? decimals : null;
}
