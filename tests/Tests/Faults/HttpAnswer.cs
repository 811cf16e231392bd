using System.Text.Json;

namespace Florin.Tests.Faults;

/// <summary>What the API answered to a movement.</summary>
internal sealed record HttpAnswer(int Status, JsonElement Body, bool IsReplayed, bool HasRetryAfter)
{
    /// <summary>The code of a problem, or nothing.</summary>
    public string? Code => Body.TryGetProperty("code", out JsonElement code) ? code.GetString() : null;

    /// <summary>The movement, also where the answer is a problem that carries it.</summary>
    public JsonElement Movement => Body.TryGetProperty("object", out JsonElement movement) ? movement : Body;

    public string Id => Movement.GetProperty("id").GetString()!;

    public string MovementStatus => Movement.GetProperty("status").GetString()!;

    public static async Task<HttpAnswer> ReadAsync(HttpResponseMessage response)
    {
        string text = await response.Content.ReadAsStringAsync();
        return new HttpAnswer(
            (int)response.StatusCode,
            JsonSerializer.Deserialize<JsonElement>(text),
            response.Headers.TryGetValues("Idempotent-Replayed", out IEnumerable<string>? values) && values.Single() == "true",
            response.Headers.RetryAfter is not null);
    }

    public override string ToString() => $"{Status} {(IsReplayed ? "replayed " : "")}{Body}";
}
