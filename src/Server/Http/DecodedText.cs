using System.Globalization;
using System.Text;

namespace Florin.Server.Http;

/// <summary>Text with its escapes resolved, where every character still knows which characters of the original it came from.</summary>
internal sealed class DecodedText
{
    private readonly int[]? _starts;
    private readonly int[]? _ends;

    private DecodedText(string text, int[]? starts, int[]? ends) => (Text, _starts, _ends) = (text, starts, ends);

    public string Text { get; }

    public static DecodedText Plain(string text) => new(text, null, null);

    public int RawStart(int index) => _starts is null ? index : _starts[index];

    public int RawEnd(int index) => _ends is null ? index + 1 : _ends[index];

    /// <summary>Resolves <c>\n</c>, <c>\u0034</c> and the like (RFC 8259, section 7); what is no escape stays.</summary>
    public DecodedText DecodeJsonEscapes() => Decode('\\', static (text, index) =>
    {
        if (index + 1 >= text.Length)
        {
            return (text[index], 1);
        }

        bool isUnicode = text[index + 1] == 'u' && index + 6 <= text.Length;
        return isUnicode && ushort.TryParse(text.AsSpan(index + 2, 4), NumberStyles.AllowHexSpecifier, null, out ushort code)
            ? ((char)code, 6)
            : text[index + 1] is 'n' or 'r' or 't' or 'b' or 'f' ? ('\n', 2) : (text[index + 1], 2);
    });

    /// <summary>Resolves <c>%34</c> where it stands for ASCII (RFC 3986, section 2.1); what is no escape stays.</summary>
    public DecodedText DecodePercents() => Decode('%', static (text, index) =>
        index + 3 <= text.Length && byte.TryParse(text.AsSpan(index + 1, 2), NumberStyles.AllowHexSpecifier, null, out byte code) && code < 0x80
            ? ((char)code, 3)
            : (text[index], 1));

    private DecodedText Decode(char escape, Func<string, int, (char Character, int Length)> decode)
    {
        StringBuilder decoded = new(Text.Length);
        List<int> starts = new(Text.Length);
        List<int> ends = new(Text.Length);
        int index = 0;
        while (index < Text.Length)
        {
            (char character, int length) = Text[index] == escape ? decode(Text, index) : (Text[index], 1);
            decoded.Append(character);
            starts.Add(RawStart(index));
            index += length;
            ends.Add(RawEnd(index - 1));
        }

        return new DecodedText(decoded.ToString(), [.. starts], [.. ends]);
    }
}
