using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Florin.Ledger;

namespace Florin.Flows;

/// <summary>The JSON form of what flows remember: snake_case, absent when null, amounts as texts of smallest units.</summary>
public static class FlowFacts
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static string Write<T>(T facts) => JsonSerializer.Serialize(facts, Options);

    /// <exception cref="JsonException">The text is not what <see cref="Write"/> made: a bug of ours.</exception>
    public static T Read<T>(string data) => JsonSerializer.Deserialize<T>(data, Options) ?? throw new JsonException("A flow's data are null.");

    public static string AmountText(UInt128 minorUnits) => minorUnits.ToString(CultureInfo.InvariantCulture);

    public static Money Amount(string minorUnits, string asset) =>
        new(UInt128.Parse(minorUnits, NumberStyles.None, CultureInfo.InvariantCulture), Assets.Get(asset));
}
