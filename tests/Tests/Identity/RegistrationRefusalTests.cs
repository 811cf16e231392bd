using Florin.Identity;
using Xunit;

namespace Florin.Tests.Identity;

/// <summary>Registrations that break a rule: told by field, and nothing is written.</summary>
public sealed class RegistrationRefusalTests(SharedIdentityWorld shared) : IClassFixture<SharedIdentityWorld>
{
    private readonly IdentityWorld _world = shared.World;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

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
    public async Task Texts_beyond_their_lengths_are_refused()
    {
        string domain = $"{new string('b', 63)}.{new string('c', 63)}.{new string('d', 57)}.com";
        await AssertRefusedAsync("email", email: $"{new string('a', 64)}@d{domain}");
        await AssertRefusedAsync("email", email: $"{new string('a', 65)}@example.com");
        await AssertRefusedAsync("password", password: string.Concat(Enumerable.Repeat("😀", 128)) + "x");
        await AssertRefusedAsync("password", password: new string('x', 100_000));
        await AssertRefusedAsync("name", name: new string('a', 101));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("ninechars")]
    [InlineData("😀😀😀😀😀😀😀😀😀")]
    public async Task Passwords_that_are_short_or_no_text_are_refused(string? password) => await AssertRefusedAsync("password", password: password);

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
