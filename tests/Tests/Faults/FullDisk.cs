using System.Text.Json;
using Florin.Storage.Database.Cluster;
using Florin.Tests.Support;
using Npgsql;

namespace Florin.Tests.Faults;

/// <summary>One real server, its provider, and a PostgreSQL of their own whose disk can be made full.</summary>
internal sealed class FullDisk : IAsyncDisposable
{
    private const string Database = "small";

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
        await FileSizeLimit.SetAsync(_cluster.Postmaster.ProcessId);
        foreach (string file in files.Split(' '))
        {
            // Pages of zeros, as after a crash in the middle of growing: PostgreSQL takes them for empty ones. They take no room on the real disk.
            await using FileStream stream = new(Path.Combine(folder, file), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            stream.SetLength(FileSizeLimit.WalSegmentBytes);
        }
    }

    public Task MakeRoomAsync() => FileSizeLimit.LiftAsync(_cluster.Postmaster.ProcessId);

    /// <summary>Whether the server says that it is ready, and what it says is not.</summary>
    public async Task<(bool IsReady, string Detail)> ReadyAsync()
    {
        using HttpResponseMessage response = await Server.SendAsync(HttpMethod.Get, "/health/ready");
        JsonElement answer = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync());
        return (response.IsSuccessStatusCode, answer.TryGetProperty("detail", out JsonElement detail) ? detail.GetString()! : "");
    }

    public Task<LoadUser> CreateUserAsync() => MovementSender.CreateUserAsync(Server);

    public Task<HttpAnswer> SendAsync(LoadUser user, Operation wish) => MovementSender.SendAsync(Server, user, wish);

    public Task<T> QueryAsync<T>(string sql) => QueryAsync<T>(Owner, sql);

    public async ValueTask DisposeAsync()
    {
        await MakeRoomAsync();
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
