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

    [Fact]
    [Fault("T-06")]
    public async Task A_restored_server_books_what_the_provider_did_since_and_lists_what_it_does_not_know()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using SandboxProcess sandbox = await SandboxProcess.StartAsync();
        await using ServerProcess server = await StartAsync(database.OwnerUrl, sandbox);
        LoadUser user = await CreateUserAsync(server);
        await DepositAsync(server, user, user.CardId, "100.00", "opening");
        await DepositAsync(server, user, user.BankId, "30.00", "on its way in");
        await WithdrawAsync(server, user, user.BankId, "20.00", "on its way out");
        Assert.Equal(2L, await database.QueryAsync<long>("select count(*) from flows.flow where state in ('pending', 'in_transit')"));
        await server.KillAsync();
        (string restoredUrl, NpgsqlDataSource restored) = await BackUpAsync(database);
        await using NpgsqlDataSource judge = restored;
        HashSet<string> known = await ReferencesAsync(restored);

        // The world goes on: what was under way ends, and there is more of everything, also by a user whom the backup does not know.
        await server.StartAgainAsync();
        JsonElement closed = await server.PostAsync("/wallets/funding-sources", new { payment_method_id = "pm_usBankAccount_accountClosed" }, user.Token);
        await DepositAsync(server, user, user.CardId, "15.00", "lost card");
        await DepositAsync(server, user, user.BankId, "7.00", "lost debit");
        await WithdrawAsync(server, user, user.BankId, "12.00", "lost payout");
        await WithdrawAsync(server, user, closed.GetProperty("id").GetString()!, "3.00", "lost failure");
        LoadUser stranger = await CreateUserAsync(server);
        await DepositAsync(server, stranger, stranger.CardId, "9.00", "lost user");
        await sandbox.AdvanceAsync(TimeSpan.FromDays(1));
        await server.KillAsync();
        Moved[] moved = await MovedAsync(sandbox);
        Moved[] lost = [.. moved.Where(item => !known.Contains(item.Reference))];
        Assert.Equal(5, lost.Length);

        await using ServerProcess next = await StartAsync(restoredUrl, sandbox);
        Assert.Equal(moved.Sum(item => item.Cents), await Eventually.GetAsync(
            () => ClearingAsync(restored), cents => cents == moved.Sum(item => item.Cents), "the provider's position"));
        await Eventually.GetAsync(
            () => QueryAsync<long>(restored, "select count(*) from flows.flow where state in ('pending', 'in_transit', 'found')"), open => open == 0, "open flows");

        // Each object is listed, with what was done; the books hold the same sums.
        JsonElement listed = await next.GetAsync("/flows/recovered?limit=200", next.AdminApiKey);
        Assert.Equal(
            lost.Select(item => (item.Reference, item.ObjectId, Done(item))).Order(),
            listed.GetProperty("data").EnumerateArray().Select(item => (
                item.GetProperty("id").GetString()!, item.GetProperty("provider_id").GetString()!,
                $"{item.GetProperty("status").GetString()} {item.GetProperty("amount").GetString()} {item.GetProperty("currency").GetString()}")).Order());
        Assert.Equal(31_00, await BalanceAsync(restored, "suspense:restored"));
        Assert.Equal(-12_00, await BalanceAsync(restored, "shortfall:restored"));
        Assert.Equal(110_00, await BalanceAsync(restored, $"user:{user.Id}:available"));

        // Nothing is sent again: not by the server, and not by a client who repeats what was lost.
        foreach (string path in (string[])["/wallets/deposit", "/wallets/withdraw"])
        {
            object body = path == "/wallets/deposit"
                ? new { amount = "15.00", currency = "USD", source_id = user.CardId }
                : new { amount = "12.00", currency = "USD", destination_id = user.BankId };
            using HttpResponseMessage again = await next.SendAsync(
                HttpMethod.Post, path, body, user.Token, path == "/wallets/deposit" ? Key("lost card") : Key("lost payout"));
            Assert.Equal("idempotency_key_mismatch", (await HttpAnswer.ReadAsync(again)).Code);
        }

        Assert.Equal(moved, await MovedAsync(sandbox));
        await new MoneyJudge(restored, sandbox).JudgeLedgerAsync();
    }

    /// <summary>What the provider says of one of its objects.</summary>
    /// <param name="Cents">What it moved in, less what it moved out; zero when it failed.</param>
    private sealed record Moved(string Reference, string ObjectId, bool IsPayout, long Asked, long Cents);

    private static string Done(Moved item)
    {
        string status = item.Cents == 0 ? "nothing_moved" : item.IsPayout ? "shortfall" : "in_suspense";
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{status} {item.Asked / 100m:0.00} USD");
    }

    private static async Task<Moved[]> MovedAsync(SandboxProcess sandbox)
    {
        IEnumerable<Moved> payments = (await sandbox.ObjectsAsync("payment_intent")).Select(item => new Moved(
            Reference(item), item.GetProperty("id").GetString()!, false, item.GetProperty("amount").GetInt64(),
            item.GetProperty("status").GetString() == "succeeded" ? item.GetProperty("amount_received").GetInt64() : 0));
        IEnumerable<Moved> payouts = (await sandbox.ObjectsAsync("payout")).Select(item => new Moved(
            Reference(item), item.GetProperty("id").GetString()!, true, item.GetProperty("amount").GetInt64(),
            item.GetProperty("status").GetString() == "paid" ? -item.GetProperty("amount").GetInt64() : 0));
        return [.. payments, .. payouts];
    }

    private static string Reference(JsonElement item) => item.GetProperty("metadata").GetProperty("florin_reference").GetString()!;

    private static string Key(string name) => name.Replace(' ', '-');

    private static Task<JsonElement> DepositAsync(ServerProcess server, LoadUser user, string sourceId, string amount, string name) =>
        server.PostAsync("/wallets/deposit", new { amount, currency = "USD", source_id = sourceId }, user.Token, Key(name));

    private static Task<JsonElement> WithdrawAsync(ServerProcess server, LoadUser user, string destinationId, string amount, string name) =>
        server.PostAsync("/wallets/withdraw", new { amount, currency = "USD", destination_id = destinationId }, user.Token, Key(name));

    private static async Task<HashSet<string>> ReferencesAsync(NpgsqlDataSource source) =>
        [.. (await QueryAsync<string[]>(source, "select array_agg(id::text) from flows.flow"))];

    /// <summary>What the provider holds for us by the ledger's history, in cents.</summary>
    private static async Task<long> ClearingAsync(NpgsqlDataSource source) => -await BalanceAsync(source, "psp:stripe:clearing");

    /// <summary>Posted credits less posted debits, in cents.</summary>
    private static async Task<long> BalanceAsync(NpgsqlDataSource source, string address) => (long)await QueryAsync<decimal>(
        source, $"select coalesce(sum(credits_posted - debits_posted), 0) from ledger.balances where address = '{address}' and asset = 'USD'");

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
