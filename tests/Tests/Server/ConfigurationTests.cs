using System.Collections;
using Florin.Server.Configuration;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Server;

public sealed class ConfigurationTests
{
    private static readonly Dictionary<Setting, string> Nothing = [];

    [Fact]
    public async Task The_command_line_is_over_the_environment_over_the_file_over_the_defaults()
    {
        await using TemporaryFolder folder = TemporaryFolder.Create();
        await WriteAsync(folder, """{"http":{"url":"http://127.0.0.1:1","connections_max":7},"identity":{"issuer":"file"},"data":"file"}""");
        Hashtable environment = new() { ["FLORIN__IDENTITY__ISSUER"] = "environment", ["FLORIN__DATA"] = "environment", ["OTHER"] = "x" };
        FlorinConfiguration configuration = FlorinConfiguration.Load(
            folder.Path, environment, new Dictionary<Setting, string> { [Settings.Data] = "line" });

        Assert.Equal("http://127.0.0.1:1", configuration.Get(Settings.HttpUrl));
        Assert.Equal(7, configuration.GetInteger(Settings.HttpConnectionsMax, 1, 10));
        Assert.Equal("environment", configuration.Get(Settings.Issuer));
        Assert.Equal("line", configuration.Get(Settings.Data));
        Assert.Equal("florin", configuration.Get(Settings.Audience));
    }

    [Fact]
    public async Task A_secret_may_come_from_a_file()
    {
        await using TemporaryFolder folder = TemporaryFolder.Create();
        string path = Path.Combine(folder.Path, "key");
        await File.WriteAllTextAsync(path, "sk_test_1\n", TestContext.Current.CancellationToken);
        FlorinConfiguration configuration = FlorinConfiguration.Load(
            folder.Path, new Hashtable { ["FLORIN__STRIPE__SECRET_KEY_FILE"] = path }, Nothing);
        Assert.Equal("sk_test_1", configuration.Get(Settings.StripeSecretKey));
    }

    [Fact]
    public async Task Value_and_file_of_one_setting_are_refused()
    {
        await using TemporaryFolder folder = TemporaryFolder.Create();
        string path = Path.Combine(folder.Path, "key");
        await File.WriteAllTextAsync(path, "sk_test_1", TestContext.Current.CancellationToken);
        Hashtable environment = new() { ["FLORIN__STRIPE__SECRET_KEY_FILE"] = path, ["FLORIN__STRIPE__SECRET_KEY"] = "sk_test_2" };
        ConfigurationRefusedException refusal = Assert.Throws<ConfigurationRefusedException>(
            () => FlorinConfiguration.Load(folder.Path, environment, Nothing));
        Assert.DoesNotContain("sk_test", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"http":{"ulr":"x"}}""")]
    [InlineData("""{"http":"x"}""")]
    [InlineData("""{"data":["x"]}""")]
    [InlineData("""{"data":"a","data":"b"}""")]
    [InlineData("""[]""")]
    [InlineData("""{""")]
    public async Task A_file_that_is_not_understood_is_refused(string json)
    {
        await using TemporaryFolder folder = TemporaryFolder.Create();
        await WriteAsync(folder, json);
        Assert.Throws<ConfigurationRefusedException>(() => FlorinConfiguration.Load(folder.Path, new Hashtable(), Nothing));
    }

    [Fact]
    public async Task An_unknown_variable_is_refused()
    {
        await using TemporaryFolder folder = TemporaryFolder.Create();
        Assert.Throws<ConfigurationRefusedException>(
            () => FlorinConfiguration.Load(folder.Path, new Hashtable { ["FLORIN__HTTP__ULR"] = "x" }, Nothing));
    }

    [Fact]
    public async Task What_is_printed_masks_secrets()
    {
        await using TemporaryFolder folder = TemporaryFolder.Create();
        Hashtable environment = new();
        foreach (Setting setting in Settings.All.Where(setting => setting.IsSecret))
        {
            environment[setting.EnvironmentName] = "geheim";
        }

        FlorinConfiguration configuration = FlorinConfiguration.Load(folder.Path, environment, Nothing);
        Assert.DoesNotContain(configuration.Describe(), line => line.Value?.Contains("geheim", StringComparison.Ordinal) == true);
        Assert.Equal(Settings.All.Count, configuration.Describe().Count());
    }

    private static Task WriteAsync(TemporaryFolder folder, string json) =>
        File.WriteAllTextAsync(Path.Combine(folder.Path, FlorinConfiguration.FileName), json);
}
