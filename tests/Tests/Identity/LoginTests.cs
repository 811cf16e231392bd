using Florin.Identity;
using Npgsql;
using Xunit;

namespace Florin.Tests.Identity;

public sealed class LoginTests : IAsyncLifetime
{
    private const string Email = "ada@example.com";
    private const string Stranger = "nobody@example.com";
    private IdentityWorld _world = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _world = await IdentityWorld.CreateAsync();
        await _world.RegisterAsync(Email);
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task The_right_password_gives_tokens_for_the_user()
    {
        SessionTokens tokens = await _world.LoginAsync("ADA@example.com");
        AccessToken access = Assert.IsType<AccessTokenCheck.Valid>(await _world.AccessTokens.VerifyAsync(tokens.AccessToken, Token)).Token;
        Assert.Equal((tokens.User, tokens.Session, UserKind.Person), (access.User, access.Session, access.Kind));
        Assert.Equal(TimeSpan.FromMinutes(15), tokens.AccessTokenLifetime);
        Assert.Equal(_world.Time.GetUtcNow() + TimeSpan.FromDays(30), tokens.RefreshTokenExpiresAt);
        Assert.Equal($"session:{tokens.Session}", tokens.ToString());
    }

    [Theory]
    [InlineData(Email, "wrong password")]
    [InlineData(Email, IdentityWorld.Password + " ")]
    [InlineData(Email, "")]
    [InlineData(Email, null)]
    [InlineData(Stranger, IdentityWorld.Password)]
    [InlineData("not an e-mail", IdentityWorld.Password)]
    [InlineData("ada@example.com\0", IdentityWorld.Password)]
    [InlineData(null, IdentityWorld.Password)]
    public async Task Everything_else_fails_alike(string? email, string? password)
    {
        Assert.Equal(new LoginOutcome.Failed(), await _world.Sessions.LoginAsync(email, password, Token));
        Assert.Equal(0, await _world.Database.QueryAsync<long>("SELECT count(*) FROM identity.session"));
    }

    [Fact]
    public async Task A_text_that_can_be_no_password_fails_uncounted()
    {
        Assert.IsType<LoginOutcome.Failed>(await _world.Sessions.LoginAsync(Email, new string('x', 10_000_000), Token));
        Assert.IsType<LoginOutcome.Failed>(await _world.Sessions.LoginAsync(Email, IdentityWorld.Password + '\ud800', Token));
        Assert.Equal(0, await _world.Database.QueryAsync<long>("SELECT count(*) FROM identity.login_throttle"));
    }

    [Theory]
    [InlineData(Email)]
    [InlineData(Stranger)]
    public async Task Ten_failures_lock_an_email_whether_or_not_someone_has_it(string email)
    {
        await FailAsync(email, 10);

        LoginOutcome.LockedOut locked = Assert.IsType<LoginOutcome.LockedOut>(await _world.Sessions.LoginAsync(email, IdentityWorld.Password, Token));
        Assert.Equal(TimeSpan.FromMinutes(1), locked.RetryAfter);
        Assert.Equal(0, await _world.Database.QueryAsync<long>("SELECT count(*) FROM identity.session"));
    }

    [Fact]
    public async Task A_lock_ends_and_the_right_password_forgets_it()
    {
        await FailAsync(Email, 10);
        _world.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(
            TimeSpan.FromSeconds(1),
            Assert.IsType<LoginOutcome.LockedOut>(await _world.Sessions.LoginAsync(Email, IdentityWorld.Password, Token)).RetryAfter);
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        await _world.LoginAsync(Email);
        Assert.Equal(0, await _world.Database.QueryAsync<long>("SELECT count(*) FROM identity.login_throttle"));
        await FailAsync(Email, 9);
        await _world.LoginAsync(Email);
    }

    [Fact]
    public async Task Each_failure_after_a_lock_doubles_the_next_up_to_an_hour()
    {
        await FailAsync(Email, 10);
        foreach (int minutes in new[] { 1, 2, 4, 8, 16, 32, 60, 60 })
        {
            LoginOutcome outcome = await _world.Sessions.LoginAsync(Email, "wrong password", Token);
            Assert.Equal(TimeSpan.FromMinutes(minutes), Assert.IsType<LoginOutcome.LockedOut>(outcome).RetryAfter);
            _world.Time.Advance(TimeSpan.FromMinutes(minutes));
            await FailAsync(Email, 1);
        }
    }

    [Fact]
    public async Task Failures_that_are_spread_out_do_not_lock()
    {
        for (int round = 0; round < 3; round++)
        {
            await FailAsync(Email, 9);
            _world.Time.Advance(TimeSpan.FromMinutes(15));
        }

        await _world.LoginAsync(Email);
    }

    [Fact]
    public async Task After_a_day_without_a_failure_everything_is_forgotten_and_the_rows_of_strangers_go()
    {
        await FailAsync(Email, 10);
        await FailAsync(Stranger, 1);
        _world.Time.Advance(TimeSpan.FromHours(24));
        await FailAsync(Email, 9);
        Assert.Equal(1, await _world.Database.QueryAsync<long>("SELECT count(*) FROM identity.login_throttle"));
        await _world.LoginAsync(Email);
    }

    [Fact]
    public async Task Of_guesses_that_run_at_once_no_more_than_ten_are_answered()
    {
        LoginOutcome[] outcomes = await Task.WhenAll(
            Enumerable.Range(0, 40).Select(number => _world.Sessions.LoginAsync(Email, $"guess number {number}", Token)));

        Assert.Equal(10, outcomes.OfType<LoginOutcome.Failed>().Count());
        Assert.Equal(30, outcomes.OfType<LoginOutcome.LockedOut>().Count());
    }

    [Fact]
    public async Task A_right_guess_that_ends_after_the_lock_is_withheld()
    {
        await FailAsync(Email, 1);
        await using NpgsqlConnection other = await _world.Database.Owner.OpenConnectionAsync(Token);
        await using NpgsqlTransaction transaction = await other.BeginTransactionAsync(Token);
        await using NpgsqlCommand lockOut = new("UPDATE identity.login_throttle SET locked_until = last_failure_at + interval '1 minute'", other);
        await lockOut.ExecuteNonQueryAsync(Token);

        // The login's first look sees no lock; its second waits for the row, whose lock is committed meanwhile.
        Task<LoginOutcome> login = _world.Sessions.LoginAsync(Email, IdentityWorld.Password, Token);
        const string Waiting =
            "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted AND a.datname = current_database()";
        while (!login.IsCompleted && await _world.Database.QueryAsync<long>(Waiting) == 0)
        {
            await Task.Yield();
        }

        await transaction.CommitAsync(Token);
        Assert.Equal(new LoginOutcome.LockedOut(TimeSpan.FromMinutes(1)), await login);
        Assert.Equal(0, await _world.Database.QueryAsync<long>("SELECT count(*) FROM identity.session"));
    }

    [Fact]
    public async Task A_hash_made_with_less_work_is_renewed_at_the_next_login()
    {
        string before = await HashAsync();
        await using IdentityWorld stronger = _world.Another(new IdentityOptions
        {
            MasterKey = _world.Options.MasterKey,
            PasswordHashIterations = IdentityOptions.PasswordHashIterationsMin + 1,
        });
        await stronger.LoginAsync(Email);
        string after = await HashAsync();
        Assert.NotEqual(before, after);
        await stronger.LoginAsync(Email);
        Assert.Equal(after, await HashAsync());
    }

    private Task<string> HashAsync() => _world.Database.QueryAsync<string>("SELECT password_hash FROM identity.user_account");

    private async Task FailAsync(string email, int times)
    {
        for (int time = 0; time < times; time++)
        {
            Assert.IsType<LoginOutcome.Failed>(await _world.Sessions.LoginAsync(email, "wrong password", Token));
        }
    }
}
