using System.Globalization;
using System.Text.Json.Nodes;

namespace Florin.Sandbox.Stripe;

/// <summary>Reads typed parameters and keeps the first problem, so that a handler reads all it needs and then asks once.</summary>
internal sealed class ParameterReader(JsonObject parameters)
{
    /// <summary>The answer to give instead of doing anything, if a parameter read so far is wrong.</summary>
    public StripeAnswer? Problem { get; private set; }

    public bool Has(string name) => parameters[name] is not null;

    public bool IsHash(string name) => parameters[name] is JsonObject;

    public string? Text(string name)
    {
        var node = Node(name);
        if (node is null or JsonValue)
        {
            return node?.GetValue<string>() is { Length: > 0 } text ? text : null;
        }

        Refuse($"Invalid string: {name}", null, name);
        return null;
    }

    public string RequiredText(string name)
    {
        var text = Text(name);
        if (text is null)
        {
            Refuse($"Missing required param: {name}.", "parameter_missing", name);
        }

        return text ?? string.Empty;
    }

    /// <summary>One of a few words; <see langword="null"/> when it is not given.</summary>
    public string? Choice(string name, params ReadOnlySpan<string> choices)
    {
        var text = Text(name);
        if (text is not null && !choices.Contains(text))
        {
            Refuse($"Invalid {name}: must be one of {string.Join(", ", choices.ToArray())}", null, name);
        }

        return text;
    }

    public long? Integer(string name)
    {
        var text = Text(name);
        if (text is null)
        {
            return null;
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        Refuse($"Invalid integer: {text}", "parameter_invalid_integer", name);
        return null;
    }

    public bool? Flag(string name)
    {
        switch (Text(name))
        {
            case null:
                return null;
            case "true":
                return true;
            case "false":
                return false;
            case var text:
                Refuse($"Invalid boolean: {text}", null, name);
                return null;
        }
    }

    /// <summary>A hash; empty when it is not given.</summary>
    public JsonObject Hash(string name)
    {
        switch (Node(name))
        {
            case JsonObject hash:
                return hash;
            case null:
                return [];
            case JsonValue value when value.GetValue<string>().Length == 0:
                return [];
            default:
                Refuse($"Invalid object: {name}", null, name);
                return [];
        }
    }

    public IReadOnlyList<string> List(string name)
    {
        switch (Node(name))
        {
            case JsonArray list when list.All(item => item is JsonValue):
                return [.. list.Select(item => item!.GetValue<string>())];
            case null:
                return [];
            default:
                Refuse($"Invalid array: {name}", null, name);
                return [];
        }
    }

    /// <summary>Puts the given metadata over what is there: an empty value removes a key, an empty hash removes all.</summary>
    /// <remarks>At most 50 keys of 40 characters with values of 500.</remarks>
    public JsonObject Metadata(JsonObject? current = null)
    {
        var merged = current?.Copy() ?? [];
        switch (Node("metadata"))
        {
            case null:
                return merged;
            case JsonValue value when value.GetValue<string>().Length == 0:
                return [];
            case JsonObject given when given.All(pair => pair.Value is JsonValue):
                foreach (var (key, value) in given)
                {
                    Merge(merged, key, value!.GetValue<string>());
                }

                if (merged.Count > 50)
                {
                    Refuse("You can have up to 50 metadata keys.", null, "metadata");
                }

                return merged;
            default:
                Refuse("Invalid metadata: must be a hash of strings.", null, "metadata");
                return merged;
        }
    }

    public void Refuse(string message, string? code, string parameter) => Problem ??= StripeAnswer.Invalid(message, code, parameter);

    private void Merge(JsonObject merged, string key, string value)
    {
        if (key.Length > 40 || value.Length > 500)
        {
            Refuse("Metadata keys have up to 40 characters and values up to 500.", null, $"metadata[{key}]");
        }

        if (value.Length == 0)
        {
            merged.Remove(key);
        }
        else
        {
            merged[key] = value;
        }
    }

    /// <summary>A parameter by name; <c>card[number]</c> reaches into a hash.</summary>
    private JsonNode? Node(string name)
    {
        JsonNode? node = parameters;
        foreach (var part in name.Split('['))
        {
            node = (node as JsonObject)?[part.TrimEnd(']')];
        }

        return node;
    }
}
