using System.Net;
using Florin.Identity;
using Florin.Ledger;
using Florin.Storage.Database;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Florin.Tests.Identity;

/// <summary>The scheme and its policies on a real server.</summary>
public sealed class HttpAuthenticationTests : IAsyncLifetime
{
    private IdentityWorld _world = null!;
    private WebApplication _server = null!;
    private HttpClient _client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _world = await IdentityWorld.CreateAsync();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<IDatabase>(_world.Database);
        builder.Services.AddSingleton<TimeProvider>(_world.Time);
        builder.Services.AddSingleton<IdSource>(new SystemIdSource(_world.Time));
        builder.Services.AddSingleton<IAuthProblemWriter, CodeWriter>();
        builder.Services.AddIdentity(_world.Options);
        _server = builder.Build();
        _server.MapGet("/open", (HttpContext context) => context.TryGetCaller(out Caller? caller) ? caller.Principal : "nobody");
        _server.MapGet("/me", (HttpContext context) => $"{context.GetCaller().Principal} {context.GetCaller().UserKind} {context.GetCaller().Session}")
            .RequireAuthorization(IdentityPolicies.User);
        _server.MapGet("/ledger", (HttpContext context) => context.GetCaller().Principal).RequireAuthorization(Scopes.LedgerRead);
        _server.MapGet("/admin", (HttpContext context) => context.GetCaller().Principal).RequireAuthorization(Scopes.Admin);
        await _server.StartAsync(Token);
        _client = new HttpClient { BaseAddress = new Uri(_server.Urls.First()) };
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        await _world.DisposeAsync();
    }

    [Fact]
    public async Task A_user_reaches_what_is_his_and_nothing_that_needs_a_scope()
    {
        UserId user = await _world.RegisterAsync("ada@example.com", "business");
        SessionTokens tokens = await _world.LoginAsync("ada@example.com");
        Assert.Equal((HttpStatusCode.OK, $"user:{user} Business {tokens.Session}"), await GetAsync("/me", $"Bearer {tokens.AccessToken}"));
        Assert.Equal((HttpStatusCode.OK, $"user:{user}"), await GetAsync("/open", $"bearer {tokens.AccessToken}"));
        Assert.Equal((HttpStatusCode.Forbidden, "insufficient_scope"), await GetAsync("/ledger", $"Bearer {tokens.AccessToken}"));
        Assert.Equal((HttpStatusCode.Forbidden, "insufficient_scope"), await GetAsync("/admin", $"Bearer {tokens.AccessToken}"));

        _world.Time.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_credentials"), await GetAsync("/me", $"Bearer {tokens.AccessToken}"));
    }

    [Fact]
    public async Task A_key_reaches_what_its_scopes_allow_and_no_ones_wallet()
    {
        CreateApiKeyOutcome.Created reader = await CreateAsync(Scopes.LedgerRead);
        CreateApiKeyOutcome.Created writer = await CreateAsync(Scopes.LedgerWrite);
        CreateApiKeyOutcome.Created admin = await CreateAsync(Scopes.Admin);
        Assert.Equal((HttpStatusCode.OK, $"key:{reader.Key.Id}"), await GetAsync("/ledger", $"Bearer {reader.Plaintext}"));
        Assert.Equal((HttpStatusCode.OK, $"key:{admin.Key.Id}"), await GetAsync("/ledger", $"Bearer {admin.Plaintext}"));
        Assert.Equal((HttpStatusCode.OK, $"key:{admin.Key.Id}"), await GetAsync("/admin", $"Bearer {admin.Plaintext}"));
        Assert.Equal((HttpStatusCode.Forbidden, "insufficient_scope"), await GetAsync("/ledger", $"Bearer {writer.Plaintext}"));
        Assert.Equal((HttpStatusCode.Forbidden, "insufficient_scope"), await GetAsync("/admin", $"Bearer {reader.Plaintext}"));
        Assert.Equal((HttpStatusCode.Forbidden, "insufficient_scope"), await GetAsync("/me", $"Bearer {admin.Plaintext}"));

        await _world.ApiKeys.RevokeAsync(reader.Key.Id, Token);
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_credentials"), await GetAsync("/ledger", $"Bearer {reader.Plaintext}"));
    }

    [Theory]
    [InlineData(null, "unauthenticated", "Bearer realm=\"florin\"")]
    [InlineData("Basic YWRhOnNlY3JldA==", "unauthenticated", "Bearer realm=\"florin\"")]
    [InlineData("Bearer", "unauthenticated", "Bearer realm=\"florin\"")]
    [InlineData("Bearer nonsense", "invalid_credentials", "Bearer realm=\"florin\", error=\"invalid_token\"")]
    [InlineData("Bearer flk_nonsense", "invalid_credentials", "Bearer realm=\"florin\", error=\"invalid_token\"")]
    [InlineData("Bearer a b", "invalid_credentials", "Bearer realm=\"florin\", error=\"invalid_token\"")]
    public async Task Without_good_credentials_the_answer_is_401_and_says_how_to_ask(string? authorization, string code, string challenge)
    {
        using HttpResponseMessage response = await SendAsync("/me", authorization);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(challenge, response.Headers.WwwAuthenticate.ToString());
        Assert.Equal(code, await response.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task Two_authorization_headers_are_refused_even_when_one_is_good()
    {
        CreateApiKeyOutcome.Created admin = await CreateAsync(Scopes.Admin);
        using HttpRequestMessage request = new(HttpMethod.Get, "/admin");
        request.Headers.TryAddWithoutValidation("Authorization", [$"Bearer {admin.Plaintext}", "Bearer other"]);
        using HttpResponseMessage response = await _client.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task An_open_endpoint_answers_without_credentials() => Assert.Equal((HttpStatusCode.OK, "nobody"), await GetAsync("/open", null));

    private async Task<CreateApiKeyOutcome.Created> CreateAsync(string scope) =>
        (CreateApiKeyOutcome.Created)await _world.ApiKeys.CreateAsync(new ApiKeyRequest("key", [scope], ["127.0.0.0/8"], null, "system"), Token);

    private async Task<(HttpStatusCode Status, string Body)> GetAsync(string path, string? authorization)
    {
        using HttpResponseMessage response = await SendAsync(path, authorization);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Token));
    }

    private async Task<HttpResponseMessage> SendAsync(string path, string? authorization)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        return await _client.SendAsync(request, Token);
    }

    /// <summary>A host's writer, reduced to the code.</summary>
    private sealed class CodeWriter : IAuthProblemWriter
    {
        public Task WriteAsync(HttpContext context, AuthProblem problem)
        {
            Assert.Equal(context.Response.StatusCode, problem.Status);
            return context.Response.WriteAsync(problem.Code);
        }
    }
}
