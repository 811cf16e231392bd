using System.Text.Json.Nodes;

namespace Florin.Sandbox.Stripe;

/// <summary>What happens to the changes of a request and to its idempotency key.</summary>
internal enum AnswerKind
{
    /// <summary>The changes stay; the key remembers the answer.</summary>
    Done = 1,

    /// <summary>A decline: the failed attempt stays as an object; the key remembers the answer.</summary>
    Declined = 2,

    /// <summary>The endpoint ran and refused: nothing changes; the key remembers the answer.</summary>
    Refused = 3,

    /// <summary>The parameters are wrong: the endpoint did not run, so the key stays free.</summary>
    Invalid = 4,
}

/// <summary>An HTTP status and the JSON that goes with it.</summary>
internal sealed record StripeAnswer(int Status, JsonObject Body, AnswerKind Kind)
{
    public bool KeepsChanges => Kind is AnswerKind.Done or AnswerKind.Declined;

    public bool IsRemembered => Kind != AnswerKind.Invalid;

    public static StripeAnswer Ok(JsonObject body) => new(200, body, AnswerKind.Done);

    /// <summary>A parameter is missing, unknown or of the wrong form.</summary>
    public static StripeAnswer Invalid(string message, string? code = null, string? parameter = null) =>
        new(400, Error("invalid_request_error", message, code, parameter), AnswerKind.Invalid);

    /// <summary>The request is well formed, but cannot be done as things stand.</summary>
    public static StripeAnswer Refused(string message, string? code = null, string? parameter = null) =>
        new(400, Error("invalid_request_error", message, code, parameter), AnswerKind.Refused);

    public static StripeAnswer Missing(string what, string id, string parameter = "id") =>
        new(404, Error("invalid_request_error", $"No such {what}: '{id}'", "resource_missing", parameter), AnswerKind.Refused);

    public static StripeAnswer Unauthorized(string message) =>
        new(401, Error("invalid_request_error", message, null, null), AnswerKind.Invalid);

    public static StripeAnswer UnknownUrl(string method, string path) => new(
        404,
        Error("invalid_request_error", $"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs.", null, null),
        AnswerKind.Invalid);

    public static StripeAnswer ServerError(int status = 500) =>
        new(status, Error("api_error", "An unknown error occurred.", null, null), AnswerKind.Refused);

    public static StripeAnswer RateLimited() => new(
        429, Error("invalid_request_error", "Request rate limit exceeded.", "rate_limit", null), AnswerKind.Invalid);

    /// <summary>The body <c>{"error": {…}}</c> with the members that have a value.</summary>
    public static JsonObject Error(string type, string message, string? code, string? parameter)
    {
        var error = new JsonObject { ["type"] = type, ["message"] = message };
        if (code is not null)
        {
            error["code"] = code;
            error["doc_url"] = $"https://stripe.com/docs/error-codes/{code.Replace('_', '-')}";
        }

        if (parameter is not null)
        {
            error["param"] = parameter;
        }

        return new JsonObject { ["error"] = error };
    }
}
