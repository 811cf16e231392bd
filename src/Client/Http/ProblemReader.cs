using System.Net;
using System.Text.Json;

namespace Florin.Client.Http;

/// <summary>Reads problem documents, and makes do with answers that have none.</summary>
internal static class ProblemReader
{
    private const string MediaType = "application/problem+json";

    public static bool IsProblem(HttpResponseMessage response) => response.Content.Headers.ContentType?.MediaType == MediaType;

    public static FlorinProblemException Read(HttpResponseMessage response, byte[] body, string? key, TimeProvider timeProvider)
    {
        Problem problem = ReadProblem(response, body, timeProvider);
        return response.StatusCode switch
        {
            HttpStatusCode.Accepted => new OutcomeUnknownException(problem, key),
            HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity => new InvalidRequestException(problem, key),
            HttpStatusCode.Unauthorized => new NotAuthenticatedException(problem, key),
            HttpStatusCode.Forbidden => new NotAllowedException(problem, key),
            HttpStatusCode.NotFound => new NotFoundException(problem, key),
            HttpStatusCode.Conflict => new ConflictException(problem, key),
            HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError => new UnavailableException(problem, key),
            _ => new FlorinProblemException(problem, key),
        };
    }

    private static Problem ReadProblem(HttpResponseMessage response, byte[] body, TimeProvider timeProvider)
    {
        IReadOnlyDictionary<string, JsonElement> members = IsProblem(response) ? Members(body) : new Dictionary<string, JsonElement>();
        return new Problem(
            (int)response.StatusCode,
            Text(members, "code") ?? Problem.NoDocument,
            Text(members, "title") ?? response.ReasonPhrase ?? "",
            Text(members, "detail") ?? "The answer is no problem document.",
            Text(members, "request_id"),
            Errors(members),
            RetryAfter(response, timeProvider),
            members);
    }

    private static Dictionary<string, JsonElement> Members(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(body) ?? [];
        }
        catch (JsonException)
        {
            // Cut off or garbled on its way: the status still says what happened.
            return [];
        }
    }

    private static string? Text(IReadOnlyDictionary<string, JsonElement> members, string name) =>
        members.TryGetValue(name, out JsonElement element) && element.ValueKind == JsonValueKind.String ? element.GetString() : null;

    /// <summary>A member of another type than the API promises is as one that is absent (RFC 9457, section 3.1).</summary>
    private static Dictionary<string, IReadOnlyList<string>> Errors(IReadOnlyDictionary<string, JsonElement> members) =>
        members.TryGetValue("errors", out JsonElement errors) && errors.ValueKind == JsonValueKind.Object
            ? errors.EnumerateObject().Where(field => field.Value.ValueKind == JsonValueKind.Array).ToDictionary(
                field => field.Name,
                field => (IReadOnlyList<string>)[.. field.Value.EnumerateArray().Where(error => error.ValueKind == JsonValueKind.String).Select(error => error.GetString()!)])
            : [];

    private static TimeSpan? RetryAfter(HttpResponseMessage response, TimeProvider timeProvider) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date > timeProvider.GetUtcNow() ? date - timeProvider.GetUtcNow() : TimeSpan.Zero,
        _ => null,
    };
}
