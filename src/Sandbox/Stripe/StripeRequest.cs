using System.Text;
using System.Text.Json.Nodes;

namespace Florin.Sandbox.Stripe;

/// <summary>Reads a request's parameters: the query of a GET or DELETE, the form of a POST.</summary>
internal static class StripeRequest
{
    public static async Task<(JsonObject Parameters, StripeAnswer? Problem)> ReadAsync(HttpRequest request)
    {
        var query = request.QueryString.Value is { Length: > 1 } text ? text[1..] : string.Empty;
        if (request.Method != HttpMethods.Post)
        {
            return Parse(query);
        }

        if (request.ContentType is { } type && !type.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase)
            && request.ContentLength > 0)
        {
            return ([], StripeAnswer.Invalid("Invalid request (check that your POST content type is application/x-www-form-urlencoded)."));
        }

        try
        {
            using var reader = new StreamReader(request.Body, Encoding.UTF8);
            var form = await reader.ReadToEndAsync(request.HttpContext.RequestAborted);
            return Parse(query.Length == 0 ? form : $"{query}&{form}");
        }
        catch (BadHttpRequestException tooLarge)
        {
            return ([], StripeAnswer.Invalid($"The request body cannot be read: {tooLarge.Message}"));
        }
    }

    private static (JsonObject Parameters, StripeAnswer? Problem) Parse(string text) =>
        FormParser.Parse(text, out var problem) is { } parameters ? (parameters, null) : ([], StripeAnswer.Invalid(problem!));
}
