using System.Text;
using Florin.Identity;
using Npgsql;
using Xunit;

namespace Florin.Tests.Identity;

/// <summary>What someone who holds the database learns, and what the application may do in it, judged by SQL as the owner.</summary>
public sealed class SecretsAtRestTests : IAsyncLifetime
{
    private IdentityWorld _world = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _world = await IdentityWorld.CreateAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task No_column_of_any_table_holds_a_password_a_token_or_a_key()
    {
        await _world.RegisterAsync("ada@example.com");
        SessionTokens first = await _world.LoginAsync("ada@example.com");
        SessionTokens second = ((RefreshOutcome.Succeeded)await _world.Sessions.RefreshAsync(first.RefreshToken, Token)).Tokens;
        await _world.Sessions.LoginAsync("stranger@example.com", "the stranger's password", Token);
        CreateApiKeyOutcome created = await _world.ApiKeys.CreateAsync(new ApiKeyRequest("key", [Scopes.Admin], [], null, "system"), Token);
        string apiKey = ((CreateApiKeyOutcome.Created)created).Plaintext;

        string everything = await DumpAsync();
        Assert.Contains("ada@example.com", everything, StringComparison.Ordinal);
        string[] secrets =
        [
            IdentityWorld.Password, "stranger", first.RefreshToken, second.RefreshToken, first.AccessToken, second.AccessToken, apiKey[16..],
        ];
        foreach (string secret in secrets)
        {
            AssertAbsent(everything, Encoding.UTF8.GetBytes(secret));
        }

        foreach (string token in new[] { first.RefreshToken[4..], second.RefreshToken[4..], apiKey[17..] })
        {
            AssertAbsent(everything, Encoding.UTF8.GetBytes(token));
            AssertAbsent(everything, System.Buffers.Text.Base64Url.DecodeFromChars(token));
        }
    }

    [Fact]
    public async Task The_application_has_exactly_the_rights_that_it_needs()
    {
        List<string> rights = await ReadAsync(
            """
            SELECT c.relname || ' ' || a.privilege_type FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
            WHERE n.nspname = 'identity' AND a.grantee = 'florin_app'::regrole AND c.relkind = 'r'
            UNION ALL
            SELECT c.relname || '.' || t.attname || ' ' || a.privilege_type
            FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(t.attacl) a
            WHERE n.nspname = 'identity' AND a.grantee = 'florin_app'::regrole
            ORDER BY 1
            """);
        string[] expected =
        [
            "api_key INSERT", "api_key SELECT", "api_key.revoked_at UPDATE",
            "login_throttle DELETE", "login_throttle INSERT", "login_throttle SELECT", "login_throttle UPDATE",
            "refresh_token INSERT", "refresh_token SELECT", "refresh_token.used_at UPDATE",
            "session INSERT", "session SELECT", "session.revoked_at UPDATE", "session.revoked_for UPDATE",
            "signing_key INSERT", "signing_key SELECT", "signing_key.retired_at UPDATE",
            "user_account INSERT", "user_account SELECT", "user_account.password_hash UPDATE",
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), rights.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("UPDATE identity.user_account SET email = 'x@example.com'")]
    [InlineData("DELETE FROM identity.user_account")]
    [InlineData("UPDATE identity.api_key SET scopes = '{admin}'")]
    [InlineData("UPDATE identity.signing_key SET private_key = ''")]
    [InlineData("TRUNCATE identity.session CASCADE")]
    public async Task The_application_cannot_rewrite_identities(string sql)
    {
        await using NpgsqlCommand command = _world.Database.DataSource.CreateCommand(sql);
        PostgresException refusal = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Token));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }

    [Fact]
    public void Settings_that_would_weaken_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new IdentityOptions { MasterKey = new byte[31] }.Validate());
        Assert.Throws<ArgumentException>(() => new IdentityOptions { MasterKey = new byte[32], PasswordHashIterations = 1000 }.Validate());
        Assert.Throws<ArgumentException>(() => new IdentityOptions { MasterKey = new byte[32], ClockLeeway = TimeSpan.FromMinutes(5) }.Validate());
        Assert.Throws<ArgumentException>(() => new IdentityOptions { MasterKey = new byte[32], LoginFailuresMax = 0 }.Validate());
        new IdentityOptions { MasterKey = new byte[32] }.Validate();
    }

    /// <summary>Not even a part of the secret is there: 12 bytes of it would shorten a search.</summary>
    private static void AssertAbsent(string everything, byte[] secret)
    {
        const int Part = 12;
        for (int start = 0; start == 0 || start + Part <= secret.Length; start++)
        {
            byte[] part = secret[start..Math.Min(start + Part, secret.Length)];
            Assert.DoesNotContain(Encoding.Latin1.GetString(part), everything, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToHexStringLower(part), everything, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToBase64String(part).TrimEnd('='), everything, StringComparison.Ordinal);
        }
    }

    /// <summary>Every row of every table of the schema as text; byte strings are hexadecimal there.</summary>
    private async Task<string> DumpAsync()
    {
        List<string> tables = await ReadAsync("SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'identity'");
        Assert.Equal(6, tables.Count);
        StringBuilder everything = new();
        foreach (string table in tables)
        {
            List<string> rows = await ReadAsync($"SELECT row_dump::text FROM identity.{table} row_dump");
            Assert.NotEmpty(rows);
            everything.AppendJoin('\n', rows);
        }

        return everything.ToString();
    }

    private async Task<List<string>> ReadAsync(string sql)
    {
        await using NpgsqlCommand command = _world.Database.Owner.CreateCommand(sql);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(Token);
        List<string> rows = [];
        while (await reader.ReadAsync(Token))
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }
}
