using System.Text.Json;
using Florin.Tests.Support;
using Npgsql;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>A server on a database that was restored from a backup: the provider knows more than it does.</summary>
public sealed class RestoreTests
{
    private const string MasterKey = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    private const string State = "select state from flows.flow where kind = 'wallet.withdrawal'";

    /// <param name="keyIsForgotten">Whether the backup is so old that the provider has forgotten the keys of then.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Fault("I-15")]
    public async Task A_restored_server_does_not_pay_out_again_what_was_paid_after_the_backup(bool keyIsForgotten)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using SandboxProcess sandbox = await SandboxProcess.StartAsync("--auto-advance", "true", "--async-delay", "1");
        await using ServerProcess server = await StartAsync(database.OwnerUrl, sandbox);
        LoadUser user = await CreateUserAsync(server);
        await server.PostAsync("/wallets/deposit", new { amount = "100.00", currency = "USD", source_id = user.CardId }, user.Token, "deposit");

        // The provider cannot be reached: the withdrawal is queued. At this moment the backup is made.
        await sandbox.FaultAsync("payouts.create", "error_429", count: 1_000);
        JsonElement queued = await server.PostAsync(
            "/wallets/withdraw", new { amount = "40.00", currency = "USD", destination_id = user.BankId }, user.Token, "payout");
        string flow = (queued.TryGetProperty("object", out JsonElement movement) ? movement : queued).GetProperty("id").GetString()!;
        Assert.Equal("queued", await database.QueryAsync<string>(State));
        await server.KillAsync();
        (string restoredUrl, NpgsqlDataSource restored) = await BackUpAsync(database);
        await using NpgsqlDataSource judge = restored;

        await sandbox.ClearFaultsAsync();

        // It is paid out, the database is lost, and the backup takes its place.
        await server.StartAgainAsync();
        await server.PostAsync($"/flows/{flow}/retry", new { reason = "the provider is back" }, server.AdminApiKey);
        await Eventually.GetAsync(() => database.QueryAsync<string>(State), state => state == "succeeded", "the payout");
        await server.KillAsync();
        if (keyIsForgotten)
        {
            await sandbox.AdvanceAsync(TimeSpan.FromHours(25));
            await ExecuteAsync(
                restored,
                "alter table flows.flow disable trigger user; update flows.flow set created_at = created_at - interval '24 hours'; alter table flows.flow enable trigger user");
        }

        Assert.Equal("queued", await QueryAsync<string>(restored, State));
        await using ServerProcess next = await StartAsync(restoredUrl, sandbox);
        await next.PostAsync($"/flows/{flow}/retry", new { reason = "restored" }, next.AdminApiKey);
        await Eventually.GetAsync(() => QueryAsync<string>(restored, State), state => state == "succeeded", "the payout in the restored database");

        Assert.Single(await sandbox.ObjectsAsync("payout"));
        await new MoneyJudge(restored, sandbox).JudgeLedgerAsync();
    }

    private static Task<ServerProcess> StartAsync(string databaseUrl, SandboxProcess sandbox) => ServerProcess.StartAsync(
        databaseUrl,
        new Dictionary<string, string>
        {
            ["FLORIN__IDENTITY__MASTER_KEY"] = MasterKey,
            ["FLORIN__STRIPE__WEBHOOK_SECRET"] = HttpWorld.WebhookSecret,
            ["FLORIN__WALLETS__POLL_FIRST_SECONDS"] = "5",
            ["FLORIN__WALLETS__SETTLE_WINDOW_SECONDS"] = "600",
            ["FLORIN__FLOWS__PULL_SECONDS"] = "3600",
            ["FLORIN__FLOWS__LEASE_SECONDS"] = "3",
        },
        "--sandbox-url",
        sandbox.Url.ToString());

    private static async Task<LoadUser> CreateUserAsync(ServerProcess server)
    {
        (string id, string email, string token) = await server.CreateUserAsync();
        JsonElement card = await server.PostAsync("/wallets/funding-sources", new { payment_method_id = "pm_card_visa" }, token);
        JsonElement bank = await server.PostAsync("/wallets/funding-sources", new { payment_method_id = "pm_usBankAccount_success" }, token);
        return new LoadUser(id, email, token, card.GetProperty("id").GetString()!, bank.GetProperty("id").GetString()!);
    }

    private static async Task<(string Url, NpgsqlDataSource Owner)> BackUpAsync(TestDatabase database)
    {
        TestCluster cluster = await TestCluster.GetAsync();
        database.Owner.Clear();
        await cluster.ExecuteAsync($"select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '{database.Name}'");
        string name = await cluster.CreateDatabaseAsync(database.Name);
        NpgsqlConnectionStringBuilder owner = cluster.Address.Connection("florin_owner", cluster.Secrets.Owner, name);
        owner.MaxPoolSize = 20;
        return (cluster.Address.Url("florin_owner", cluster.Secrets.Owner, name), NpgsqlDataSource.Create(owner));
    }

    private static async Task<T> QueryAsync<T>(NpgsqlDataSource source, string sql)
    {
        await using NpgsqlCommand command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private static async Task ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
