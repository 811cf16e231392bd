using System.Text.RegularExpressions;

namespace Florin.Providers.PayPal;

/// <summary>The text of an event as it is kept: without e-mail addresses, and without whom a payout goes to. Ids, states and amounts stay.</summary>
internal static partial class PayPalEventText
{
    /// <param name="json">Valid JSON.</param>
    public static string Mask(string json) => Personal().Replace(json, "${name}\"***\"");

    /// <summary>The receiver of a payout, which may be an account's id, and every text with an at sign in it.</summary>
    [GeneratedRegex(
        """(?<name>"receiver"\s*:\s*)"([^"\\]|\\.)*"|"([^"\\]|\\.)*(@|\\u0040)([^"\\]|\\.)*["]""",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Personal();
}
