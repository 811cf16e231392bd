using System.Text.Json;
using Florin.Storage.Database.Cluster;
using Florin.Tests.Support;
using Npgsql;

namespace Florin.Tests.Faults;

/// <summary>One real server, its provider, and a PostgreSQL of their own whose disk can be made full.</summary>
internal sealed class FullDisk : IAsyncDisposable
{
    private const string Database = "full";

    private readonly TemporaryFolder _folder;
    private readonly PrivateCluster _cluster;
    private readonly NpgsqlDataSource _admin;

    private FullDisk(TemporaryFolder folder, PrivateCluster cluster, NpgsqlDataSource admin, NpgsqlDataSource owner, SandboxProcess sandbox, ServerProcess server)
    {
        _folder = folder;
        _cluster = cluster;
        _admin = admin;
        Owner = owner;
        Sandbox = sandbox;
        Server = server;
    }

    /// <summary>The judge's own way to the database.</summary>
    public NpgsqlDataSource Owner { get; }

    public SandboxProcess Sandbox { get; }

    public ServerProcess Server { get; }

    public static async Task<FullDisk> StartAsync()
    {
        TemporaryFolder folder = TemporaryFolder.Create();
        ClusterSettings settings = new(SharedMegabytes: 64, WalMegabytesMax: 256, ConnectionsMax: 120);
        PrivateCluster cluster = await PrivateCluster.StartAsync(folder.Path, settings, TimeProvider.System, _ => { }, CancellationToken.None);
        await ClusterRoles.EnsureAsync(cluster.Address, cluster.Secrets, CancellationToken.None);
        await using (NpgsqlDataSource first = Open(cluster, PrivateCluster.Superuser, cluster.Secrets.Superuser, "postgres"))
        {
            await ExecuteAsync(first, $"create database {Database} owner florin_owner");

            // It would give back the room at the end of the tables, which is empty pages.
            await ExecuteAsync(first, "alter system set autovacuum = off");
            await ExecuteAsync(first, "select pg_reload_conf()");
        }

        SandboxProcess sandbox = await SandboxProcess.StartAsync("--auto-advance", "true", "--async-delay", "1");
        ServerProcess server = await ServerProcess.StartAsync(
            cluster.Address.Url("florin_owner", cluster.Secrets.Owner, Database),
            new Dictionary<string, string>
            {
                ["FLORIN__STRIPE__WEBHOOK_SECRET"] = HttpWorld.WebhookSecret,
                ["FLORIN__FLOWS__LEASE_SECONDS"] = "3",
                ["FLORIN__FLOWS__PULL_SECONDS"] = "5",
                ["FLORIN__LEDGER__LEASE_MS"] = "1500",
                ["FLORIN__LEDGER__PATIENCE_SECONDS"] = "2",
            },
            "--sandbox-url",
            sandbox.Url.ToString());
        await sandbox.SetWebhookAsync($"{server.Url}/webhooks/stripe", HttpWorld.WebhookSecret);
        return new FullDisk(
            folder,
            cluster,
            Open(cluster, PrivateCluster.Superuser, cluster.Secrets.Superuser, Database),
            Open(cluster, "florin_owner", cluster.Secrets.Owner, Database),
            sandbox,
            server);
    }

    /// <summary>
    /// Has no table of these schemas grow any more. Each is as large as its file may be; what is free in its first and last pages is soon used.
    /// </summary>
    public async Task FillAsync(string[] schemas)
    {
        string folder = await QueryAsync<string>(_admin, "show data_directory");
        string files = await QueryAsync<string>(
            _admin,
            "select string_agg(pg_relation_filepath(c.oid), ' ') from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            + $" where c.relkind = 'r' and n.nspname in ({string.Join(", ", schemas.Select(schema => $"'{schema}'"))})");
        FileSizeLimit.Set(_cluster.Postmaster.ProcessId);
        foreach (string file in files.Split(' '))
        {
            // Pages of zeros, as after a crash in the middle of growing: PostgreSQL takes them for empty ones. They take no room on the real disk.
            await using FileStream stream = new(Path.Combine(folder, file), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            stream.SetLength(FileSizeLimit.WalSegmentBytes);
        }
    }

    public void MakeRoom() => FileSizeLimit.Lift(_cluster.Postmaster.ProcessId);

    /// <summary>Whether the server says that it is ready, and what it says is not.</summary>
    public async Task<(bool IsReady, string Detail)> ReadyAsync()
    {
        using HttpResponseMessage response = await Server.SendAsync(HttpMethod.Get, "/health/ready");
        JsonElement answer = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync());
        return (response.IsSuccessStatusCode, answer.TryGetProperty("detail", out JsonElement detail) ? detail.GetString()! : "");
    }

    public async Task<LoadUser> CreateUserAsync()
    {
        (string id, string email, string token) = await Server.CreateUserAsync();
        JsonElement card = await Server.PostAsync("/wallets/funding-sources", new { payment_method_id = "pm_card_visa" }, token);
        JsonElement bank = await Server.PostAsync("/wallets/funding-sources", new { payment_method_id = "pm_usBankAccount_success" }, token);
        return new LoadUser(id, email, token, card.GetProperty("id").GetString()!, bank.GetProperty("id").GetString()!);
    }

    /// <summary>Sends a wish of a user once, and gives the answer as it is.</summary>
    public async Task<HttpAnswer> SendAsync(LoadUser user, Operation wish)
    {
        string amount = $"{wish.Cents / 100}.{wish.Cents % 100:00}";
        (string path, object body) = wish.Kind switch
        {
            OperationKind.CardDeposit => ("/wallets/deposit", (object)new { amount, currency = "USD", source_id = user.CardId }),
            OperationKind.BankDeposit => ("/wallets/deposit", new { amount, currency = "USD", source_id = user.BankId }),
            OperationKind.Transfer => ("/wallets/transfers", new { to = wish.RecipientId, amount, currency = "USD" }),
            _ => ("/wallets/withdraw", new { amount, currency = "USD", destination_id = user.BankId }),
        };
        using HttpResponseMessage response = await Server.SendAsync(HttpMethod.Post, path, body, user.Token, wish.Key);
        return await HttpAnswer.ReadAsync(response);
    }

    public Task<T> QueryAsync<T>(string sql) => QueryAsync<T>(Owner, sql);

    public async ValueTask DisposeAsync()
    {
        MakeRoom();
        await Server.DisposeAsync();
        await Sandbox.DisposeAsync();
        await _admin.DisposeAsync();
        await Owner.DisposeAsync();
        await _cluster.DisposeAsync();
        await _folder.DisposeAsync();
    }

    private static NpgsqlDataSource Open(PrivateCluster cluster, string role, string password, string database)
    {
        NpgsqlConnectionStringBuilder connection = cluster.Address.Connection(role, password, database);
        connection.Pooling = false;
        return NpgsqlDataSource.Create(connection);
    }

    private static async Task ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<T> QueryAsync<T>(NpgsqlDataSource source, string sql)
    {
        await using NpgsqlCommand command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
