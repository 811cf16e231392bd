using System.Globalization;

namespace Florin.Wallets.History;

/// <summary>How far a reader came in the two lists that make a wallet's history.</summary>
/// <param name="BeforeFlow">The last own movement that was shown; <see langword="null"/> before the first.</param>
/// <param name="BeforeSequence">The ledger sequence of the last incoming transfer that was looked at.</param>
internal readonly record struct HistoryCursor(Guid? BeforeFlow, ulong BeforeSequence)
{
    private const char Separator = '.';
    private const string NoFlow = "0";

    public static HistoryCursor Start { get; } = new(null, ulong.MaxValue);

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{BeforeFlow?.ToString("N") ?? NoFlow}{Separator}{BeforeSequence}");

    public static bool TryParse(string? text, out HistoryCursor cursor)
    {
        cursor = Start;
        if (text is null)
        {
            return true;
        }

        int separator = text.IndexOf(Separator, StringComparison.Ordinal);
        if (separator < 0 || !ulong.TryParse(text.AsSpan(separator + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ulong sequence))
        {
            return false;
        }

        ReadOnlySpan<char> flowText = text.AsSpan(0, separator);
        Guid flow = Guid.Empty;
        if (!flowText.SequenceEqual(NoFlow) && !Guid.TryParseExact(flowText, "N", out flow))
        {
            return false;
        }

        cursor = new HistoryCursor(flow == Guid.Empty ? null : flow, sequence);
        return true;
    }
}
