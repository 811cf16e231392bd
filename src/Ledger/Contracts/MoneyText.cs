using System.Globalization;

namespace Florin.Ledger;

/// <summary>Why a text is not an amount.</summary>
public enum MoneyTextError
{
    None = 0,

    /// <summary>Not digits with at most one dot; signs, exponents, spaces and grouping are refused.</summary>
    Malformed = 1,

    /// <summary>More decimals than the asset has. Refused, never rounded (fault M-02).</summary>
    TooManyDecimals = 2,

    /// <summary>Does not fit in 128 bits of smallest units (fault M-08).</summary>
    TooLarge = 3,
}

/// <summary>Exact conversion between decimal text in major units and integers in smallest units.</summary>
public static class MoneyText
{
    /// <summary>The longest text that is looked at; longer ones are <see cref="MoneyTextError.TooLarge"/>.</summary>
    public const int LengthMax = 60;

    /// <summary>Parses <c>10.50</c> with scale 2 into 1050.</summary>
    /// <param name="text">Digits, optionally a dot and more digits. No sign, no exponent. Trailing zeros beyond the scale are decimals too.</param>
    /// <param name="scale">Decimals of the asset, 0 to 18.</param>
    /// <param name="minorUnits">The amount in smallest units; zero when there is an error.</param>
    public static MoneyTextError Parse(ReadOnlySpan<char> text, int scale, out UInt128 minorUnits)
    {
        minorUnits = UInt128.Zero;
        if (text.IsEmpty)
        {
            return MoneyTextError.Malformed;
        }

        if (text.Length > LengthMax)
        {
            return MoneyTextError.TooLarge;
        }

        int dot = text.IndexOf('.');
        ReadOnlySpan<char> whole = dot < 0 ? text : text[..dot];
        ReadOnlySpan<char> fraction = dot < 0 ? [] : text[(dot + 1)..];
        bool malformed = whole.IsEmpty || (dot >= 0 && fraction.IsEmpty)
            || whole.ContainsAnyExceptInRange('0', '9') || fraction.ContainsAnyExceptInRange('0', '9');
        if (malformed)
        {
            return MoneyTextError.Malformed;
        }

        if (fraction.Length > scale)
        {
            return MoneyTextError.TooManyDecimals;
        }

        UInt128 total = UInt128.Zero;
        for (int index = 0; index < whole.Length + scale; index++)
        {
            int fractionIndex = index - whole.Length;
            char digit = fractionIndex < 0 ? whole[index] : fractionIndex < fraction.Length ? fraction[fractionIndex] : '0';
            if (total > (UInt128.MaxValue - (UInt128)(digit - '0')) / 10)
            {
                return MoneyTextError.TooLarge;
            }

            total = (total * 10) + (UInt128)(digit - '0');
        }

        minorUnits = total;
        return MoneyTextError.None;
    }

    /// <summary>Writes 1050 with scale 2 as <c>10.50</c>.</summary>
    public static string Format(UInt128 minorUnits, int scale)
    {
        string digits = minorUnits.ToString(CultureInfo.InvariantCulture);
        if (scale == 0)
        {
            return digits;
        }

        digits = digits.PadLeft(scale + 1, '0');
        return string.Concat(digits.AsSpan(0, digits.Length - scale), ".", digits.AsSpan(digits.Length - scale));
    }
}
