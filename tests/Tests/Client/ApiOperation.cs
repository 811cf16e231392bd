using System.Text.Json;
using Florin.Server.Http;

namespace Florin.Tests.Client;

/// <summary>An operation of the document.</summary>
internal sealed record ApiOperation(string Path, string Verb, JsonElement Element)
{
    private const string KeyHeader = "Idempotency-Key";

    public string Id => Element.GetProperty("operationId").GetString()!;

    public string Tag => Element.GetProperty("tags")[0].GetString()!;

    public string Summary => Element.GetProperty("summary").GetString()!;

    public bool MovesMoney => Parameters("header").Any(parameter => parameter.GetProperty("name").GetString() == KeyHeader);

    public string? BodySchema => Element.TryGetProperty("requestBody", out JsonElement body)
        ? body.GetProperty("content").GetProperty("application/json").GetProperty("schema").GetProperty("$ref").GetString()!.Split('/')[^1]
        : null;

    /// <summary>The schema of the success; <see langword="null"/> when it has no body.</summary>
    public JsonElement? Result => Element.GetProperty("responses").EnumerateObject()
        .Where(response => response.Name[0] == '2' && response.Value.TryGetProperty("content", out _))
        .SelectMany(response => response.Value.GetProperty("content").EnumerateObject())
        .Where(content => content.Name != ProblemResult.MediaType)
        .Select(content => (JsonElement?)content.Value.GetProperty("schema"))
        .FirstOrDefault();

    public IEnumerable<JsonElement> Parameters(string place) => Element.TryGetProperty("parameters", out JsonElement parameters)
        ? parameters.EnumerateArray().Where(parameter => parameter.GetProperty("in").GetString() == place)
        : [];
}
