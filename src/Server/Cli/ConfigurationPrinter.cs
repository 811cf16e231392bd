using System.Text.Json;
using Florin.Server.Configuration;
using Florin.Server.Http;

namespace Florin.Server.Cli;

/// <summary>Shows the settings in force. Secrets are masked already.</summary>
internal static class ConfigurationPrinter
{
    private const int SourceWidth = 14;

    public static void Print(FlorinConfiguration configuration, bool asJson, TextWriter output)
    {
        if (asJson)
        {
            var settings = configuration.Describe().ToDictionary(line => line.Path, line => new { line.Value, line.Source });
            output.WriteLine(JsonSerializer.Serialize(settings, JsonConventions.Options));
            return;
        }

        int width = Settings.All.Max(setting => setting.Path.Length) + 2;
        foreach ((string path, string? value, string source, string meaning) in configuration.Describe())
        {
            output.WriteLine($"{path.PadRight(width)}{source.PadRight(SourceWidth)}{value ?? "-"}");
            output.WriteLine($"{new string(' ', width + SourceWidth)}# {meaning}");
        }
    }
}
