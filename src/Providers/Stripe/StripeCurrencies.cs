using System.Collections.Frozen;

namespace Florin.Providers.Stripe;

/// <summary>What an amount is for: Stripe's rules for paying out are narrower than those for charging.</summary>
internal enum StripeUse
{
    Charge = 1,
    Payout = 2,
}

/// <summary>Translates amounts between ISO 4217's smallest units, which the contracts speak, and Stripe's, which differ for some currencies.</summary>
/// <remarks>
/// Source: docs.stripe.com/currencies. Zero-decimal at Stripe as in ISO: BIF, CLP, JPY … MGA has two digits in ISO and none at Stripe. ISK and UGX have
/// none in ISO and two at Stripe, which must be 00. Three-decimal amounts end in 0. HUF and TWD are paid out in whole units only. An amount that cannot be
/// said exactly is refused, never rounded.
/// </remarks>
internal static class StripeCurrencies
{
    /// <summary>The largest amount that Stripe takes, in its units: eight digits.</summary>
    public const long AmountMax = 99_999_999;

    private const string SameAsIsoTwo =
        "USD AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CNY COP CRC CVE CZK DKK DOP DZD EGP ETB EUR " +
        "FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG IDR ILS INR JMD KES KGS KHR KYD KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN " +
        "MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SEK SGD SHP SLE SOS SRD SZL THB TJS TOP TRY TTD TZS UAH " +
        "UYU UZS WST XCD YER ZAR ZMW";

    private const string SameAsIsoZero = "BIF CLP DJF GNF JPY KMF KRW PYG RWF VND VUV XAF XOF XPF";

    private static readonly FrozenDictionary<string, Rule> Rules = Build();

    /// <summary>The currencies of the table, with their ISO scales.</summary>
    public static IEnumerable<(string Code, int IsoScale)> All => Rules.Select(rule => (rule.Key, rule.Value.IsoScale));

    /// <summary>From ISO's smallest units to Stripe's.</summary>
    /// <param name="refusal">When refused, the stable code of why; else null.</param>
    public static bool TryToStripe(UInt128 minorUnits, string currency, StripeUse use, out long amount, out string? refusal)
    {
        amount = 0;
        refusal = null;
        if (!Rules.TryGetValue(currency, out Rule rule))
        {
            refusal = StripeRefusals.UnsupportedCurrency;
        }
        else if (minorUnits == UInt128.Zero)
        {
            refusal = StripeRefusals.AmountZero;
        }
        else if (minorUnits > (UInt128)AmountMax * rule.Divisor)
        {
            refusal = StripeRefusals.AmountTooLarge;
        }
        else if (minorUnits % rule.Divisor != UInt128.Zero)
        {
            refusal = StripeRefusals.AmountNotRepresentable;
        }
        else
        {
            amount = checked((long)(minorUnits / rule.Divisor) * (long)rule.Factor);
            refusal = amount > AmountMax ? StripeRefusals.AmountTooLarge
                : amount % rule.Step(use) != 0 ? StripeRefusals.AmountNotRepresentable
                : null;
        }

        return refusal is null;
    }

    /// <summary>From Stripe's units to ISO's smallest.</summary>
    /// <param name="currency">Upper-case ISO 4217 code.</param>
    /// <returns><see langword="false"/> when the currency is not in the table or the amount has a part that ISO's units cannot say.</returns>
    public static bool TryFromStripe(long amount, string currency, out UInt128 minorUnits)
    {
        minorUnits = UInt128.Zero;
        if (amount < 0 || !Rules.TryGetValue(currency, out Rule rule) || (ulong)amount % rule.Factor != 0)
        {
            return false;
        }

        minorUnits = (UInt128)((ulong)amount / rule.Factor) * rule.Divisor;
        return true;
    }

    private static FrozenDictionary<string, Rule> Build()
    {
        Dictionary<string, Rule> rules = new(StringComparer.Ordinal)
        {
            ["HUF"] = new Rule(IsoScale: 2, Factor: 1, Divisor: 1, ChargeStep: 1, PayoutStep: 100),
            ["TWD"] = new Rule(IsoScale: 2, Factor: 1, Divisor: 1, ChargeStep: 1, PayoutStep: 100),
            ["ISK"] = new Rule(IsoScale: 0, Factor: 100, Divisor: 1, ChargeStep: 100, PayoutStep: 100),
            ["UGX"] = new Rule(IsoScale: 0, Factor: 100, Divisor: 1, ChargeStep: 100, PayoutStep: 100),
            ["MGA"] = new Rule(IsoScale: 2, Factor: 1, Divisor: 100, ChargeStep: 1, PayoutStep: 1),
        };
        Add(rules, SameAsIsoTwo, new Rule(IsoScale: 2, Factor: 1, Divisor: 1, ChargeStep: 1, PayoutStep: 1));
        Add(rules, SameAsIsoZero, new Rule(IsoScale: 0, Factor: 1, Divisor: 1, ChargeStep: 1, PayoutStep: 1));
        Add(rules, "BHD JOD KWD OMR TND", new Rule(IsoScale: 3, Factor: 1, Divisor: 1, ChargeStep: 10, PayoutStep: 10));
        return rules.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static void Add(Dictionary<string, Rule> rules, string codes, Rule rule)
    {
        foreach (string code in codes.Split(' '))
        {
            rules.Add(code, rule);
        }
    }

    /// <summary>Stripe's amount = ISO's amount / Divisor × Factor, and a multiple of the step.</summary>
    private readonly record struct Rule(int IsoScale, ulong Factor, ulong Divisor, long ChargeStep, long PayoutStep)
    {
        public long Step(StripeUse use) => use switch
        {
            StripeUse.Charge => ChargeStep,
            StripeUse.Payout => PayoutStep,
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }
}
