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

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("ada")]
    [InlineData("ada@")]
    [InlineData("@example.com")]
    [InlineData("ada@localhost")]
    [InlineData("ada@example..com")]
    [InlineData("ada@-example.com")]
    [InlineData("ada@example.com.")]
    [InlineData(".ada@example.com")]
    [InlineData("ada..l@example.com")]
    [InlineData("a da@example.com")]
    [InlineData(" ada@example.com")]
    [InlineData("ada@exam ple.com")]
    [InlineData("ada@example.com\n")]
    [InlineData("ada\0@example.com")]
    [InlineData("ada@@example.com")]
    [InlineData("\"ada l\"@example.com")]
    [InlineData("ada@[192.0.2.1]")]
    [InlineData("аda@example.com")]
    [InlineData("ada@exämple.com")]
    [InlineData("Ada <ada@example.com>")]
    public async Task Text_that_is_no_email_address_is_refused(string? email) => await AssertRefusedAsync("email", email: email);

    [Fact]
    public async Task An_email_of_254_characters_is_accepted_and_of_255_refused()
    {
        string domain = $"{new string('b', 63)}.{new string('c', 63)}.{new string('d', 57)}.com";
        await _world.RegisterAsync($"{new string('a', 64)}@{domain}");
        Assert.Equal(254, 64 + 1 + domain.Length);
        await AssertRefusedAsync("email", email: $"{new string('a', 64)}@d{domain}");
        await AssertRefusedAsync("email", email: $"{new string('a', 65)}@example.com");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("ninechars")]
    [InlineData("😀😀😀😀😀😀😀😀😀")]
    public async Task Passwords_that_are_short_or_no_text_are_refused(string? password) => await AssertRefusedAsync("password", password: password);

    [Fact]
    public async Task Passwords_are_counted_in_code_points_and_need_no_composition()
    {
        string longest = string.Concat(Enumerable.Repeat("😀", 128));
        Assert.IsType<RegisterOutcome.Created>(
            await _world.Users.RegisterAsync(new Registration("long@example.com", longest, "Ada", "person"), Token));
        Assert.IsType<LoginOutcome.Succeeded>(await _world.Sessions.LoginAsync("long@example.com", longest, Token));
        Assert.IsType<RegisterOutcome.Created>(
            await _world.Users.RegisterAsync(new Registration("plain@example.com", "aaaaaaaaaa", "Ada", "person"), Token));
        await AssertRefusedAsync("password", password: longest + "x");
        await AssertRefusedAsync("password", password: new string('x', 100_000));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(" Ada")]
    [InlineData("Ada ")]
    [InlineData("Ada\0")]
    [InlineData("Ada\nLovelace")]
    [InlineData("Ada\u001b[31m")]
    public async Task Names_that_cannot_be_shown_are_refused(string? name) => await AssertRefusedAsync("name", name: name);

    [Fact]
    public async Task Text_that_is_no_Unicode_is_refused()
    {
        // Made here: an attribute would store the lone surrogate as the replacement character.
        await AssertRefusedAsync("password", password: "a password" + '\ud800');
        await AssertRefusedAsync("password", password: '\udc00' + "a password");
        await AssertRefusedAsync("name", name: "Ada" + '\udc00');
    }

    [Fact]
    public async Task Names_have_1_to_100_characters()
    {
        Assert.IsType<RegisterOutcome.Created>(await _world.Users.RegisterAsync(
            new Registration("a@example.com", IdentityWorld.Password, string.Concat(Enumerable.Repeat("𝒜", 100)), "person"), Token));
        Assert.IsType<RegisterOutcome.Created>(
            await _world.Users.RegisterAsync(new Registration("b@example.com", IdentityWorld.Password, "李", "person"), Token));
        await AssertRefusedAsync("name", name: new string('a', 101));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Person")]
    [InlineData("admin")]
    public async Task Other_kinds_are_refused(string? kind) => await AssertRefusedAsync("kind", kind: kind);

    [Fact]
    public async Task Every_broken_rule_is_told_at_once()
    {
        RegisterOutcome outcome = await _world.Users.RegisterAsync(new Registration(null, null, null, null), Token);
        Assert.Equal(["email", "kind", "name", "password"], Assert.IsType<RegisterOutcome.Invalid>(outcome).Errors.Keys.Order());
        Assert.Equal("Registration", new Registration("ada@example.com", "secret", "Ada", "person").ToString());
    }

    private async Task AssertRefusedAsync(
        string field, string? email = "ada@example.com", string? password = IdentityWorld.Password, string? name = "Ada", string? kind = "person")
    {
        long before = await _world.Database.QueryAsync<long>("SELECT count(*) FROM identity.user_account");
        RegisterOutcome outcome = await _world.Users.RegisterAsync(new Registration(email, password, name, kind), Token);
        Assert.Equal(field, Assert.Single(Assert.IsType<RegisterOutcome.Invalid>(outcome).Errors).Key);
        Assert.Equal(before, await _world.Database.QueryAsync<long>("SELECT count(*) FROM identity.user_account"));
    }
}
