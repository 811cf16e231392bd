using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Server;

public sealed class ServerLifeTests
{
    [Fact]
    public async Task A_stop_is_clean_and_ends_everything_that_was_started()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        Uri database = new(server.DatabaseUrl.Replace("postgresql", "http", StringComparison.Ordinal));
        Uri sandbox = server.SandboxUrl;
        Assert.True(await ListensAsync(database.Port));
        Assert.True(await ListensAsync(sandbox.Port));

        Assert.Equal(0, await server.StopAsync());
        Assert.False(await ListensAsync(database.Port));
        Assert.False(await ListensAsync(sandbox.Port));
        Assert.False(await ListensAsync(new Uri(server.Url).Port));
    }

    [Fact]
    public async Task What_developers_use_stays_the_same_over_restarts_and_kills()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        JsonElement first = server.Dev;
        (_, string email, _) = await server.CreateUserAsync();
        await server.KillAsync();
        await server.StartAgainAsync();
        foreach (string member in (string[])["admin_api_key", "operator_email", "operator_password"])
        {
            Assert.Equal(first.GetProperty(member).GetString(), server.Dev.GetProperty(member).GetString());
        }

        Assert.StartsWith("http://127.0.0.1:", server.Dev.GetProperty("grpc_url").GetString(), StringComparison.Ordinal);
        await server.GetAsync("/api-keys", server.AdminApiKey);
        await server.PostAsync("/auth/login", new { email, password = "a long enough password" });
        await server.PostAsync(
            "/auth/login", new { email = first.GetProperty("operator_email").GetString(), password = first.GetProperty("operator_password").GetString() });
        UnixFileMode mode = File.GetUnixFileMode(Path.Combine(server.DataFolder, "dev.json"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode);
    }

    [Fact]
    public async Task A_taken_port_is_refused_before_anything_is_started()
    {
        using Socket taken = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        int port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        await using TemporaryFolder folder = TemporaryFolder.Create();
        string data = Path.Combine(folder.Path, "data");
        foreach (string verb in (string[])["run", "serve"])
        {
            (int exitCode, string output) = await ServerProcess.RunAsync([verb, "--port", $"{port}", "--data", data]);
            Assert.Equal(2, exitCode);
            Assert.Equal($"florin: Port {port} is taken by another program: choose another one with --port.", output.Trim());
            Assert.False(Directory.Exists(data));
        }
    }

    [Theory]
    [InlineData("sk_live_")]
    [InlineData("rk_live_")]
    public async Task Development_mode_refuses_a_live_key(string prefix)
    {
        await using TemporaryFolder folder = TemporaryFolder.Create();
        Dictionary<string, string> environment = new() { ["FLORIN__STRIPE__SECRET_KEY"] = prefix + "abcdef" };
        foreach (string[] arguments in (string[][])[["run"], ["serve", "--dev"]])
        {
            (int exitCode, string output) = await ServerProcess.RunAsync(
                [.. arguments, "--port", $"{ServerProcess.FreePort()}", "--data", Path.Combine(folder.Path, "data")], environment);
            Assert.Equal(2, exitCode);
            Assert.Contains("live Stripe key", output, StringComparison.Ordinal);
            Assert.DoesNotContain("abcdef", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Development_mode_refuses_the_live_paypal()
    {
        await using TemporaryFolder folder = TemporaryFolder.Create();
        Dictionary<string, string> environment = new() { ["FLORIN__PAYPAL__CLIENT_ID"] = "abcdef", ["FLORIN__PAYPAL__CLIENT_SECRET"] = "ghijkl" };
        (int exitCode, string output) = await ServerProcess.RunAsync(
            ["serve", "--dev", "--port", $"{ServerProcess.FreePort()}", "--data", Path.Combine(folder.Path, "data")], environment);
        Assert.Equal(2, exitCode);
        Assert.Contains("PayPal's live address", output, StringComparison.Ordinal);
        Assert.DoesNotContain("abcdef", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_server_on_the_same_folder_is_refused()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        (int exitCode, string output) = await ServerProcess.RunAsync(
            ["serve", "--dev", "--port", $"{ServerProcess.FreePort()}", "--data", server.DataFolder]);
        Assert.Equal(2, exitCode);
        Assert.StartsWith("florin: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_logins_from_one_address_are_refused()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        Dictionary<string, string> environment = new() { ["FLORIN__HTTP__LOGINS_PER_MINUTE"] = "3" };
        await using ServerProcess server = await ServerProcess.StartAsync(database.OwnerUrl, environment);
        for (int attempt = 0; attempt < 3; attempt++)
        {
            using HttpResponseMessage failed = await server.SendAsync(
                HttpMethod.Post, "/auth/login", new { email = "nobody@users.example", password = "not a password" });
            await Problem.AssertAsync(failed, 401, "invalid_credentials");
        }

        using HttpResponseMessage refused = await server.SendAsync(
            HttpMethod.Post, "/auth/refresh", new { refresh_token = "x" });
        await Problem.AssertAsync(refused, 429, "rate_limited");
        Assert.NotNull(refused.Headers.RetryAfter);
        await server.GetAsync("/health/live");
    }

    [Fact]
    public async Task The_configuration_is_shown_with_secrets_masked()
    {
        Dictionary<string, string> environment = new() { ["FLORIN__STRIPE__SECRET_KEY"] = "sk_test_geheim", ["FLORIN__IDENTITY__ISSUER"] = "me" };
        (int exitCode, string output) = await ServerProcess.RunAsync(["serve", "--print-config", "--json"], environment);
        Assert.Equal(0, exitCode);
        Assert.DoesNotContain("geheim", output, StringComparison.Ordinal);
        JsonElement settings = JsonSerializer.Deserialize<JsonElement>(output);
        Assert.Equal("me", settings.GetProperty("identity.issuer").GetProperty("value").GetString());
        Assert.Equal("environment", settings.GetProperty("identity.issuer").GetProperty("source").GetString());
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("serve --help")]
    [InlineData("run --help")]
    [InlineData("migrate --help")]
    [InlineData("ledger --help")]
    [InlineData("ledger verify --help")]
    public async Task Every_verb_has_help(string arguments)
    {
        (int exitCode, string output) = await ServerProcess.RunAsync(arguments.Split(' '));
        Assert.Equal(0, exitCode);
        Assert.Contains("--help", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("serve --nonsense")]
    [InlineData("run --port many")]
    [InlineData("run --port 0")]
    [InlineData("run --port 70000")]
    public async Task A_wrong_command_line_is_refused(string arguments)
    {
        (int exitCode, _) = await ServerProcess.RunAsync(arguments.Split(' '));
        Assert.Equal(2, exitCode);
    }

    private static async Task<bool> ListensAsync(int port)
    {
        using TcpClient client = new();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
