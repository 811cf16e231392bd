using System.Collections.Frozen;

namespace Florin.Sandbox.Stripe;

/// <summary>What Stripe takes by currency. Amounts are in the currency's smallest unit as Stripe counts it. Source: stripe.com/docs/currencies.</summary>
internal static class Currencies
{
    /// <summary>Eight digits in every currency.</summary>
    private const long AmountMax = 99_999_999;

    /// <summary>Currencies with the smallest amount of a charge.</summary>
    private static readonly FrozenDictionary<string, long> ChargeMinimum = new Dictionary<string, long>
    {
        ["usd"] = 50, ["aed"] = 200, ["aud"] = 50, ["bgn"] = 100, ["brl"] = 50, ["cad"] = 50, ["chf"] = 50, ["czk"] = 1500, ["dkk"] = 250,
        ["eur"] = 50, ["gbp"] = 30, ["hkd"] = 400, ["huf"] = 17500, ["inr"] = 50, ["jpy"] = 50, ["mxn"] = 1000, ["myr"] = 200, ["nok"] = 300,
        ["nzd"] = 50, ["pln"] = 200, ["ron"] = 200, ["sek"] = 300, ["sgd"] = 50, ["thb"] = 1000,
        ["ars"] = 1, ["cop"] = 1, ["egp"] = 1, ["idr"] = 1, ["ils"] = 1, ["isk"] = 100, ["kes"] = 1, ["mad"] = 1, ["ngn"] = 1, ["pen"] = 1,
        ["php"] = 1, ["qar"] = 1, ["sar"] = 1, ["try"] = 1, ["twd"] = 1, ["uah"] = 1, ["ugx"] = 100, ["uyu"] = 1, ["zar"] = 1,
        ["bif"] = 1, ["clp"] = 1, ["djf"] = 1, ["gnf"] = 1, ["kmf"] = 1, ["krw"] = 1, ["mga"] = 1, ["pyg"] = 1, ["rwf"] = 1, ["vnd"] = 1,
        ["vuv"] = 1, ["xaf"] = 1, ["xof"] = 1, ["xpf"] = 1,
        ["bhd"] = 10, ["jod"] = 10, ["kwd"] = 10, ["omr"] = 10, ["tnd"] = 10,
    }.ToFrozenDictionary();

    private static readonly FrozenSet<string> MultiplesOfTen = FrozenSet.ToFrozenSet(["bhd", "jod", "kwd", "omr", "tnd"]);

    private static readonly FrozenSet<string> MultiplesOfHundred = FrozenSet.ToFrozenSet(["isk", "ugx"]);

    private static readonly FrozenSet<string> PayoutMultiplesOfHundred = FrozenSet.ToFrozenSet(["huf", "isk", "twd", "ugx"]);

    public static StripeAnswer? RefuseCharge(string currency, long amount) =>
        RefuseAmount(currency, amount)
        ?? (amount < ChargeMinimum[currency]
            ? StripeAnswer.Invalid(
                $"Amount must be at least {ChargeMinimum[currency]} in the smallest unit of {currency}", "amount_too_small", "amount")
            : MultiplesOfHundred.Contains(currency) && amount % 100 != 0
                ? NotAMultiple(currency, 100)
                : null);

    public static StripeAnswer? RefusePayout(string currency, long amount) =>
        RefuseAmount(currency, amount)
        ?? (PayoutMultiplesOfHundred.Contains(currency) && amount % 100 != 0 ? NotAMultiple(currency, 100) : null);

    private static StripeAnswer? RefuseAmount(string currency, long amount)
    {
        if (!ChargeMinimum.ContainsKey(currency))
        {
            return StripeAnswer.Invalid(
                $"Invalid currency: {currency}. Stripe currently supports these currencies: {string.Join(", ", ChargeMinimum.Keys.Order())}",
                null,
                "currency");
        }

        if (amount < 1)
        {
            return StripeAnswer.Invalid("This value must be greater than or equal to 1.", "parameter_invalid_integer", "amount");
        }

        if (amount > AmountMax)
        {
            return StripeAnswer.Invalid($"Amount must be no more than {AmountMax}", "amount_too_large", "amount");
        }

        return MultiplesOfTen.Contains(currency) && amount % 10 != 0 ? NotAMultiple(currency, 10) : null;
    }

    private static StripeAnswer NotAMultiple(string currency, int unit) =>
        StripeAnswer.Invalid($"Amounts in {currency} must be a multiple of {unit}.", "parameter_invalid_integer", "amount");
}
