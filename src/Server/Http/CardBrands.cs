namespace Florin.Server.Http;

/// <summary>Which digits can be the number of a payment card: issuer ranges, lengths and the check digit.</summary>
/// <remarks>
/// Source: ISO/IEC 7812-1 (structure and Luhn check digit) and the ranges that the card schemes publish for Visa, Mastercard, American Express,
/// Discover, Diners Club, JCB, UnionPay and Maestro.
/// </remarks>
internal static class CardBrands
{
    /// <summary>The shortest and longest numbers that are looked at.</summary>
    public const int DigitsMin = 13;
    public const int DigitsMax = 19;

    /// <param name="From">First prefix of the range.</param>
    /// <param name="To">Last prefix of the range, with as many digits.</param>
    /// <param name="Lengths">One bit per length in digits.</param>
    internal readonly record struct IssuerRange(int From, int To, int PrefixDigits, int Lengths);

    /// <summary>The ranges. Public to the tests, which generate numbers from them.</summary>
    internal static readonly IssuerRange[] Ranges =
    [
        Range(4, 4, Only(13) | Only(16) | Only(19)),          // Visa
        Range(51, 55, Only(16)), Range(2221, 2720, Only(16)), // Mastercard
        Range(34, 34, Only(15)), Range(37, 37, Only(15)),     // American Express
        Range(6011, 6011, From16), Range(644, 649, From16), Range(65, 65, From16), // Discover
        Range(300, 305, From16 | Only(14)), Range(3095, 3095, From16 | Only(14)),  // Diners Club
        Range(36, 36, From16 | Only(14)), Range(38, 39, From16 | Only(14)),
        Range(3528, 3589, From16),                            // JCB
        Range(62, 62, From16), Range(81, 81, From16),         // UnionPay
        Range(50, 50, From13), Range(56, 58, From13), Range(6304, 6304, From13), Range(639, 639, From13), Range(67, 67, From13), // Maestro
    ];

    private const int From16 = (1 << 16) | (1 << 17) | (1 << 18) | (1 << 19);
    private const int From13 = (1 << 13) | (1 << 14) | (1 << 15) | From16;

    /// <summary>Whether the digits have a known prefix, a length of that brand and the right check digit.</summary>
    /// <param name="digits">ASCII digits only.</param>
    public static bool IsCardNumber(ReadOnlySpan<char> digits) =>
        digits.Length is >= DigitsMin and <= DigitsMax && HasKnownPrefix(digits) && PassesLuhn(digits);

    /// <summary>The check of ISO/IEC 7812-1, annex B: every second digit from the right is doubled.</summary>
    public static bool PassesLuhn(ReadOnlySpan<char> digits)
    {
        int sum = 0;
        for (int index = 0; index < digits.Length; index++)
        {
            int digit = digits[^(index + 1)] - '0';
            int doubled = index % 2 == 0 ? digit : digit * 2;
            sum += doubled > 9 ? doubled - 9 : doubled;
        }

        return sum % 10 == 0;
    }

    private static bool HasKnownPrefix(ReadOnlySpan<char> digits)
    {
        foreach (IssuerRange range in Ranges)
        {
            int prefix = 0;
            foreach (char digit in digits[..range.PrefixDigits])
            {
                prefix = (prefix * 10) + (digit - '0');
            }

            if (prefix >= range.From && prefix <= range.To && (range.Lengths & (1 << digits.Length)) != 0)
            {
                return true;
            }
        }

        return false;
    }

    private static int Only(int length) => 1 << length;

    private static IssuerRange Range(int from, int to, int lengths) => new(from, to, from.ToString().Length, lengths);
}
