using System.Text.Json;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Server;

/// <summary><c>florin export</c> and <c>florin import</c> as processes, with a server before and one after.</summary>
public sealed class TransportCommandTests
{
    private const string Totals = "select string_agg(format('%s %s %s %s', address, asset, debits_posted, credits_posted), ',' order by address, asset) from ledger.balances";

    [Fact]
    public async Task A_ledger_that_moves_to_another_database_is_the_same_and_goes_on()
    {
        await using TemporaryFolder folder = TemporaryFolder.Create();
        string file = Path.Combine(folder.Path, "ledger.florin");
        await using TestDatabase from = await TestDatabase.CreateAsync();
        await using TestDatabase to = await TestDatabase.CreateAsync();
        string id;
        await using (ServerProcess server = await ServerProcess.StartAsync(from.OwnerUrl))
        {
            await OpenAsync(server);
            id = (await CreditAsync(server, "t1", "12.34")).GetProperty("id").GetString()!;
            (int exported, string said) = await ServerProcess.RunAsync(["export", "--to", file, "--database-url", from.OwnerUrl]);
            Assert.True(exported == 0, said);
            Assert.Contains("1 transfers were exported.", said, StringComparison.Ordinal);
            (int twice, string refusal) = await ServerProcess.RunAsync(["export", "--to", file, "--database-url", from.OwnerUrl]);
            Assert.True(twice == 1, refusal);
        }

        await BreakAsync(file, Path.Combine(folder.Path, "broken.florin"));
        (int broken, string why) = await ServerProcess.RunAsync(["import", "--from", Path.Combine(folder.Path, "broken.florin"), "--database-url", to.OwnerUrl]);
        Assert.True(broken == 1, why);
        (int imported, string done) = await ServerProcess.RunAsync(["import", "--from", file, "--database-url", to.OwnerUrl]);
        Assert.True(imported == 0, done);
        Assert.Equal(await from.QueryAsync<string>(Totals), await to.QueryAsync<string>(Totals));
        (int again, string full) = await ServerProcess.RunAsync(["import", "--from", file, "--database-url", to.OwnerUrl]);
        Assert.True(again == 1, full);
        (int verified, string report) = await ServerProcess.RunAsync(["ledger", "verify", "--database-url", to.OwnerUrl]);
        Assert.True(verified == 0, report);

        await using ServerProcess next = await ServerProcess.StartAsync(to.OwnerUrl);
        Assert.Equal("12.34", (await next.GetAsync("/ledger/accounts/moved:alice/USD", next.AdminApiKey)).GetProperty("balance").GetString());
        Assert.Equal(id, (await next.GetAsync($"/ledger/transactions/{id}", next.AdminApiKey)).GetProperty("id").GetString());
        await CreditAsync(next, "t2", "0.66");
        Assert.Equal("13.00", (await next.GetAsync("/ledger/accounts/moved:alice/USD", next.AdminApiKey)).GetProperty("balance").GetString());
    }

    private static async Task OpenAsync(ServerProcess server)
    {
        foreach ((string name, string side) in ((string, string)[])[("bank", "debit"), ("alice", "credit")])
        {
            await server.PostAsync("/ledger/accounts", new { address = $"moved:{name}", asset = "USD", normal_side = side }, server.AdminApiKey);
        }
    }

    private static Task<JsonElement> CreditAsync(ServerProcess server, string key, string amount) => server.PostAsync(
        "/ledger/transactions",
        new { kind = "posted", transfers = new[] { new { debit = "moved:bank", credit = "moved:alice", amount, currency = "USD", code = 1 } } },
        server.AdminApiKey,
        key);

    /// <summary>One bit in the middle.</summary>
    private static async Task BreakAsync(string from, string to)
    {
        byte[] bytes = await File.ReadAllBytesAsync(from, TestContext.Current.CancellationToken);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(to, bytes, TestContext.Current.CancellationToken);
    }
}
