using System.Text.Json;
using System.Text.Json.Serialization;
using Florin.Server.Http;

namespace Florin.Server.Hosting;

/// <summary>What a developer needs to use a server in development mode: <c>dev.json</c> in the data folder. Holds secrets, so its mode is 0600.</summary>
/// <param name="SandboxUrl">Where the provider sandbox listens; <see langword="null"/> without one.</param>
/// <param name="GrpcUrl">Where gRPC is served; <see langword="null"/> when it is not.</param>
/// <param name="DatabaseUrl">The owner's address as a URL of libpq.</param>
/// <param name="AdminApiKey">An API key with the scope <c>admin</c>.</param>
internal sealed record DevFile(
    string Url, string? SandboxUrl, string? GrpcUrl, string DatabaseUrl, string AdminApiKey, string OperatorEmail, string OperatorPassword)
{
    public const string FileName = "dev.json";

    private static readonly JsonSerializerOptions Options = new(JsonConventions.Options)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
        WriteIndented = true,
    };

    /// <summary><see langword="null"/> when there is none, or none that can be read: then its secrets are made anew.</summary>
    public static DevFile? Read(string dataFolder)
    {
        string path = Path.Combine(dataFolder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            DevFile? file = JsonSerializer.Deserialize<DevFile>(File.ReadAllText(path), Options);
            return file is { AdminApiKey: not null, OperatorEmail: not null, OperatorPassword: not null } ? file : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public void Write(string dataFolder) => PrivateFile.Write(Path.Combine(dataFolder, FileName), JsonSerializer.Serialize(this, Options) + "\n");
}
