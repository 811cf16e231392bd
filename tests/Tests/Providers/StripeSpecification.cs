using System.Globalization;
using System.Text.Json;
using Xunit;

namespace Florin.Tests.Providers;

/// <summary>Stripe's OpenAPI document as a judge of requests: each parameter must be in the form's schema, with a value of its type.</summary>
internal static class StripeSpecification
{
    private static readonly Lazy<JsonDocument> Document = new(() => JsonDocument.Parse(File.ReadAllBytes(Find())));

    public static string Version => Document.Value.RootElement.GetProperty("info").GetProperty("version").GetString()!;

    public static void AssertKnown(string path, SeenRequest request)
    {
        JsonElement schema = Document.Value.RootElement.GetProperty("paths").GetProperty(path).GetProperty("post")
            .GetProperty("requestBody").GetProperty("content").GetProperty("application/x-www-form-urlencoded").GetProperty("schema");
        List<string> given = [];
        foreach (string pair in request.Body.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = pair.Split('=');
            Assert.Equal(2, parts.Length);
            string[] names = [.. Uri.UnescapeDataString(parts[0]).Split('[').Select(name => name.TrimEnd(']'))];
            given.Add(names[0]);
            Assert.True(Takes(schema, names, Uri.UnescapeDataString(parts[1])), $"Stripe does not know {pair} at {path}.");
        }

        Assert.Empty(Required(schema).Except(given));
    }

    private static bool Takes(JsonElement schema, ReadOnlySpan<string> names, string value)
    {
        if (schema.TryGetProperty("anyOf", out JsonElement choices))
        {
            foreach (JsonElement choice in choices.EnumerateArray())
            {
                if (Takes(choice, names, value))
                {
                    return true;
                }
            }

            return false;
        }

        return schema.GetProperty("type").GetString() switch
        {
            "object" => names.Length > 0 && TakesField(schema, names, value),
            "array" => names.Length > 0 && names[0].Length == 0 && Takes(schema.GetProperty("items"), names[1..], value),
            "integer" => names.IsEmpty && long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            "boolean" => names.IsEmpty && value is "true" or "false",
            "string" => names.IsEmpty && TakesText(schema, value),
            _ => false,
        };
    }

    private static bool TakesField(JsonElement schema, ReadOnlySpan<string> names, string value)
    {
        if (schema.TryGetProperty("properties", out JsonElement fields) && fields.TryGetProperty(names[0], out JsonElement field))
        {
            return Takes(field, names[1..], value);
        }

        return schema.TryGetProperty("additionalProperties", out JsonElement more) && more.ValueKind == JsonValueKind.Object && Takes(more, names[1..], value);
    }

    private static bool TakesText(JsonElement schema, string value)
        => (!schema.TryGetProperty("maxLength", out JsonElement max) || value.Length <= max.GetInt32())
            && (!schema.TryGetProperty("enum", out JsonElement values) || values.EnumerateArray().Any(item => item.GetString() == value));

    private static IEnumerable<string> Required(JsonElement schema)
        => schema.TryGetProperty("required", out JsonElement names) ? names.EnumerateArray().Select(name => name.GetString()!) : [];

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string file = Path.Combine(folder.FullName, "shared", "data", "stripe", "spec3-2023-09-12.json");
            if (File.Exists(file))
            {
                return file;
            }
        }

        throw new FileNotFoundException("Stripe's OpenAPI document is not at ../shared/data/stripe beside the repository.");
    }
}
