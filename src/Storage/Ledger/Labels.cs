using System.Text.Json;

namespace Florin.Storage.Ledger;

/// <summary>The scalar members of a transaction's metadata as <c>key=value</c>: what a search by metadata finds.</summary>
internal static class Labels
{
    /// <summary>Longer ones are stored and have no label, because an index entry has its limits: a search for one is an error.</summary>
    public const int LengthMax = 256;

    /// <returns>Empty when the text is not a JSON object: it is the caller's, and never interpreted beyond this.</returns>
    public static IReadOnlyList<string> Of(string? metadata)
    {
        if (metadata is null)
        {
            return [];
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(metadata);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Of(document.RootElement) : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    /// <summary>A key may hold what separates it from its value; escaped, no two members have the same label.</summary>
    public static string Of(string key, string value) =>
        $"{key.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("=", "\\=", StringComparison.Ordinal)}={value}";

    /// <summary>A member with this label may be stored and have none: no text column takes it, or no index entry.</summary>
    public static bool IsSearchable(string label) => label.Length <= LengthMax && !label.Contains('\0', StringComparison.Ordinal);

    private static List<string> Of(JsonElement metadata)
    {
        List<string> labels = [];
        foreach (JsonProperty member in metadata.EnumerateObject())
        {
            if (TextOf(member) is { } label && IsSearchable(label))
            {
                labels.Add(label);
            }
        }

        return labels;
    }

    private static string? TextOf(JsonProperty member)
    {
        try
        {
            return member.Value.ValueKind switch
            {
                JsonValueKind.String => Of(member.Name, member.Value.GetString()!),
                JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => Of(member.Name, member.Value.GetRawText()),
                _ => null,
            };
        }
        catch (InvalidOperationException)
        {
            // An escape sequence names half of a surrogate pair: valid JSON, and no text.
            return null;
        }
    }
}
