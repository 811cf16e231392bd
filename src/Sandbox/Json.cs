using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Florin.Sandbox;

/// <summary>Short ways to read and write the JSON objects that the sandbox keeps.</summary>
internal static class Json
{
    /// <summary>Compact, and without escapes that only HTML would need.</summary>
    public static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string ToText(this JsonNode node) => node.ToJsonString(Options);

    public static string? Text(this JsonObject body, string name) =>
        body[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>An integer member; 0 when it is null or missing.</summary>
    public static long Number(this JsonObject body, string name) =>
        body[name] is JsonValue value && value.TryGetValue<long>(out var number) ? number : 0;

    /// <summary>Whether a member is missing, null, or a whole number.</summary>
    public static bool IsWholeOrMissing(this JsonObject body, string name) =>
        body[name] is null || (body[name] is JsonValue value && value.TryGetValue<long>(out _));

    public static bool Flag(this JsonObject body, string name) =>
        body[name] is JsonValue value && value.TryGetValue<bool>(out var flag) && flag;

    /// <summary>A copy without a parent, so that it can be put into another object.</summary>
    public static JsonObject Copy(this JsonObject body) => (JsonObject)body.DeepClone();
}
