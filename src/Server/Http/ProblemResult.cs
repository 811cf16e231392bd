using System.Text.Json;
using Florin.Server.Grpc;

namespace Florin.Server.Http;

/// <summary>A problem document (RFC 9457) as an answer; to a caller who speaks gRPC, a gRPC status that says the same.</summary>
/// <remarks>Immutable and free of the request: the request id is taken when it is written.</remarks>
internal sealed class ProblemResult : IResult, IStatusCodeHttpResult
{
    public const string MediaType = "application/problem+json";

    public required ProblemCode Code { get; init; }

    /// <summary>What is wrong this time, for a developer. Never personal data, never what the caller sent.</summary>
    public string? Detail { get; init; }

    /// <summary>What is wrong with each field, by its name in the body.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>Seconds after which the same request may be sent again.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>Where the thing that the problem speaks of can be read.</summary>
    public string? Location { get; init; }

    /// <summary>Further members of the document (RFC 9457, section 3.2).</summary>
    public IReadOnlyDictionary<string, object?>? Extensions { get; init; }

    public int? StatusCode => Code.Status;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        if (GrpcRequest.IsGrpc(httpContext.Request))
        {
            await GrpcAnswer.WriteAsync(httpContext, this);
            return;
        }

        HttpResponse response = httpContext.Response;
        response.StatusCode = Code.Status;
        response.Headers.CacheControl = "no-store";
        if (RetryAfterSeconds is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString();
        }

        if (Location is not null)
        {
            response.Headers.Location = Location;
        }

        if (Code.Status == StatusCodes.Status401Unauthorized && response.Headers.WWWAuthenticate.Count == 0)
        {
            response.Headers.WWWAuthenticate = "Bearer";
        }

        await response.WriteAsJsonAsync(Document(httpContext), JsonConventions.Options, MediaType, httpContext.RequestAborted);
    }

    private Dictionary<string, object?> Document(HttpContext httpContext)
    {
        Dictionary<string, object?> document = new(StringComparer.Ordinal)
        {
            ["type"] = Code.Type,
            ["title"] = Code.Title,
            ["status"] = Code.Status,
            ["detail"] = Detail ?? Code.Title + ".",
            ["code"] = Code.Code,
            ["request_id"] = RequestIds.Of(httpContext),
        };
        if (Errors is not null)
        {
            document["errors"] = Errors;
        }

        foreach ((string name, object? value) in Extensions ?? new Dictionary<string, object?>())
        {
            document[JsonNamingPolicy.SnakeCaseLower.ConvertName(name)] = value;
        }

        return document;
    }
}
