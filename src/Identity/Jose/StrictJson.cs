using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Florin.Identity.Jose;

/// <summary>JSON that has one reading: an object, UTF-8, no member twice, no comments, not deep (RFC 7515, section 4; RFC 8725, section 2.4).</summary>
internal static class StrictJson
{
    public const int DepthMax = 16;

    private static readonly JsonDocumentOptions Options = new()
    {
        AllowDuplicateProperties = false,
        AllowTrailingCommas = false,
        CommentHandling = JsonCommentHandling.Disallow,
        MaxDepth = DepthMax,
    };

    public static bool TryParseObject(byte[] utf8, [NotNullWhen(true)] out JsonDocument? document)
    {
        document = null;
        JsonDocument parsed;
        try
        {
            // The parser leaves the bytes of strings for later; a header or claim in another encoding must not get that far.
            if (!System.Text.Unicode.Utf8.IsValid(utf8))
            {
                return false;
            }

            parsed = JsonDocument.Parse(utf8, Options);
        }
        catch (JsonException)
        {
            return false;
        }

        if (parsed.RootElement.ValueKind != JsonValueKind.Object)
        {
            parsed.Dispose();
            return false;
        }

        document = parsed;
        return true;
    }

    /// <summary>The text of a string member; <see langword="null"/> when it is missing, no string, or no valid Unicode (a lone surrogate escape).</summary>
    public static string? TextOf(JsonElement json, string member)
    {
        if (!json.TryGetProperty(member, out JsonElement value) || value.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            // How the framework reports an escape such as \ud800 that no text can hold.
            return null;
        }
    }
}
