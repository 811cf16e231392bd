using System.Text.Json.Nodes;

namespace Florin.Sandbox.Stripe;

/// <summary>One operation of the API.</summary>
/// <param name="Template">For example <c>/v1/customers/{id}</c>; segments in braces match any id.</param>
/// <param name="Operation">The name that faults use: <c>customers.get</c>.</param>
/// <param name="Parameters">
/// What it takes. <c>card.number</c> is <c>card[number]</c>, <c>metadata.*</c> is anything under <c>metadata</c>; all else is refused as unknown.
/// </param>
internal sealed record StripeRoute(string Method, string Template, string Operation, string[] Parameters, StripeHandler Handler)
{
    private readonly string[] segments = Template.Split('/');

    /// <returns>The ids in the path, or <see langword="null"/> when it is another path.</returns>
    public IReadOnlyList<string>? Match(string method, string[] path)
    {
        if (method != Method || path.Length != segments.Length)
        {
            return null;
        }

        List<string> ids = [];
        for (var i = 0; i < path.Length; i++)
        {
            if (segments[i].StartsWith('{') && path[i].Length > 0)
            {
                ids.Add(path[i]);
            }
            else if (segments[i] != path[i])
            {
                return null;
            }
        }

        return ids;
    }

    public StripeAnswer? RefuseUnknown(JsonObject parameters) =>
        FirstUnknown(parameters, string.Empty) is { } unknown
            ? StripeAnswer.Invalid($"Received unknown parameter: {unknown}", "parameter_unknown", unknown)
            : null;

    private string? FirstUnknown(JsonObject hash, string prefix)
    {
        foreach (var (name, node) in hash)
        {
            var path = prefix + name;
            if (Parameters.Contains($"{path}.*"))
            {
                continue;
            }

            var nested = node switch
            {
                JsonObject inner => FirstUnknown(inner, $"{path}."),
                JsonArray list => list.OfType<JsonObject>().Select(inner => FirstUnknown(inner, $"{path}.")).FirstOrDefault(found => found is not null),
                _ => null,
            };

            // A hash may be given as an empty string, which unsets it.
            var known = Parameters.Contains(path) || Array.Exists(Parameters, allowed => allowed.StartsWith($"{path}.", StringComparison.Ordinal));
            if (nested is not null || !known)
            {
                return nested ?? path;
            }
        }

        return null;
    }
}
