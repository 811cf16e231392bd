using System.Collections.Immutable;
using System.Net;
using Florin.Identity;
using Xunit;

namespace Florin.Tests.Identity;

public sealed class ApiKeyTests : IAsyncLifetime
{
    private IdentityWorld _world = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _world = await IdentityWorld.CreateAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task A_key_is_shown_once_and_then_known_by_its_ends()
    {
        CreateApiKeyOutcome.Created created = await CreateAsync(scopes: [Scopes.LedgerRead, Scopes.LedgerWrite, Scopes.LedgerRead]);
        Assert.Matches("^flk_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$", created.Plaintext);
        Assert.Equal(created.Plaintext[..16], created.Key.Prefix);
        Assert.Equal(created.Plaintext[^4..], created.Key.LastFour);
        Assert.Equal([Scopes.LedgerRead, Scopes.LedgerWrite], created.Key.Scopes);
        Assert.DoesNotContain(created.Plaintext, created.ToString(), StringComparison.Ordinal);

        ApiKey accepted = Assert.IsType<ApiKeyCheck.Accepted>(await VerifyAsync(created.Plaintext)).Key;
        Assert.Equal(created.Key.Id, accepted.Id);
        Assert.Equal(created.Key.Scopes, accepted.Scopes);
        Assert.Equal("system", accepted.CreatedBy);
    }

    [Fact]
    public async Task Any_changed_character_is_refused()
    {
        string key = (await CreateAsync()).Plaintext;
        for (int index = 0; index < key.Length; index++)
        {
            string changed = $"{key[..index]}{(key[index] == 'a' ? 'b' : 'a')}{key[(index + 1)..]}";
            Assert.Equal(ApiKeyRefusal.Unknown, await RefusalAsync(changed));
        }

        foreach (string? other in new[] { null, "", "flk_", key[..16], key + "A", key[..^1], " " + key, key.ToUpperInvariant() })
        {
            Assert.Equal(ApiKeyRefusal.Unknown, await RefusalAsync(other));
        }
    }

    [Fact]
    public async Task A_revoked_key_is_refused_at_once_in_every_process()
    {
        CreateApiKeyOutcome.Created created = await CreateAsync();
        await using IdentityWorld other = _world.Another();
        Assert.IsType<ApiKeyCheck.Accepted>(await other.ApiKeys.VerifyAsync(created.Plaintext, null, Token));

        Assert.True(await _world.ApiKeys.RevokeAsync(created.Key.Id, Token));
        Assert.Equal(
            ApiKeyRefusal.Revoked,
            Assert.IsType<ApiKeyCheck.Refused>(await other.ApiKeys.VerifyAsync(created.Plaintext, null, Token)).Reason);

        DateTimeOffset revokedAt = _world.Time.GetUtcNow();
        _world.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(await _world.ApiKeys.RevokeAsync(created.Key.Id, Token));
        Assert.Equal(revokedAt, Assert.Single(await _world.ApiKeys.ListAsync(null, 10, Token)).RevokedAt);
        Assert.False(await _world.ApiKeys.RevokeAsync(new ApiKeyId(Guid.Empty), Token));
    }

    [Fact]
    public async Task A_key_expires_at_its_instant()
    {
        CreateApiKeyOutcome.Created created = await CreateAsync(expiresAt: _world.Time.GetUtcNow() + TimeSpan.FromHours(1));
        _world.Time.Advance(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(1));
        Assert.IsType<ApiKeyCheck.Accepted>(await VerifyAsync(created.Plaintext));
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(ApiKeyRefusal.Expired, await RefusalAsync(created.Plaintext));
    }

    [Theory]
    [InlineData("203.0.113.7", true)]
    [InlineData("203.0.113.255", true)]
    [InlineData("::ffff:203.0.113.7", true)]
    [InlineData("2001:db8::1", true)]
    [InlineData("203.0.114.7", false)]
    [InlineData("2001:db9::1", false)]
    [InlineData("::1", false)]
    [InlineData(null, false)]
    public async Task A_key_with_source_networks_works_from_inside_them(string? source, bool isAccepted)
    {
        CreateApiKeyOutcome.Created created = await CreateAsync(networks: ["203.0.113.0/24", "2001:db8::/32"]);
        ApiKeyCheck check = await _world.ApiKeys.VerifyAsync(created.Plaintext, source is null ? null : IPAddress.Parse(source), Token);
        Assert.Equal(isAccepted, check is ApiKeyCheck.Accepted);
        Assert.Equal(isAccepted ? null : ApiKeyRefusal.SourceNotAllowed, (check as ApiKeyCheck.Refused)?.Reason);
    }

    [Fact]
    public async Task Requests_that_break_rules_make_no_key()
    {
        DateTimeOffset now = _world.Time.GetUtcNow();
        await AssertInvalidAsync("name", new ApiKeyRequest(null, [Scopes.Admin], [], null, "system"));
        await AssertInvalidAsync("name", new ApiKeyRequest("", [Scopes.Admin], [], null, "system"));
        await AssertInvalidAsync("name", new ApiKeyRequest("a\0b", [Scopes.Admin], [], null, "system"));
        await AssertInvalidAsync("name", new ApiKeyRequest(new string('n', 101), [Scopes.Admin], [], null, "system"));
        await AssertInvalidAsync("scopes", new ApiKeyRequest("key", [], [], null, "system"));
        await AssertInvalidAsync("scopes", new ApiKeyRequest("key", default, [], null, "system"));
        await AssertInvalidAsync("scopes", new ApiKeyRequest("key", ["everything"], [], null, "system"));
        await AssertInvalidAsync("scopes", new ApiKeyRequest("key", [null!], [], null, "system"));
        await AssertInvalidAsync("source_networks", new ApiKeyRequest("key", [Scopes.Admin], ["10.0.0.1"], null, "system"));
        await AssertInvalidAsync("source_networks", new ApiKeyRequest("key", [Scopes.Admin], ["10.0.0.1/8"], null, "system"));
        await AssertInvalidAsync("source_networks", new ApiKeyRequest("key", [Scopes.Admin], ["10.0.0.0/33"], null, "system"));
        await AssertInvalidAsync("source_networks", new ApiKeyRequest("key", [Scopes.Admin], [null!], null, "system"));
        await AssertInvalidAsync(
            "source_networks", new ApiKeyRequest("key", [Scopes.Admin], [.. Enumerable.Range(0, 33).Select(number => $"10.{number}.0.0/16")], null, "system"));
        await AssertInvalidAsync("expires_at", new ApiKeyRequest("key", [Scopes.Admin], [], now, "system"));
        Assert.Equal(0, await _world.Database.QueryAsync<long>("SELECT count(*) FROM identity.api_key"));
    }

    [Fact]
    public async Task Lists_are_paged_from_the_newest_without_gap_or_repeat()
    {
        List<ApiKeyId> made = [];
        for (int number = 0; number < 7; number++)
        {
            made.Add((await CreateAsync()).Key.Id);
            _world.Time.Advance(TimeSpan.FromMilliseconds(1));
        }

        List<ApiKeyId> listed = [];
        IReadOnlyList<ApiKey> page = await _world.ApiKeys.ListAsync(null, 3, Token);
        while (page.Count > 0)
        {
            listed.AddRange(page.Select(key => key.Id));
            page = await _world.ApiKeys.ListAsync(listed[^1], 3, Token);
        }

        made.Reverse();
        Assert.Equal(made, listed);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _world.ApiKeys.ListAsync(null, 0, Token));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _world.ApiKeys.ListAsync(null, ApiKeyLimits.PageMax + 1, Token));
    }

    private async Task<CreateApiKeyOutcome.Created> CreateAsync(
        ImmutableArray<string> scopes = default, ImmutableArray<string> networks = default, DateTimeOffset? expiresAt = null)
    {
        ApiKeyRequest request = new("a key", scopes.IsDefault ? [Scopes.LedgerRead] : scopes, networks, expiresAt, "system");
        return Assert.IsType<CreateApiKeyOutcome.Created>(await _world.ApiKeys.CreateAsync(request, Token));
    }

    private Task<ApiKeyCheck> VerifyAsync(string? presented) => _world.ApiKeys.VerifyAsync(presented, IPAddress.Loopback, Token);

    private async Task<ApiKeyRefusal> RefusalAsync(string? presented) => Assert.IsType<ApiKeyCheck.Refused>(await VerifyAsync(presented)).Reason;

    private async Task AssertInvalidAsync(string field, ApiKeyRequest request) =>
        Assert.Equal(field, Assert.Single(Assert.IsType<CreateApiKeyOutcome.Invalid>(await _world.ApiKeys.CreateAsync(request, Token)).Errors).Key);
}
