using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;

namespace Florin.Providers.PayPal;

/// <summary>Lenient reading of PayPal's JSON: unknown members are ignored, a member of another type counts as absent.</summary>
internal static class PayPalJson
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
        if (element.Member(name) is not { ValueKind: JsonValueKind.String } value)
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

    public static long? Integer(this JsonElement element, string name)
        => element.Member(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out long number) ? number : null;

    public static JsonElement? Object(this JsonElement element, string name)
        => element.Member(name) is { ValueKind: JsonValueKind.Object } value ? value : null;

    /// <summary>The objects of a list; none when it is absent.</summary>
    public static IEnumerable<JsonElement> Objects(this JsonElement element, string name)
        => element.Member(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object) : [];

    /// <summary>An RFC 3339 instant, or null.</summary>
    public static DateTimeOffset? Time(this JsonElement element, string name)
        => DateTimeOffset.TryParse(element.Text(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at) ? at : null;

    private static JsonElement? Member(this JsonElement element, string name)
        => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) ? value : null;
}
