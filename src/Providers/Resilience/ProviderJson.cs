using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;

namespace Florin.Providers.Resilience;

/// <summary>Lenient reading of a provider's JSON: unknown fields are ignored, a field of another type counts as absent.</summary>
internal static class ProviderJson
{
    /// <summary>Reads a whole body that must be one JSON object.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> body, [NotNullWhen(true)] out JsonDocument? document)
    {
        document = null;
        try
        {
            document = JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            return false;
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object)
        {
            return true;
        }

        document.Dispose();
        document = null;
        return false;
    }

    public static string? Text(this JsonElement element, string name)
    {
        if (!TryGet(element, name, out JsonElement value) || value.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            // An unpaired surrogate escape, or bytes that are not UTF-8: not a text.
            return null;
        }
    }

    /// <summary>An integer, or null: a number with a fraction or exponent is not an amount.</summary>
    public static long? Integer(this JsonElement element, string name)
        => TryGet(element, name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number : null;

    public static bool? Flag(this JsonElement element, string name)
        => TryGet(element, name, out JsonElement value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : null;

    /// <summary>A nested object, or null.</summary>
    public static JsonElement? Object(this JsonElement element, string name)
        => TryGet(element, name, out JsonElement value) && value.ValueKind == JsonValueKind.Object ? value : null;

    /// <summary>The objects of a list; none when it is absent.</summary>
    public static IEnumerable<JsonElement> Objects(this JsonElement element, string name)
        => element.List(name) is { } list ? list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object) : [];

    /// <summary>An RFC 3339 instant, or null.</summary>
    public static DateTimeOffset? Time(this JsonElement element, string name)
        => DateTimeOffset.TryParse(element.Text(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at) ? at : null;

    /// <summary>A nested list, or null.</summary>
    public static JsonElement? List(this JsonElement element, string name)
        => TryGet(element, name, out JsonElement value) && value.ValueKind == JsonValueKind.Array ? value : null;

    private static bool TryGet(JsonElement element, string name, out JsonElement value)
    {
        value = default;
        try
        {
            return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out value);
        }
        catch (InvalidOperationException)
        {
            // A name beside it has half of a surrogate pair as an escape: nothing in such an object can be relied on.
            return false;
        }
    }
}
