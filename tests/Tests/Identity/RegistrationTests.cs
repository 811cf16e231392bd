using Florin.Identity;
using Xunit;

namespace Florin.Tests.Identity;

public sealed class RegistrationTests : IAsyncLifetime
{
    private IdentityWorld _world = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _world = await IdentityWorld.CreateAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task A_registered_user_is_found_by_id_and_by_any_spelling_of_the_email()
    {
        UserId id = await _world.RegisterAsync("Ada.Lovelace@Example.com", "business");
        User expected = new(id, "Ada.Lovelace@Example.com", "Ada Lovelace", UserKind.Business, _world.Time.GetUtcNow());
        Assert.Equal(expected, await _world.Users.GetAsync(id, Token));
        Assert.Equal(expected, await _world.Users.FindByEmailAsync("ada.lovelace@EXAMPLE.COM", Token));
        Assert.Null(await _world.Users.FindByEmailAsync("nobody@example.com", Token));
        Assert.Null(await _world.Users.FindByEmailAsync("ada\0@example.com", Token));
        Assert.Null(await _world.Users.GetAsync(new UserId(Guid.Empty), Token));
        Assert.DoesNotContain("Ada", expected.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_second_registration_of_an_email_changes_nothing()
    {
        UserId first = await _world.RegisterAsync("ada@example.com");
        RegisterOutcome second = await _world.Users.RegisterAsync(new Registration("ADA@example.com", "another password", "Mallory", "business"), Token);
        Assert.IsType<RegisterOutcome.EmailTaken>(second);
        Assert.Equal("Ada Lovelace", (await _world.Users.GetAsync(first, Token))!.Name);
        Assert.Equal(first, (await _world.LoginAsync("ada@example.com")).User);
    }

    [Fact]
    public async Task One_email_registered_20_times_at_once_gives_one_user()
    {
        RegisterOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => _world.Users.RegisterAsync(
            new Registration(number % 2 == 0 ? "ada@example.com" : "ADA@Example.com", IdentityWorld.Password, $"Ada {number}", "person"), Token)));

        RegisterOutcome.Created created = Assert.Single(outcomes.OfType<RegisterOutcome.Created>());
        Assert.Equal(19, outcomes.OfType<RegisterOutcome.EmailTaken>().Count());
        Assert.Equal(1, await _world.Database.QueryAsync<long>("SELECT count(*) FROM identity.user_account"));
        Assert.Equal(created.Id.Value, await _world.Database.QueryAsync<Guid>("SELECT id FROM identity.user_account"));
    }

    [Fact]
    public async Task An_email_may_have_254_characters()
    {
        string domain = $"{new string('b', 63)}.{new string('c', 63)}.{new string('d', 57)}.com";
        await _world.RegisterAsync($"{new string('a', 64)}@{domain}");
        Assert.Equal(254, 64 + 1 + domain.Length);
    }

    [Fact]
    public async Task Passwords_are_counted_in_code_points_and_need_no_composition()
    {
        string longest = string.Concat(Enumerable.Repeat("😀", 128));
        Assert.IsType<RegisterOutcome.Created>(
            await _world.Users.RegisterAsync(new Registration("long@example.com", longest, "Ada", "person"), Token));
        Assert.IsType<LoginOutcome.Succeeded>(await _world.Sessions.LoginAsync("long@example.com", longest, Token));
        Assert.IsType<RegisterOutcome.Created>(
            await _world.Users.RegisterAsync(new Registration("plain@example.com", "aaaaaaaaaa", "Ada", "person"), Token));
    }

    [Fact]
    public async Task Names_have_1_to_100_characters()
    {
        Assert.IsType<RegisterOutcome.Created>(await _world.Users.RegisterAsync(
            new Registration("a@example.com", IdentityWorld.Password, string.Concat(Enumerable.Repeat("𝒜", 100)), "person"), Token));
        Assert.IsType<RegisterOutcome.Created>(
            await _world.Users.RegisterAsync(new Registration("b@example.com", IdentityWorld.Password, "李", "person"), Token));
    }
}
