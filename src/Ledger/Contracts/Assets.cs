using System.Collections.Frozen;

namespace Florin.Ledger;

/// <summary>The assets that the ledger knows, with their scales.</summary>
/// <remarks>
/// Source: ISO 4217:2015 list one (active codes and minor units) for money of states; the issuers' contracts for coins. Codes without a minor
/// unit in the list (metals, test codes, fund codes) are left out. UGX and ISK have no minor unit since ISO 4217 amendments; providers that
/// keep two digits for them translate at their own border.
/// </remarks>
public static class Assets
{
    private const string TwoDecimals =
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP " +
        "ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL " +
        "MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE " +
        "SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW";

    private const string ZeroDecimals = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";

    private const string ThreeDecimals = "BHD IQD JOD KWD LYD OMR TND";

    private static readonly FrozenDictionary<string, Asset> Known = Build();

    /// <summary>All known assets, by code.</summary>
    public static IEnumerable<Asset> All => Known.Values.OrderBy(asset => asset.Code, StringComparer.Ordinal);

    /// <summary>Finds an asset by its exact, upper-case code.</summary>
    public static bool TryGet(string? code, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Asset? asset)
    {
        asset = null;
        return code is not null && Known.TryGetValue(code, out asset);
    }

    /// <summary>The asset with this code.</summary>
    /// <exception cref="KeyNotFoundException">The code is not known; callers with outside input use <see cref="TryGet"/>.</exception>
    public static Asset Get(string code) => Known[code];

    private static FrozenDictionary<string, Asset> Build()
    {
        IEnumerable<Asset> fiat = Split(TwoDecimals, 2).Concat(Split(ZeroDecimals, 0)).Concat(Split(ThreeDecimals, 3));
        Asset[] coins = [new("BTC", 8), new("ETH", 18), new("USDC", 6), new("USDT", 6), new("EURC", 6), new("DAI", 18)];
        return fiat.Concat(coins).ToFrozenDictionary(asset => asset.Code, StringComparer.Ordinal);
    }

    private static IEnumerable<Asset> Split(string codes, int scale) => codes.Split(' ').Select(code => new Asset(code, scale));
}
