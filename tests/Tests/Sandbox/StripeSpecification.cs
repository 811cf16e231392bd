using System.Text.Json;

namespace Florin.Tests.Sandbox;

/// <summary>Stripe's own OpenAPI document as the judge of shapes: API version 2023-08-16.</summary>
internal sealed class StripeSpecification
{
    private static readonly Lazy<StripeSpecification> Shared = new(() => new StripeSpecification());

    private readonly JsonElement root;

    private StripeSpecification()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Florin.slnx")))
        {
            folder = folder.Parent;
        }

        var file = Path.Combine(folder!.Parent!.FullName, "shared", "data", "stripe", "spec3-2023-09-12.json");
        root = JsonDocument.Parse(File.ReadAllBytes(file)).RootElement;
    }

    public static StripeSpecification Instance => Shared.Value;

    /// <summary>What is wrong with a value that should be a component, one sentence each. Members that the component does not have are wrong too.</summary>
    public IReadOnlyList<string> Check(string component, JsonElement value)
    {
        List<string> problems = [];
        Check(root.GetProperty("components").GetProperty("schemas").GetProperty(component), value, component, problems);
        return problems;
    }

    /// <summary>Names of the parameters of an operation, without what stands in brackets; null when Stripe has no such operation.</summary>
    public IReadOnlySet<string>? ParametersOf(string method, string template)
    {
        foreach (var path in root.GetProperty("paths").EnumerateObject())
        {
            if (SameShape(path.Name, template) && path.Value.TryGetProperty(method.ToLowerInvariant(), out var operation))
            {
                return NamesOf(operation).ToHashSet();
            }
        }

        return null;
    }

    private static IEnumerable<string> NamesOf(JsonElement operation)
    {
        if (operation.TryGetProperty("parameters", out var parameters))
        {
            foreach (var parameter in parameters.EnumerateArray())
            {
                yield return parameter.GetProperty("name").GetString()!;
            }
        }

        if (operation.TryGetProperty("requestBody", out var body)
            && body.GetProperty("content").GetProperty("application/x-www-form-urlencoded").GetProperty("schema").TryGetProperty("properties", out var form))
        {
            foreach (var property in form.EnumerateObject())
            {
                yield return property.Name;
            }
        }
    }

    private static bool SameShape(string left, string right)
    {
        var (l, r) = (left.Split('/'), right.Split('/'));
        return l.Length == r.Length && l.Zip(r).All(pair => pair.First == pair.Second || (pair.First.StartsWith('{') && pair.Second.StartsWith('{')));
    }

    private void Check(JsonElement schema, JsonElement value, string path, List<string> problems)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            var name = reference.GetString()!.Split('/')[^1];
            Check(root.GetProperty("components").GetProperty("schemas").GetProperty(name), value, path, problems);
            return;
        }

        if (value.ValueKind == JsonValueKind.Null)
        {
            if (!schema.TryGetProperty("nullable", out var nullable) || !nullable.GetBoolean())
            {
                problems.Add($"{path} is null");
            }

            return;
        }

        if (schema.TryGetProperty("anyOf", out var anyOf))
        {
            CheckAny(anyOf, value, path, problems);
            return;
        }

        CheckType(schema, value, path, problems);
        if (schema.TryGetProperty("enum", out var choices) && !choices.EnumerateArray().Any(choice => choice.GetRawText() == value.GetRawText()))
        {
            problems.Add($"{path} is {value.GetRawText()}, which is none of {choices.GetRawText()}");
        }
    }

    private void CheckAny(JsonElement anyOf, JsonElement value, string path, List<string> problems)
    {
        List<string>? best = null;
        foreach (var choice in anyOf.EnumerateArray())
        {
            List<string> found = [];
            Check(choice, value, path, found);
            if (found.Count == 0)
            {
                return;
            }

            best = best is null || found.Count < best.Count ? found : best;
        }

        problems.AddRange(best!);
    }

    private void CheckType(JsonElement schema, JsonElement value, string path, List<string> problems)
    {
        var type = schema.TryGetProperty("type", out var declared) ? declared.GetString() : null;
        var fits = type switch
        {
            "string" => value.ValueKind == JsonValueKind.String,
            "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
            "number" => value.ValueKind == JsonValueKind.Number,
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "array" => value.ValueKind == JsonValueKind.Array,
            "object" => value.ValueKind == JsonValueKind.Object,
            _ => true,
        };
        if (!fits)
        {
            problems.Add($"{path} is a {value.ValueKind}, not a {type}");
            return;
        }

        if (type == "array" && schema.TryGetProperty("items", out var items))
        {
            var index = 0;
            foreach (var item in value.EnumerateArray())
            {
                Check(items, item, $"{path}[{index++}]", problems);
            }
        }
        else if (type == "object")
        {
            CheckObject(schema, value, path, problems);
        }
    }

    private void CheckObject(JsonElement schema, JsonElement value, string path, List<string> problems)
    {
        if (schema.TryGetProperty("required", out var required))
        {
            foreach (var name in required.EnumerateArray())
            {
                if (!value.TryGetProperty(name.GetString()!, out _))
                {
                    problems.Add($"{path}.{name.GetString()} is missing");
                }
            }
        }

        if (!schema.TryGetProperty("properties", out var properties))
        {
            return;
        }

        foreach (var member in value.EnumerateObject())
        {
            if (properties.TryGetProperty(member.Name, out var property))
            {
                Check(property, member.Value, $"{path}.{member.Name}", problems);
            }
            else if (!schema.TryGetProperty("additionalProperties", out _) && properties.EnumerateObject().Any())
            {
                problems.Add($"{path}.{member.Name} is unknown to Stripe");
            }
        }
    }
}
