using System.Net;
using System.Text.Json;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Server;

[Collection(SharedServer.Collection)]
public sealed class OperationsHttpTests(SharedServer shared)
{
    private ServerProcess Server => shared.Server;

    [Fact]
    public async Task Health_names_each_part()
    {
        JsonElement ready = await Server.GetAsync("/health/ready");
        string[] parts = [.. ready.GetProperty("parts").EnumerateArray().Select(part => part.GetProperty("name").GetString()!)];
        Assert.Equal(["database", "events", "flows", "ledger", "sandbox"], parts);
        Assert.All(ready.GetProperty("parts").EnumerateArray(), part => Assert.Equal("ready", part.GetProperty("state").GetString()));
        Assert.Equal("live", (await Server.GetAsync("/health/live")).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Metrics_count_requests_by_route_and_never_by_address()
    {
        using HttpResponseMessage missing = await Server.SendAsync(HttpMethod.Get, "/wallets/deposits/secret-looking-id");
        using HttpResponseMessage response = await Server.SendAsync(HttpMethod.Get, "/metrics");
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal("text/plain", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("route=\"/wallets/deposits/{id}\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-looking-id", text, StringComparison.Ordinal);
        Assert.Contains("florin_server_request_duration_seconds_bucket", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_api_document_is_the_one_that_is_checked_in()
    {
        using HttpResponseMessage response = await Server.SendAsync(HttpMethod.Get, "/openapi.json");
        string served = Normalize(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        string path = Path.Combine(Architecture.Repository.Root, "openapi", "openapi.json");
        if (Environment.GetEnvironmentVariable("FLORIN_UPDATE_DOCS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, served, TestContext.Current.CancellationToken);

            // The client follows from the document, and goes with it.
            await new Client.ClientSource(JsonSerializer.Deserialize<JsonElement>(served)).WriteAsync();
        }

        Assert.Equal(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), served);
    }

    [Fact]
    public async Task Every_operation_of_the_api_document_tells_its_answers_and_who_may_call_it()
    {
        JsonElement document = await Server.GetAsync("/openapi.json");
        string[] open =
        [
            "register", "login", "refresh", "logout", "jwks", "live", "ready", "metrics", "receive_webhook",
        ];
        foreach (JsonProperty path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (JsonProperty operation in path.Value.EnumerateObject())
            {
                string id = operation.Value.GetProperty("operationId").GetString()!;
                JsonElement responses = operation.Value.GetProperty("responses");
                Assert.Contains(responses.EnumerateObject(), response => response.Name[0] == '2');
                Assert.True(responses.GetProperty("400").GetProperty("content").TryGetProperty("application/problem+json", out _), id);
                Assert.Equal(!open.Contains(id), operation.Value.TryGetProperty("security", out _));
                Assert.True(operation.Value.TryGetProperty("summary", out _), id);
                bool isPostWithBody = operation.Name == "post" && !id.Contains("webhook", StringComparison.Ordinal)
                    && !path.Name.EndsWith("/cancel", StringComparison.Ordinal) && !path.Name.EndsWith("/replay", StringComparison.Ordinal);
                Assert.True(!isPostWithBody || operation.Value.TryGetProperty("requestBody", out _), id);
            }
        }
    }

    [Fact]
    public async Task The_documentation_page_loads_from_this_server_alone()
    {
        using HttpResponseMessage page = await Server.SendAsync(HttpMethod.Get, "/docs/index.html");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        string html = await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain("https://", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_trial_balance_sums_both_sides_of_every_currency()
    {
        JsonElement trial = await Server.GetAsync("/ledger/trial-balance", Server.AdminApiKey);
        Assert.All(trial.GetProperty("totals").EnumerateArray(), total =>
            Assert.Equal(total.GetProperty("debit").GetString(), total.GetProperty("credit").GetString()));
    }

    [Theory]
    [InlineData("/ledger/accounts/user:nobody:available/USD")]
    [InlineData("/ledger/accounts/Not:An:Address/USD")]
    [InlineData("/ledger/accounts/user:nobody:available/NOPE")]
    [InlineData("/ledger/accounts/user:nobody:available/NOPE/entries")]
    [InlineData("/ledger/transactions/0195f3a0-0000-7000-8000-000000000001")]
    [InlineData("/ledger/transactions/nothing")]
    public async Task What_the_ledger_does_not_know_is_not_found(string path)
    {
        using HttpResponseMessage response = await Server.SendAsync(HttpMethod.Get, path, token: Server.AdminApiKey);
        await Problem.AssertAsync(response, 404, "not_found");
    }

    private static string Normalize(string json) =>
        JsonSerializer.Serialize(JsonSerializer.Deserialize<JsonElement>(json), Indented).ReplaceLineEndings("\n") + "\n";

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
