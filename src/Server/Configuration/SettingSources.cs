using System.Collections;
using System.Text.Json;

namespace Florin.Server.Configuration;

/// <summary>Reads the settings of one source.</summary>
internal static class SettingSources
{
    public const string EnvironmentPrefix = "FLORIN__";

    private const string FileSuffix = "_FILE";

    private const int SecretFileBytesMax = 64 * 1024;

    /// <summary>The settings of a <c>florin.json</c>: nested objects of texts, whole numbers and truth values.</summary>
    /// <exception cref="ConfigurationRefusedException">Not JSON, or a setting that is not known.</exception>
    public static Dictionary<Setting, string> FromJson(string text, string fileName)
    {
        Dictionary<Setting, string> values = [];
        try
        {
            using JsonDocument document = JsonDocument.Parse(
                text, new JsonDocumentOptions { AllowDuplicateProperties = false, CommentHandling = JsonCommentHandling.Skip });
            Walk(document.RootElement, "", values, fileName);
        }
        catch (JsonException exception)
        {
            throw new ConfigurationRefusedException($"{fileName} is not valid JSON (line {exception.LineNumber + 1}).");
        }

        return values;
    }

    /// <summary>The settings of environment variables; <c>FLORIN__A__B_FILE</c> names a file that holds the value of <c>FLORIN__A__B</c>.</summary>
    /// <exception cref="ConfigurationRefusedException">A name that is not known, both forms of one setting, or a file that cannot be read.</exception>
    public static Dictionary<Setting, string> FromEnvironment(IDictionary environment)
    {
        Dictionary<Setting, string> values = [];
        foreach (DictionaryEntry entry in environment)
        {
            string name = (string)entry.Key;
            if (!name.StartsWith(EnvironmentPrefix, StringComparison.OrdinalIgnoreCase) || entry.Value is not string value)
            {
                continue;
            }

            bool isFile = Find(name) is null && name.EndsWith(FileSuffix, StringComparison.OrdinalIgnoreCase);
            Setting setting = Find(isFile ? name[..^FileSuffix.Length] : name)
                ?? throw new ConfigurationRefusedException($"The environment variable {name} names no setting.");
            if (!values.TryAdd(setting, isFile ? ReadFile(name, value) : value))
            {
                throw new ConfigurationRefusedException($"{setting.EnvironmentName} and {setting.EnvironmentName}{FileSuffix} are both set; set one of them.");
            }
        }

        return values;
    }

    private static Setting? Find(string environmentName) =>
        Settings.Find(environmentName[EnvironmentPrefix.Length..].Replace("__", ".", StringComparison.Ordinal));

    private static void Walk(JsonElement element, string path, Dictionary<Setting, string> values, string fileName)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in element.EnumerateObject())
            {
                Walk(property.Value, path.Length == 0 ? property.Name : $"{path}.{property.Name}", values, fileName);
            }

            return;
        }

        Setting setting = Settings.Find(path) ?? throw new ConfigurationRefusedException(
            path.Length == 0 ? $"{fileName} must hold a JSON object." : $"{fileName} has a setting that is not known: {path}.");
        values[setting] = element.ValueKind switch
        {
            JsonValueKind.String => element.GetString()!,
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => element.GetRawText(),
            _ => throw new ConfigurationRefusedException($"{fileName}: {path} must be a text, a number or a truth value."),
        };
    }

    private static string ReadFile(string name, string path)
    {
        FileInfo file = new(path);
        if (!file.Exists || file.Length > SecretFileBytesMax)
        {
            throw new ConfigurationRefusedException($"The file that {name} names is missing or larger than {SecretFileBytesMax} bytes.");
        }

        // Editors and orchestrators end files with a line break that is not part of the secret.
        return File.ReadAllText(path).TrimEnd('\r', '\n');
    }
}
