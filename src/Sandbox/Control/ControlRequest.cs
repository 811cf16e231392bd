using System.Text.Json;
using System.Text.Json.Nodes;

namespace Florin.Sandbox.Control;

/// <summary>Reads and answers the requests of the control plane: JSON in, JSON or a problem document out.</summary>
internal static class ControlRequest
{
    /// <returns>The body's object, empty for an empty body, or <see langword="null"/> when it is no JSON object.</returns>
    public static async Task<JsonObject?> ReadAsync(HttpRequest request)
    {
        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, request.HttpContext.RequestAborted);
        if (buffer.Length == 0)
        {
            return [];
        }

        if (buffer.Length > Limits.ControlBodyBytes)
        {
            return null;
        }

        try
        {
            return JsonNode.Parse(buffer.GetBuffer().AsSpan(0, checked((int)buffer.Length))) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static IResult Answer(JsonNode body, int status = 200) => Results.Text(body.ToText(), "application/json", statusCode: status);

    public static IResult Problem(int status, string code, string detail) => Results.Text(
        new JsonObject { ["type"] = "about:blank", ["title"] = code, ["status"] = status, ["code"] = code, ["detail"] = detail }.ToText(),
        "application/problem+json",
        statusCode: status);

    public static IResult NotJson() => Problem(400, "invalid_json", $"The body must be a JSON object of at most {Limits.ControlBodyBytes} bytes.");
}
