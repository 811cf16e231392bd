using System.Text.Json.Nodes;

namespace Florin.Sandbox.Stripe;

/// <summary>Reads <c>a=1&amp;b[c]=2&amp;d[]=3&amp;d[]=4&amp;e[0]=5</c> into a JSON tree whose leaves are strings. Lists become arrays.</summary>
internal static class FormParser
{
    /// <returns>The tree, or <see langword="null"/> with the reason in <paramref name="problem"/>.</returns>
    public static JsonObject? Parse(string text, out string? problem)
    {
        var root = new JsonObject();
        problem = null;
        var pairs = text.Split('&', StringSplitOptions.RemoveEmptyEntries);
        if (pairs.Length > Limits.Parameters)
        {
            problem = $"Too many parameters: at most {Limits.Parameters}.";
            return null;
        }

        foreach (var pair in pairs)
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var name = Decode(equals < 0 ? pair : pair[..equals]);
            var value = equals < 0 ? string.Empty : Decode(pair[(equals + 1)..]);
            problem = value.Length > Limits.ValueCharacters
                ? $"Invalid string: a value has at most {Limits.ValueCharacters} characters."
                : Put(root, name, value);
            if (problem is not null)
            {
                return null;
            }
        }

        return root;
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));

    private static string? Put(JsonObject root, string name, string value)
    {
        var path = Split(name);
        if (path is null || path.Count > Limits.ParameterDepth)
        {
            return $"Invalid parameter name: {Shorten(name)}";
        }

        JsonNode node = root;
        for (var i = 0; i < path.Count; i++)
        {
            var last = i == path.Count - 1;
            var next = last ? JsonValue.Create(value) : IsListMark(path[i + 1]) ? new JsonArray() : (JsonNode)new JsonObject();
            var child = Child(node, path[i], next, last);
            if (child is null)
            {
                return $"Invalid parameter: {Shorten(name)} is given both as a value and as a hash or a list.";
            }

            node = child;
        }

        return null;
    }

    /// <returns>The node under a name, made when it is missing; <see langword="null"/> when something of another kind is there.</returns>
    private static JsonNode? Child(JsonNode parent, string name, JsonNode fresh, bool last)
    {
        if (parent is JsonArray list)
        {
            var index = name.Length > 0 && int.TryParse(name, out var number) ? number : list.Count;
            if (index < list.Count && !last)
            {
                return Same(list[index]!, fresh);
            }

            list.Add(fresh);
            return fresh;
        }

        if (parent is not JsonObject hash)
        {
            return null;
        }

        if (hash[name] is { } old && !last)
        {
            return Same(old, fresh);
        }

        if (hash[name] is JsonObject or JsonArray)
        {
            return null;
        }

        hash[name] = fresh;
        return fresh;
    }

    private static JsonNode? Same(JsonNode old, JsonNode fresh) => old.GetType() == fresh.GetType() ? old : null;

    private static bool IsListMark(string segment) => segment.Length == 0 || (segment.Length < 4 && segment.All(char.IsAsciiDigit));

    /// <summary><c>a[b][]</c> to <c>a</c>, <c>b</c> and an empty segment; <see langword="null"/> when the brackets do not match.</summary>
    private static List<string>? Split(string name)
    {
        var open = name.IndexOf('[', StringComparison.Ordinal);
        if (name.Length == 0 || open == 0)
        {
            return null;
        }

        if (open < 0)
        {
            return [name];
        }

        List<string> path = [name[..open]];
        while (open < name.Length)
        {
            var close = name.IndexOf(']', open);
            if (name[open] != '[' || close < 0)
            {
                return null;
            }

            path.Add(name[(open + 1)..close]);
            open = close + 1;
        }

        return path;
    }

    private static string Shorten(string name) => name.Length <= 80 ? name : name[..80];
}
