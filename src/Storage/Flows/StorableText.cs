using System.Text;

namespace Florin.Storage.Flows;

/// <summary>Makes any text storable: PostgreSQL keeps neither a NUL nor half of a surrogate pair, and both occur in outside input.</summary>
internal static class StorableText
{
    /// <summary>The text with U+FFFD for what cannot be stored; nearly always the text itself.</summary>
    public static string? Of(string? text)
    {
        if (text is null || !text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') && !text.Contains('\0', StringComparison.Ordinal))
        {
            return text;
        }

        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace('\0', '\uFFFD');
    }
}
