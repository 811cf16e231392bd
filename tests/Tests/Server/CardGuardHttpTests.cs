using System.Text;
using System.Text.Json;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Server;

[Collection(SharedServer.Collection)]
public sealed class CardGuardHttpTests(SharedServer shared)
{
    private const string Number = "4000056655665556";

    private ServerProcess Server => shared.Server;

    [Fact]
    public async Task A_card_number_in_any_body_is_refused_and_kept_nowhere()
    {
        (_, string email, string token) = await Server.CreateUserAsync();
        foreach (string path in (string[])["/auth/login", "/auth/register", "/wallets/funding-sources", "/wallets/transfers", "/nothing/here"])
        {
            foreach (string spelling in CardNumbersTests.Spellings(Number))
            {
                using StringContent content = new(spelling, Encoding.UTF8, "application/json");
                using HttpResponseMessage response = await Server.SendAsync(HttpMethod.Post, path, content, token, "key-1");
                JsonElement problem = await Problem.AssertAsync(response, 422, "card_number_refused");
                Assert.DoesNotContain("5556", problem.GetProperty("detail").GetString()!, StringComparison.Ordinal);
            }
        }

        using HttpResponseMessage note = await Server.SendAsync(
            HttpMethod.Post, "/wallets/transfers", new { to = email, amount = "1.00", currency = "USD", note = $"card {Number}" }, token, "key-2");
        await Problem.AssertAsync(note, 422, "card_number_refused");
        using HttpResponseMessage number = await Server.SendAsync(
            HttpMethod.Post, "/wallets/transfers", new { to = email, amount = long.Parse(Number), currency = "USD" }, token, "key-3");
        await Problem.AssertAsync(number, 422, "card_number_refused");
        await AssertKeptNowhereAsync();
    }

    [Fact]
    public async Task A_card_number_in_an_address_or_a_key_is_refused_and_kept_nowhere()
    {
        (_, _, string token) = await Server.CreateUserAsync();
        foreach (string path in (string[])[$"/wallets/deposits/{Number}", $"/ledger/accounts?prefix={Number}", "/x/4000%200566%205566%205556"])
        {
            using HttpResponseMessage response = await Server.SendAsync(HttpMethod.Get, path, token: token);
            await Problem.AssertAsync(response, 422, "card_number_refused");
        }

        using HttpResponseMessage key = await Server.SendAsync(HttpMethod.Post, "/wallets/transfers", new { }, token, Number);
        await Problem.AssertAsync(key, 422, "card_number_refused");
        await AssertKeptNowhereAsync();
    }

    [Fact]
    public async Task A_webhook_without_a_signature_is_refused_whatever_it_carries()
    {
        using StringContent content = new($"{{\"id\":\"evt_1\",\"note\":\"{Number}\"}}", Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await Server.SendAsync(HttpMethod.Post, "/webhooks/stripe", content);
        await Problem.AssertAsync(response, 401, "signature_invalid");
        await AssertKeptNowhereAsync();
    }

    /// <summary>Looks through every text column of every table, and through what the server wrote.</summary>
    private async Task AssertKeptNowhereAsync()
    {
        Assert.DoesNotContain("5665566", Server.Output.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        await using var command = shared.Database.Owner.CreateCommand(
            """
            select quote_ident(table_schema) || '.' || quote_ident(table_name), quote_ident(column_name) from information_schema.columns
            where table_schema in ('florin', 'ledger', 'flows', 'identity', 'wallets') and data_type in ('text', 'character varying', 'json', 'jsonb')
            """);
        List<(string Table, string Column)> columns = [];
        await using (var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken))
        {
            while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            {
                columns.Add((reader.GetString(0), reader.GetString(1)));
            }
        }

        Assert.NotEmpty(columns);
        foreach ((string table, string column) in columns)
        {
            Assert.Equal(0, await shared.Database.QueryAsync<long>(
                $"select count(*) from {table} where regexp_replace({column}::text, '[^0-9]', '', 'g') like '%{Number}%'"));
        }
    }
}
