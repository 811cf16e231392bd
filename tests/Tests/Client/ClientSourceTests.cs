using System.Reflection;
using System.Text.Json;
using Florin.Client;
using Florin.Tests.Architecture;
using Xunit;

namespace Florin.Tests.Client;

/// <summary>The client is what the API document says: a new endpoint or field makes these fail until the client has it.</summary>
public sealed class ClientSourceTests
{
    private static readonly JsonElement Document =
        JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(Path.Combine(Repository.Root, "openapi", "openapi.json")));

    [Fact]
    public async Task The_client_is_the_one_that_follows_from_the_api_document()
    {
        if (Environment.GetEnvironmentVariable("FLORIN_UPDATE_DOCS") == "1")
        {
            await new ClientSource(Document).WriteAsync();
        }

        SortedDictionary<string, string> files = new ClientSource(Document).Files();
        Assert.Equal(files.Keys, Directory.EnumerateFiles(ClientSource.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach ((string name, string content) in files)
        {
            Assert.Equal(content, await File.ReadAllTextAsync(Path.Combine(ClientSource.Folder, name), TestContext.Current.CancellationToken));
        }
    }

    /// <summary>By the built assembly, so that a fault of the writer does not hide what is missing.</summary>
    [Fact]
    public void Every_operation_has_a_method_and_every_field_a_property()
    {
        HashSet<string> methods = [.. typeof(FlorinClient).GetProperties().SelectMany(part => part.PropertyType.GetMethods()).Select(method => method.Name)];
        string[] operations = [.. Document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject())
            .Select(operation => operation.Value.GetProperty("operationId").GetString()!)];
        Assert.All(ClientSource.NotCovered, operation => Assert.Contains(operation, operations));
        Assert.DoesNotContain(operations.Except(ClientSource.NotCovered), operation => !methods.Contains(ClientSource.Pascal(operation) + "Async"));

        foreach (JsonProperty schema in new ClientSource(Document).Schemas())
        {
            Type? type = typeof(FlorinClient).Assembly.GetType($"Florin.Client.{schema.Name}");
            Assert.True(type is not null, $"There is no type for {schema.Name}.");
            Assert.Equal(
                schema.Value.GetProperty("properties").EnumerateObject().Select(property => property.Name).Order(),
                type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name)).Order());
        }
    }
}
