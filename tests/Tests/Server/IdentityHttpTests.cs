using System.Net;
using System.Text.Json;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Server;

[Collection(SharedServer.Collection)]
public sealed class IdentityHttpTests(SharedServer shared)
{
    private const string Password = "a long enough password";

    private ServerProcess Server => shared.Server;

    [Fact]
    public async Task A_user_registers_logs_in_refreshes_once_and_logs_out()
    {
        string email = NewEmail();
        JsonElement registered = await Server.PostAsync("/auth/register", new { email, password = Password, name = "Ann", kind = "person" });
        Assert.True(registered.TryGetProperty("user_id", out _));
        JsonElement login = await Server.PostAsync("/auth/login", new { email = email.ToUpperInvariant(), password = Password });
        Assert.Equal("Bearer", login.GetProperty("token_type").GetString());
        Assert.Equal(900, login.GetProperty("expires_in").GetInt32());

        string refreshToken = login.GetProperty("refresh_token").GetString()!;
        JsonElement refreshed = await Server.PostAsync("/auth/refresh", new { refresh_token = refreshToken });
        string second = refreshed.GetProperty("refresh_token").GetString()!;
        await Server.PostAsync("/auth/logout", new { refresh_token = second });
        using HttpResponseMessage ended = await Server.SendAsync(HttpMethod.Post, "/auth/refresh", new { refresh_token = second });
        await Problem.AssertAsync(ended, 401, "invalid_credentials");
    }

    [Fact]
    public async Task A_second_registration_of_an_address_is_refused()
    {
        string email = NewEmail();
        await Server.PostAsync("/auth/register", new { email, password = Password, name = "Ann", kind = "person" });
        using HttpResponseMessage again = await Server.SendAsync(
            HttpMethod.Post, "/auth/register", new { email, password = Password, name = "Ann", kind = "business" });
        await Problem.AssertAsync(again, 409, "email_taken");
    }

    [Fact]
    public async Task A_bad_registration_names_its_fields()
    {
        using HttpResponseMessage response = await Server.SendAsync(
            HttpMethod.Post, "/auth/register", new { email = "nobody", password = "short", name = "x", kind = "person" });
        JsonElement problem = await Problem.AssertAsync(response, 422, "validation_failed");
        Assert.Equal(["email", "password"], problem.GetProperty("errors").EnumerateObject().Select(field => field.Name).Order());
    }

    [Fact]
    public async Task Wrong_and_unknown_logins_answer_alike()
    {
        (_, string email, _) = await Server.CreateUserAsync();
        using HttpResponseMessage wrong = await Server.SendAsync(HttpMethod.Post, "/auth/login", new { email, password = "not the password" });
        using HttpResponseMessage unknown = await Server.SendAsync(HttpMethod.Post, "/auth/login", new { email = NewEmail(), password = Password });
        JsonElement first = await Problem.AssertAsync(wrong, 401, "invalid_credentials");
        JsonElement second = await Problem.AssertAsync(unknown, 401, "invalid_credentials");
        Assert.Equal(first.GetProperty("detail").GetString(), second.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task The_key_set_is_public_and_holds_no_private_key()
    {
        await Server.CreateUserAsync();
        JsonElement keys = await Server.GetAsync("/.well-known/jwks.json");
        JsonElement key = keys.GetProperty("keys").EnumerateArray().First();
        Assert.Equal("P-256", key.GetProperty("crv").GetString());
        Assert.False(key.TryGetProperty("d", out _));
    }

    [Fact]
    public async Task An_api_key_does_what_its_scopes_say_until_it_is_revoked()
    {
        string admin = Server.AdminApiKey;
        JsonElement made = await Server.PostAsync("/api-keys", new { name = "books", scopes = new[] { "ledger:read" } }, admin);
        string key = made.GetProperty("key").GetString()!;
        string id = made.GetProperty("id").GetString()!;
        await Server.GetAsync("/ledger/trial-balance", key);
        using (HttpResponseMessage refused = await Server.SendAsync(HttpMethod.Get, "/api-keys", token: key))
        {
            await Problem.AssertAsync(refused, 403, "insufficient_scope");
        }

        JsonElement list = await Server.GetAsync("/api-keys?limit=200", admin);
        JsonElement listed = list.GetProperty("data").EnumerateArray().Single(item => item.GetProperty("id").GetString() == id);
        Assert.False(listed.TryGetProperty("key", out _));
        using HttpResponseMessage revoked = await Server.SendAsync(HttpMethod.Delete, $"/api-keys/{id}", token: admin);
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        using HttpResponseMessage late = await Server.SendAsync(HttpMethod.Get, "/ledger/trial-balance", token: key);
        await Problem.AssertAsync(late, 401, "invalid_credentials");
    }

    [Fact]
    public async Task Keys_are_listed_page_by_page()
    {
        for (int count = 0; count < 3; count++)
        {
            await Server.PostAsync("/api-keys", new { name = $"page {count}", scopes = new[] { "ledger:read" } }, Server.AdminApiKey);
        }

        List<string> ids = [];
        string? cursor = null;
        do
        {
            JsonElement page = await Server.GetAsync($"/api-keys?limit=2{(cursor is null ? "" : "&cursor=" + cursor)}", Server.AdminApiKey);
            ids.AddRange(page.GetProperty("data").EnumerateArray().Select(item => item.GetProperty("id").GetString()!));
            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);
        Assert.True(ids.Count >= 4);
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Theory]
    [InlineData("{\"name\":\"\",\"scopes\":[\"ledger:read\"]}")]
    [InlineData("{\"name\":\"x\",\"scopes\":[]}")]
    [InlineData("{\"name\":\"x\",\"scopes\":[\"everything\"]}")]
    [InlineData("{\"name\":\"x\",\"scopes\":[\"ledger:read\"],\"source_networks\":[\"not a network\"]}")]
    [InlineData("{\"name\":\"x\",\"scopes\":[\"ledger:read\"],\"expires_at\":\"2001-01-01T00:00:00Z\"}")]
    public async Task A_bad_api_key_request_is_refused(string json)
    {
        using StringContent content = new(json, System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await Server.SendAsync(HttpMethod.Post, "/api-keys", content, Server.AdminApiKey);
        await Problem.AssertAsync(response, 422, "validation_failed");
    }

    private static string NewEmail() => $"{Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(12))}@users.example";
}
