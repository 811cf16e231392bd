using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Server;

[Collection(SharedServer.Collection)]
public sealed class ProblemHttpTests(SharedServer shared)
{
    private static readonly CancellationToken None = CancellationToken.None;

    private ServerProcess Server => shared.Server;

    [Theory]
    [InlineData("GET", "/nothing/here", 404, "not_found")]
    [InlineData("GET", "/", 404, "not_found")]
    [InlineData("DELETE", "/auth/login", 405, "method_not_allowed")]
    [InlineData("PATCH", "/ledger/trial-balance", 405, "method_not_allowed")]
    [InlineData("GET", "/ledger/trial-balance", 401, "unauthenticated")]
    [InlineData("POST", "/wallets/deposit", 401, "unauthenticated")]
    [InlineData("GET", "/wallets/me", 401, "unauthenticated")]
    public async Task What_the_framework_refuses_is_a_problem(string method, string path, int status, string code)
    {
        using HttpResponseMessage response = await Server.SendAsync(new HttpMethod(method), path, method == "POST" ? new { } : null);
        await Problem.AssertAsync(response, status, code);
    }

    [Fact]
    public async Task A_body_of_another_media_type_is_refused()
    {
        foreach (string type in (string[])["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json; charset=utf-16"])
        {
            using StringContent content = new("{}", Encoding.UTF8);
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
            using HttpResponseMessage response = await Server.SendAsync(HttpMethod.Post, "/auth/login", content);
            await Problem.AssertAsync(response, 415, "unsupported_media_type");
        }
    }

    [Fact]
    public async Task No_body_at_all_is_refused()
    {
        using HttpResponseMessage response = await Server.SendAsync(HttpMethod.Post, "/auth/login");
        Assert.InRange((int)response.StatusCode, 400, 422);
        await Problem.AssertAsync(response);
    }

    [Theory]
    [InlineData("{\"email\":")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{\"email\":\"a\",\"email\":\"b\"}")]
    public async Task Malformed_json_is_a_problem(string json)
    {
        using StringContent content = new(json, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await Server.SendAsync(HttpMethod.Post, "/auth/login", content);
        await Problem.AssertAsync(response, 400, "malformed_json");
    }

    [Fact]
    public async Task Invalid_utf8_is_a_problem()
    {
        using ByteArrayContent content = new([(byte)'{', 0xC3, 0x28, (byte)'}']);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage response = await Server.SendAsync(HttpMethod.Post, "/auth/login", content);
        await Problem.AssertAsync(response, 400, "malformed_json");
    }

    [Theory]
    [InlineData(70_000)]
    [InlineData(3_000_000)]
    public async Task A_body_that_is_too_large_is_a_problem(int length)
    {
        using StringContent content = new("{\"email\":\"" + new string('x', length) + "\"}", Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await Server.SendAsync(HttpMethod.Post, "/auth/login", content);
        await Problem.AssertAsync(response, 413, "payload_too_large");
    }

    [Fact]
    public async Task A_packed_body_is_refused()
    {
        using StringContent content = new("{}", Encoding.UTF8, "application/json");
        content.Headers.ContentEncoding.Add("gzip");
        using HttpResponseMessage response = await Server.SendAsync(HttpMethod.Post, "/auth/login", content);
        await Problem.AssertAsync(response, 415, "unsupported_media_type");
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=x")]
    [InlineData("limit=201")]
    [InlineData("limit=1&limit=2")]
    [InlineData("limt=1")]
    [InlineData("prefix=")]
    [InlineData("prefix=%00")]
    public async Task A_wrong_query_is_a_problem_with_the_parameter(string query)
    {
        using HttpResponseMessage response = await Server.SendAsync(HttpMethod.Get, $"/ledger/accounts?{query}", token: Server.AdminApiKey);
        JsonElement problem = await Problem.AssertAsync(response, 400, "bad_query");
        Assert.NotEmpty(problem.GetProperty("errors").EnumerateObject());
    }

    [Fact]
    public async Task A_user_may_not_read_the_ledger()
    {
        (_, _, string token) = await Server.CreateUserAsync();
        using HttpResponseMessage response = await Server.SendAsync(HttpMethod.Get, "/ledger/trial-balance", token: token);
        await Problem.AssertAsync(response, 403, "insufficient_scope");
    }

    [Fact]
    public async Task A_request_id_is_taken_when_it_is_harmless_and_made_when_it_is_not()
    {
        foreach ((string given, bool isTaken) in (ReadOnlySpan<(string, bool)>)[("abc-1.2_3", true), ("has space", false), (new string('x', 65), false), ("4242424242424242", false)])
        {
            using HttpRequestMessage request = new(HttpMethod.Get, "/nothing");
            request.Headers.TryAddWithoutValidation("X-Request-Id", given);
            using HttpResponseMessage response = Server.Http.Send(request, None);
            string id = Assert.Single(response.Headers.GetValues("X-Request-Id"));
            Assert.Equal(isTaken, id == given);
            JsonElement problem = JsonSerializer.Deserialize<JsonElement>(response.Content.ReadAsStream(None));
            Assert.Equal(id, problem.GetProperty("request_id").GetString());
        }

        await Task.CompletedTask;
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(null)]
    public async Task Money_does_not_move_without_an_idempotency_key(string? key)
    {
        (_, _, string token) = await Server.CreateUserAsync();
        foreach (string path in (string[])["/wallets/deposit", "/wallets/withdraw", "/wallets/transfers"])
        {
            using HttpResponseMessage response = await Server.SendAsync(HttpMethod.Post, path, new { }, token, key);
            await Problem.AssertAsync(response, 400, "idempotency_key_missing");
        }
    }

    [Theory]
    [InlineData("has space")]
    public async Task An_idempotency_key_is_visible_ascii(string key)
    {
        (_, _, string token) = await Server.CreateUserAsync();
        using HttpResponseMessage response = await Server.SendAsync(HttpMethod.Post, "/wallets/transfers", new { }, token, key);
        Assert.InRange((int)response.StatusCode, 400, 422);
        using HttpResponseMessage tooLong = await Server.SendAsync(HttpMethod.Post, "/wallets/transfers", new { }, token, new string('k', 256));
        await Problem.AssertAsync(tooLong, 400, "idempotency_key_invalid");
    }

    [Fact]
    public async Task Answers_tell_browsers_to_be_careful()
    {
        using HttpResponseMessage response = await Server.SendAsync(HttpMethod.Get, "/health/live");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Contains("default-src 'none'", Assert.Single(response.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.False(response.Headers.Contains("Server"));
    }

    [Fact]
    public async Task Bytes_that_are_no_http_do_not_disturb_the_server()
    {
        foreach ((string noise, int status) in ((string, int)[])
        [
            ("\0\0\0\0\r\n\r\n", 400),
            ("GET\r\n\r\n", 400),
            ("GET / HTTP/9.9\r\n\r\n", 505),
            ("POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
            ("POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", 400),
        ])
        {
            using TcpClient client = new();
            await client.ConnectAsync(IPAddress.Loopback, new Uri(Server.Url).Port, TestContext.Current.CancellationToken);

            // The client's side stays open: to one that has left, the server owes no answer.
            NetworkStream stream = client.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(noise), TestContext.Current.CancellationToken);
            using StreamReader reader = new(stream);
            Assert.StartsWith($"HTTP/1.1 {status} ", await reader.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        using HttpResponseMessage response = await Server.SendAsync(HttpMethod.Get, "/health/live");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }
}
