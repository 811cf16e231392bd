using System.CommandLine;
using Florin.Server.Configuration;

namespace Florin.Server.Cli;

/// <summary>The options that several verbs share, and the settings that they set.</summary>
internal static class CliOptions
{
    public const string PortName = "--port";
    public const string GrpcPortName = "--grpc-port";

    public static Option<int?> GrpcPort() => new(GrpcPortName) { Description = "The port on 127.0.0.1 that gRPC is served on (with --dev and run: a free one, named in dev.json)." };

    public static Option<int?> Port() => new(PortName) { Description = "The port on 127.0.0.1 that the server listens on (8080)." };

    public static Option<string?> Url() => new("--urls") { Description = "The whole listening address, such as http://0.0.0.0:8080." };

    public static Option<string?> Data() => new("--data") { Description = "The data folder (./data)." };

    public static Option<string?> DatabaseUrl() => new("--database-url")
    {
        Description = "A PostgreSQL 15 or newer instead of a private one: postgresql://user:password@host:port/database.",
    };

    public static Option<bool> Json() => new("--json") { Description = "Writes the result as JSON." };

    /// <summary>The settings that the command line set.</summary>
    public static Dictionary<Setting, string> Overrides(params (Setting Setting, string? Value)[] given) =>
        given.Where(pair => pair.Value is not null).ToDictionary(pair => pair.Setting, pair => pair.Value!);

    /// <exception cref="ConfigurationRefusedException">Not a port.</exception>
    public static string? LoopbackUrl(int? port, string option = PortName) => port switch
    {
        null => null,
        > 0 and <= Hosting.PortCheck.PortMax => $"http://127.0.0.1:{port}",
        _ => throw new ConfigurationRefusedException($"{option} takes a number from 1 to {Hosting.PortCheck.PortMax}."),
    };

    public static FlorinConfiguration Load(Dictionary<Setting, string> overrides) =>
        FlorinConfiguration.Load(Directory.GetCurrentDirectory(), Environment.GetEnvironmentVariables(), overrides);
}
