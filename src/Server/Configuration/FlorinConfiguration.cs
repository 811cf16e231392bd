using System.Collections;
using System.Globalization;

namespace Florin.Server.Configuration;

/// <summary>The settings in force: the command line, over the environment, over <c>florin.json</c>, over the defaults.</summary>
internal sealed class FlorinConfiguration
{
    public const string FileName = "florin.json";

    private const string SecretMask = "********";

    private readonly Dictionary<Setting, (string Value, string Source)> _values = [];

    private FlorinConfiguration()
    {
    }

    /// <param name="directory">Where <c>florin.json</c> is looked for; it may be missing.</param>
    /// <param name="environment">The environment variables.</param>
    /// <param name="commandLine">What the command line set.</param>
    /// <exception cref="ConfigurationRefusedException">A source cannot be used.</exception>
    public static FlorinConfiguration Load(string directory, IDictionary environment, IReadOnlyDictionary<Setting, string> commandLine)
    {
        FlorinConfiguration configuration = new();
        foreach (Setting setting in Settings.All.Where(setting => setting.Default is not null))
        {
            configuration._values[setting] = (setting.Default!, "default");
        }

        string path = Path.Combine(directory, FileName);
        if (File.Exists(path))
        {
            configuration.Take(SettingSources.FromJson(File.ReadAllText(path), FileName), FileName);
        }

        configuration.Take(SettingSources.FromEnvironment(environment), "environment");
        configuration.Take(commandLine, "command line");
        return configuration;
    }

    /// <summary><see langword="null"/> when it is set nowhere, or to the empty text.</summary>
    public string? Find(Setting setting) => _values.TryGetValue(setting, out (string Value, string Source) found) && found.Value.Length > 0 ? found.Value : null;

    /// <exception cref="ConfigurationRefusedException">It is set nowhere.</exception>
    public string Get(Setting setting) => Find(setting) ?? throw new ConfigurationRefusedException(
        $"{setting.Path} is not set: set it in {FileName} or as {setting.EnvironmentName}.");

    /// <exception cref="ConfigurationRefusedException">It is not a whole number in the range.</exception>
    public int GetInteger(Setting setting, int min, int max) =>
        int.TryParse(Get(setting), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= min && value <= max
            ? value
            : throw new ConfigurationRefusedException($"{setting.Path} must be a whole number from {min} to {max}.");

    /// <summary>The beginning of a day, in UTC.</summary>
    /// <exception cref="ConfigurationRefusedException">It is not a day.</exception>
    public DateTimeOffset GetDate(Setting setting) =>
        DateTimeOffset.TryParseExact(Get(setting), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset day)
            ? day
            : throw new ConfigurationRefusedException($"{setting.Path} must be a day like 2027-03-01.");

    /// <summary>Every setting with its value and where it comes from; secrets are masked.</summary>
    public IEnumerable<(string Path, string? Value, string Source, string Meaning)> Describe() =>
        from setting in Settings.All
        let isSet = _values.ContainsKey(setting)
        let value = isSet ? _values[setting].Value : null
        select (setting.Path, value is { Length: > 0 } && setting.IsSecret ? SecretMask : value, isSet ? _values[setting].Source : "unset", setting.Meaning);

    private void Take(IReadOnlyDictionary<Setting, string> values, string source)
    {
        foreach ((Setting setting, string value) in values)
        {
            _values[setting] = (value, source);
        }
    }
}
