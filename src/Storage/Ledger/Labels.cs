using System.Text.Json;

namespace Florin.Storage.Ledger;

/// <summary>The scalar members of a transaction's metadata as <c>key=value</c>: what a search by metadata finds.</summary>
internal static class Labels
{
    /// <summary>More members than this are stored, and not found by a search.</summary>
    public const int CountMax = 64;

    /// <summary>Longer ones are stored, and not found by a search: an index entry has its limits.</summary>
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

    public static string Of(string key, string value) => $"{key}={value}";

    private static List<string> Of(JsonElement metadata)
    {
        List<string> labels = [];
        foreach (JsonProperty member in metadata.EnumerateObject())
        {
            bool isScalar = member.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False;
            string label = isScalar ? Of(member.Name, member.Value.ToString()) : "";
            if (isScalar && label.Length <= LengthMax && !label.Contains('\0', StringComparison.Ordinal) && labels.Count < CountMax)
            {
                labels.Add(label);
            }
        }

        return labels;
    }
}
