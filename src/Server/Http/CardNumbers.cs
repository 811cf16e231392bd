using System.Globalization;
using System.Text;

namespace Florin.Server.Http;

/// <summary>Finds what looks like a payment card number in text, however it is written, so that none is ever stored or logged.</summary>
/// <remarks>
/// A find is a run of 13 to 19 digits, with at most one space, dash or plus between two of them, that begins and ends where a group of digits
/// does, and that <see cref="CardBrands.IsCardNumber"/> accepts. JSON escapes, percent-encoding (also twice) and the digits of other scripts are
/// seen through. Digits that touch a letter or an underscore, and UUIDs, are parts of identifiers and are left alone.
/// </remarks>
internal static class CardNumbers
{
    private const int PercentRoundsMax = 2;
    private const int UuidLength = 36;

    /// <summary>Whether a body, taken as UTF-8 text, carries a card number.</summary>
    public static bool Contains(ReadOnlySpan<byte> body) => Contains(Encoding.UTF8.GetString(body));

    public static bool Contains(string text) => MayContain(text) && Views(text).Any(view => FindIn(view).Count > 0);

    /// <summary>
    /// The text with all but the last four digits of each card number made unreadable: stars, or nines where a star would break a JSON number.
    /// Text without a card number comes back as it is.
    /// </summary>
    public static string Mask(string text)
    {
        StringBuilder? masked = null;
        bool[]? isNumber = null;
        foreach (DecodedText view in Views(text))
        {
            foreach (Find find in FindIn(view))
            {
                masked ??= new StringBuilder(text);
                isNumber ??= NumberPositions(text);
                Cover(masked, isNumber, view, find);
            }
        }

        // Each character is replaced by one, so that the places that the other views know stay true.
        return masked?.ToString() ?? text;
    }

    /// <summary>
    /// A quick look, for what every request has: plain ASCII without escapes in which no run of digits, with at most one separator between two of
    /// them, is as long as a card number. What it cannot tell is looked at in full.
    /// </summary>
    private static bool MayContain(string text)
    {
        ReadOnlySpan<char> rest = text;
        if (rest.ContainsAny('\\', '%') || !Ascii.IsValid(rest))
        {
            return true;
        }

        for (int start = rest.IndexOfAnyInRange('0', '9'); start >= 0; start = rest.IndexOfAnyInRange('0', '9'))
        {
            int digits = 0;
            int end = start;
            while (end < rest.Length && (char.IsAsciiDigit(rest[end]) || (IsSeparator(rest[end]) && char.IsAsciiDigit(rest[end - 1]))))
            {
                digits += char.IsAsciiDigit(rest[end]) ? 1 : 0;
                end++;
            }

            if (digits >= CardBrands.DigitsMin)
            {
                return true;
            }

            rest = rest[end..];
        }

        return false;
    }

    /// <summary>The text as it stands, and as it reads when its escapes are resolved.</summary>
    private static IEnumerable<DecodedText> Views(string text)
    {
        DecodedText view = DecodedText.Plain(text);
        yield return view;
        if (text.Contains('\\'))
        {
            view = view.DecodeJsonEscapes();
            yield return view;
        }

        for (int round = 0; round < PercentRoundsMax && view.Text.Contains('%'); round++)
        {
            view = view.DecodePercents();
            yield return view;
        }
    }

    private readonly record struct Find(int Start, int End);

    private static List<Find> FindIn(DecodedText view)
    {
        List<Find> finds = [];
        string text = view.Text;
        int index = 0;
        while (index < text.Length)
        {
            if (UuidAt(text, index))
            {
                index += UuidLength;
                continue;
            }

            if (DigitAt(text, index) < 0)
            {
                index++;
                continue;
            }

            index = ScanRun(text, index, finds);
        }

        return finds;
    }

    /// <summary>Reads the groups of digits that begin at <paramref name="start"/> and adds what is a card number.</summary>
    /// <returns>Where the run ends.</returns>
    private static int ScanRun(string text, int start, List<Find> finds)
    {
        StringBuilder digits = new();
        List<(int DigitsBefore, int Start, int End)> groups = [];
        int index = start;
        while (true)
        {
            int groupStart = index;
            int digitsBefore = digits.Length;
            while (index < text.Length && DigitAt(text, index) is >= 0 and var digit)
            {
                digits.Append((char)('0' + digit));
                index++;
            }

            groups.Add((digitsBefore, groupStart, index));
            bool goesOn = index + 1 < text.Length && IsSeparator(text[index]) && DigitAt(text, index + 1) >= 0 && !UuidAt(text, index + 1);
            if (!goesOn)
            {
                break;
            }

            index++;
        }

        AddCards(text, digits.ToString(), groups, finds);
        return index;
    }

    private static void AddCards(string text, string digits, List<(int DigitsBefore, int Start, int End)> groups, List<Find> finds)
    {
        for (int first = 0; first < groups.Count; first++)
        {
            if (LongestCardFrom(text, digits, groups, first) is { } last)
            {
                finds.Add(new Find(groups[first].Start, groups[last].End));
                first = last;
            }
        }
    }

    /// <summary>The last group of the longest card number that begins with a group. Looks at no more than 19 digits, whatever the text.</summary>
    private static int? LongestCardFrom(string text, string digits, List<(int DigitsBefore, int Start, int End)> groups, int first)
    {
        int? longest = null;
        int digitsStart = groups[first].DigitsBefore;
        for (int last = first; last < groups.Count; last++)
        {
            int digitsEnd = last + 1 < groups.Count ? groups[last + 1].DigitsBefore : digits.Length;
            int length = digitsEnd - digitsStart;
            if (length > CardBrands.DigitsMax)
            {
                break;
            }

            bool isCard = CardBrands.IsCardNumber(digits.AsSpan(digitsStart, length)) && !TouchesWord(text, groups[first].Start, groups[last].End);
            longest = isCard ? last : longest;
        }

        return longest;
    }

    private static bool TouchesWord(string text, int start, int end) =>
        (start > 0 && IsWord(text[start - 1])) || (end < text.Length && IsWord(text[end]));

    private static bool IsWord(char character) => character == '_' || char.IsLetter(character);

    /// <summary>The decimal digit at a place, in any script; -1 when there is none.</summary>
    private static int DigitAt(string text, int index) =>
        char.IsAsciiDigit(text[index]) ? text[index] - '0'
        : char.IsAscii(text[index]) ? -1
        : CharUnicodeInfo.GetDecimalDigitValue(text, index);

    private static bool IsSeparator(char character) =>
        character is ' ' or '-' or '+'
        || (!char.IsAscii(character)
            && char.GetUnicodeCategory(character) is UnicodeCategory.SpaceSeparator or UnicodeCategory.DashPunctuation or UnicodeCategory.Format);

    private static bool UuidAt(string text, int index)
    {
        if (index + UuidLength > text.Length || text[index + 8] != '-' || text[index + 13] != '-')
        {
            return false;
        }

        bool startsWord = index == 0 || !char.IsLetterOrDigit(text[index - 1]);
        bool endsWord = index + UuidLength == text.Length || !char.IsLetterOrDigit(text[index + UuidLength]);
        return startsWord && endsWord && Guid.TryParseExact(text.AsSpan(index, UuidLength), "D", out _);
    }

    private static void Cover(StringBuilder masked, bool[] isNumber, DecodedText view, Find find)
    {
        int digitsLeft = 4;
        char cover = isNumber[view.RawStart(find.Start)] ? '9' : '*';
        for (int index = find.End - 1; index >= find.Start; index--)
        {
            if (DigitAt(view.Text, index) < 0 || digitsLeft-- > 0)
            {
                continue;
            }

            for (int position = view.RawStart(index); position < view.RawEnd(index); position++)
            {
                masked[position] = cover;
            }
        }
    }

    /// <summary>Which places stand outside of every quoted string of what seems to be JSON.</summary>
    private static bool[] NumberPositions(string raw)
    {
        bool[] isNumber = new bool[raw.Length];
        if (raw.AsSpan().TrimStart() is not ['{' or '[' or (>= '0' and <= '9'), ..])
        {
            return isNumber;
        }

        bool isQuoted = false;
        for (int index = 0; index < raw.Length; index++)
        {
            if (isQuoted && raw[index] == '\\')
            {
                index++;
            }
            else
            {
                isQuoted ^= raw[index] == '"';
                isNumber[index] = !isQuoted;
            }
        }

        return isNumber;
    }
}
