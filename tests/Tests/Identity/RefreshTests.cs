using Florin.Identity;
using Xunit;

namespace Florin.Tests.Identity;

public sealed class RefreshTests : IAsyncLifetime
{
    private const string Email = "ada@example.com";
    private IdentityWorld _world = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _world = await IdentityWorld.CreateAsync();
        await _world.RegisterAsync(Email);
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task A_refresh_replaces_both_tokens_and_keeps_the_session()
    {
        SessionTokens first = await _world.LoginAsync(Email);
        _world.Time.Advance(TimeSpan.FromMinutes(20));
        Assert.IsType<AccessTokenCheck.Refused>(await _world.AccessTokens.VerifyAsync(first.AccessToken, Token));

        SessionTokens second = await RefreshAsync(first.RefreshToken);
        Assert.Equal((first.User, first.Session), (second.User, second.Session));
        Assert.NotEqual(first.RefreshToken, second.RefreshToken);
        Assert.Equal(_world.Time.GetUtcNow() + TimeSpan.FromDays(30), second.RefreshTokenExpiresAt);
        Assert.IsType<AccessTokenCheck.Valid>(await _world.AccessTokens.VerifyAsync(second.AccessToken, Token));
    }

    [Fact]
    public async Task A_token_used_twice_revokes_its_session_and_no_other()
    {
        SessionTokens other = await _world.LoginAsync(Email);
        SessionTokens first = await _world.LoginAsync(Email);
        SessionTokens second = await RefreshAsync(first.RefreshToken);

        await AssertFailsAsync(first.RefreshToken);
        await AssertFailsAsync(second.RefreshToken);
        await RefreshAsync(other.RefreshToken);
        Assert.Equal("reuse", await RevokedForAsync(first.Session));
    }

    [Fact]
    public async Task Of_many_uses_at_once_at_most_one_succeeds_and_the_session_is_revoked()
    {
        await using IdentityWorld other = _world.Another();
        for (int round = 0; round < 5; round++)
        {
            SessionTokens first = await _world.LoginAsync(Email);
            RefreshOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(
                number => (number % 2 == 0 ? _world : other).Sessions.RefreshAsync(first.RefreshToken, Token)));

            RefreshOutcome.Succeeded winner = Assert.Single(outcomes.OfType<RefreshOutcome.Succeeded>());
            Assert.Equal("reuse", await RevokedForAsync(first.Session));
            await AssertFailsAsync(winner.Tokens.RefreshToken);
            Assert.Equal(2, await _world.Database.QueryAsync<long>(
                $"SELECT count(*) FROM identity.refresh_token WHERE session_id = '{first.Session}'"));
        }
    }

    [Fact]
    public async Task Logout_ends_the_session_by_token_or_by_id_and_twice_is_no_error()
    {
        SessionTokens first = await _world.LoginAsync(Email);
        SessionTokens second = await _world.LoginAsync(Email);
        SessionTokens third = await _world.LoginAsync(Email);
        await _world.Sessions.LogoutAsync(first.RefreshToken, Token);
        await _world.Sessions.LogoutAsync(second.Session, Token);
        await _world.Sessions.LogoutAsync(second.Session, Token);
        await _world.Sessions.LogoutAsync(first.RefreshToken, Token);
        await _world.Sessions.LogoutAsync("flr_nonsense", Token);
        await _world.Sessions.LogoutAsync(refreshToken: null, Token);

        await AssertFailsAsync(first.RefreshToken);
        await AssertFailsAsync(second.RefreshToken);
        await RefreshAsync(third.RefreshToken);
        Assert.Equal("logout", await RevokedForAsync(first.Session));
    }

    [Fact]
    public async Task A_logout_with_an_old_token_ends_the_session_too()
    {
        SessionTokens first = await _world.LoginAsync(Email);
        SessionTokens second = await RefreshAsync(first.RefreshToken);
        await _world.Sessions.LogoutAsync(first.RefreshToken, Token);
        await AssertFailsAsync(second.RefreshToken);
    }

    [Fact]
    public async Task A_refresh_and_a_logout_at_once_leave_no_live_session()
    {
        for (int round = 0; round < 10; round++)
        {
            SessionTokens first = await _world.LoginAsync(Email);
            Task<RefreshOutcome> refresh = _world.Sessions.RefreshAsync(first.RefreshToken, Token);
            await Task.WhenAll(refresh, _world.Sessions.LogoutAsync(first.Session, Token));
            if (await refresh is RefreshOutcome.Succeeded succeeded)
            {
                await AssertFailsAsync(succeeded.Tokens.RefreshToken);
            }

            Assert.Equal("logout", await RevokedForAsync(first.Session));
        }
    }

    [Fact]
    public async Task A_refresh_token_expires_30_days_after_it_was_issued()
    {
        SessionTokens first = await _world.LoginAsync(Email);
        _world.Time.Advance(TimeSpan.FromDays(30) - TimeSpan.FromSeconds(1));
        SessionTokens second = await RefreshAsync(first.RefreshToken);
        _world.Time.Advance(TimeSpan.FromDays(30));
        await AssertFailsAsync(second.RefreshToken);
    }

    [Fact]
    public async Task A_changed_security_stamp_ends_every_session_of_the_user()
    {
        SessionTokens first = await _world.LoginAsync(Email);
        await _world.Database.ExecuteAsync("UPDATE identity.user_account SET security_stamp = gen_random_uuid()");
        await AssertFailsAsync(first.RefreshToken);
        await RefreshAsync((await _world.LoginAsync(Email)).RefreshToken);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("flr_")]
    [InlineData("flr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("flr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB")]
    [InlineData("' OR true --")]
    public async Task Text_that_was_never_issued_fails(string? text) => await AssertFailsAsync(text);

    private async Task<SessionTokens> RefreshAsync(string refreshToken) =>
        Assert.IsType<RefreshOutcome.Succeeded>(await _world.Sessions.RefreshAsync(refreshToken, Token)).Tokens;

    private async Task AssertFailsAsync(string? refreshToken) =>
        Assert.IsType<RefreshOutcome.Failed>(await _world.Sessions.RefreshAsync(refreshToken, Token));

    private Task<string> RevokedForAsync(SessionId session) =>
        _world.Database.QueryAsync<string>($"SELECT coalesce(revoked_for, 'alive') FROM identity.session WHERE id = '{session}'");
}
