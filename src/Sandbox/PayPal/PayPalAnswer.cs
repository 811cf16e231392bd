using System.Text.Json.Nodes;

namespace Florin.Sandbox.PayPal;

/// <summary>An HTTP status and the JSON that goes with it.</summary>
/// <param name="Body"><see langword="null"/> for an answer without one.</param>
/// <param name="Subject">The object that the request made or changed: what a repeat under the same request id is answered with.</param>
internal sealed record PayPalAnswer(int Status, JsonObject? Body, string? Subject = null)
{
    public bool IsSuccess => Status < 300;

    public static PayPalAnswer Ok(JsonObject body, string? subject = null) => new(200, body, subject);

    public static PayPalAnswer Created(JsonObject body, string subject) => new(201, body, subject);

    public static PayPalAnswer NoContent(string? subject = null) => new(204, null, subject);

    /// <summary>The error object with one issue, its status by the issue.</summary>
    public static PayPalAnswer Issue(string issue, string? field = null, string? description = null) =>
        Error(PayPalIssues.StatusOf(issue), issue, field, description);

    public static PayPalAnswer Missing() => Error(404, "INVALID_RESOURCE_ID", null, "Specified resource ID does not exist. Please check the resource ID and try again.");

    public static PayPalAnswer ServerError(int status = 500) => new(status, new JsonObject
    {
        ["name"] = NameOf(status),
        ["message"] = "An internal server error has occurred.",
    });

    public static PayPalAnswer Error(int status, string? issue = null, string? field = null, string? description = null)
    {
        var details = new JsonArray();
        if (issue is not null)
        {
            var detail = new JsonObject { ["issue"] = issue, ["description"] = description ?? Sentence(issue) };
            if (field is not null)
            {
                detail["field"] = field;
                detail["location"] = "body";
            }

            details.Add(detail);
        }

        return new PayPalAnswer(status, new JsonObject { ["name"] = NameOf(status), ["message"] = MessageOf(status), ["details"] = details });
    }

    private static string NameOf(int status) => status switch
    {
        400 => "INVALID_REQUEST",
        401 => "AUTHENTICATION_FAILURE",
        403 => "NOT_AUTHORIZED",
        404 => "RESOURCE_NOT_FOUND",
        409 => "RESOURCE_CONFLICT",
        415 => "UNSUPPORTED_MEDIA_TYPE",
        422 => "UNPROCESSABLE_ENTITY",
        429 => "RATE_LIMIT_REACHED",
        503 => "SERVICE_UNAVAILABLE",
        _ => "INTERNAL_SERVER_ERROR",
    };

    private static string MessageOf(int status) => status switch
    {
        400 => "Request is not well-formed, syntactically incorrect, or violates schema.",
        401 => "Authentication failed due to invalid authentication credentials or a missing Authorization header.",
        403 => "Authorization failed due to insufficient permissions.",
        404 => "The specified resource does not exist.",
        409 => "The server has detected a conflict while processing this request.",
        415 => "The server does not support the request payload's media type.",
        422 => "The requested action could not be performed, semantically incorrect, or failed business validation.",
        429 => "Too many requests. Blocked due to rate limiting.",
        _ => "An internal server error has occurred.",
    };

    private static string Sentence(string issue) => $"The request was refused: {issue.Replace('_', ' ').ToLowerInvariant()}.";
}
