using System.Text.Json;
using System.Text.Json.Serialization;

namespace Florin.Client;

/// <summary>How the API writes JSON: names in snake_case, what is not there left out, members of newer servers ignored.</summary>
internal static class FlorinJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.Strict,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };
}
