using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using Florin.Providers.Resilience;

namespace Florin.Providers.PayPal;

/// <summary>Translates amounts between ISO 4217's smallest units, which the contracts speak, and PayPal's decimal texts. Exact or refused, never rounded.</summary>
/// <remarks>
/// Source: developer.paypal.com/reference/currency-codes. HUF and TWD have two decimals in ISO and none at PayPal: whole units only. JPY has none in either.
/// BRL, CNY and MYR are for accounts in their countries; PayPal says so itself.
/// </remarks>
internal static class PayPalAmounts
{
    /// <summary>Digits before the point: 999999999999999.99 is the most that PayPal takes.</summary>
    private const int WholeDigitsMax = 15;

    private const string TwoDecimals = "AUD BRL CAD CNY CZK DKK EUR HKD ILS MYR MXN NZD NOK PHP PLN GBP SGD SEK CHF THB USD";

    private static readonly UInt128 WholeMax = 1_000_000_000_000_000;

    private static readonly FrozenDictionary<string, Scale> Scales = Build();

    /// <summary>The currencies of the table, with their decimals in ISO and at PayPal.</summary>
    public static IEnumerable<(string Code, int Iso, int PayPal)> All => Scales.Select(scale => (scale.Key, scale.Value.Iso, scale.Value.PayPal));

    /// <summary>How many of ISO's smallest units are PayPal's smallest amount; <see langword="null"/> when PayPal does not take the currency.</summary>
    public static UInt128? StepOf(string currency) => Scales.TryGetValue(currency, out Scale scale) ? Power(scale.Iso - scale.PayPal) : null;

    /// <summary>From ISO's smallest units to PayPal's text: 1050 USD is <c>10.50</c>.</summary>
    /// <param name="refusal">When refused, the stable code of why; else null.</param>
    public static bool TryToPayPal(UInt128 minorUnits, string currency, out string value, out string? refusal)
    {
        value = string.Empty;
        if (!Scales.TryGetValue(currency, out Scale scale))
        {
            refusal = PayPalRefusals.UnsupportedCurrency;
            return false;
        }

        UInt128 one = Power(scale.Iso);
        (UInt128 whole, UInt128 rest) = (minorUnits / one, minorUnits % one);
        refusal = minorUnits == UInt128.Zero ? PayPalRefusals.AmountZero
            : whole >= WholeMax ? PayPalRefusals.AmountTooLarge
            : scale.PayPal == 0 && rest != UInt128.Zero ? PayPalRefusals.AmountNotRepresentable
            : null;
        value = scale.PayPal == 0
            ? whole.ToString(CultureInfo.InvariantCulture)
            : $"{whole.ToString(CultureInfo.InvariantCulture)}.{rest.ToString(CultureInfo.InvariantCulture).PadLeft(scale.PayPal, '0')}";
        return refusal is null;
    }

    /// <summary>From PayPal's text to ISO's smallest units. More decimals than the currency has are read only when they are zeros.</summary>
    public static bool TryFromPayPal(string? value, string? currency, out UInt128 minorUnits)
    {
        minorUnits = UInt128.Zero;
        if (value is null || currency is null || !Scales.TryGetValue(currency, out Scale scale))
        {
            return false;
        }

        string[] parts = value.Split('.');
        if (parts.Length > 2 || parts[0].Length is 0 or > WholeDigitsMax || parts.Any(part => part.Length == 0 || !part.All(char.IsAsciiDigit)))
        {
            return false;
        }

        string fraction = (parts.Length == 2 ? parts[1] : string.Empty).TrimEnd('0');
        if (fraction.Length > scale.Iso)
        {
            return false;
        }

        minorUnits = UInt128.Parse(parts[0] + fraction.PadRight(scale.Iso, '0'), NumberStyles.None, CultureInfo.InvariantCulture);
        return true;
    }

    /// <summary>Reads <c>{"currency_code": "USD", "value": "10.50"}</c>; payouts call the currency <c>currency</c>.</summary>
    public static (UInt128 MinorUnits, string Currency)? Read(JsonElement? money, string currencyName = "currency_code")
        => money is { } given && given.Text(currencyName) is { } currency && TryFromPayPal(given.Text("value"), currency, out UInt128 minorUnits)
            ? (minorUnits, currency)
            : null;

    /// <summary>Whether PayPal has balances in this currency that we can count.</summary>
    public static bool IsKnown(string currency) => Scales.ContainsKey(currency);

    /// <summary>As <see cref="Read"/>, of an amount that may be below zero.</summary>
    public static (Int128 MinorUnits, string Currency)? ReadSigned(JsonElement? money)
    {
        if (money is not { } given || given.Text("currency_code") is not { } currency || given.Text("value") is not { } value)
        {
            return null;
        }

        bool isNegative = value.StartsWith('-');
        return TryFromPayPal(isNegative ? value[1..] : value, currency, out UInt128 minorUnits)
            ? (isNegative ? -(Int128)minorUnits : (Int128)minorUnits, currency)
            : null;
    }

    private static FrozenDictionary<string, Scale> Build()
    {
        Dictionary<string, Scale> scales = TwoDecimals.Split(' ').ToDictionary(code => code, _ => new Scale(Iso: 2, PayPal: 2), StringComparer.Ordinal);
        scales.Add("HUF", new Scale(Iso: 2, PayPal: 0));
        scales.Add("TWD", new Scale(Iso: 2, PayPal: 0));
        scales.Add("JPY", new Scale(Iso: 0, PayPal: 0));
        return scales.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static UInt128 Power(int exponent)
    {
        UInt128 power = 1;
        for (int index = 0; index < exponent; index++)
        {
            power *= 10;
        }

        return power;
    }

    private readonly record struct Scale(int Iso, int PayPal);
}
