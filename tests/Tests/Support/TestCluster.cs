using Florin.Storage.Database;
using Florin.Storage.Database.Cluster;
using Florin.Tests.Support;
using Npgsql;

[assembly: Xunit.AssemblyFixture(typeof(TestClusterEnd))]

namespace Florin.Tests.Support;

/// <summary>The one PostgreSQL of a test run, started by the first test that asks for a database.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    public const string Template = "florin_template";

    // Little log between checkpoints keeps the folder small; nothing that makes a commit durable is weaker than in service.
    private static readonly ClusterSettings Settings = new(SharedMegabytes: 128, WalMegabytesMax: 512, ConnectionsMax: 400);
    private static readonly Lazy<Task<TestCluster>> One = new(StartAsync);

    private readonly TemporaryFolder _folder;
    private readonly PrivateCluster _cluster;
    private int _count;

    private TestCluster(TemporaryFolder folder, PrivateCluster cluster)
    {
        _folder = folder;
        _cluster = cluster;
        var connection = cluster.Address.Connection(PrivateCluster.Superuser, cluster.Secrets.Superuser, "postgres");
        connection.MaxPoolSize = 5;
        Admin = NpgsqlDataSource.Create(connection);
    }

    public static Task<TestCluster> GetAsync() => One.Value;

    public ClusterAddress Address => _cluster.Address;

    public ClusterSecrets Secrets => _cluster.Secrets;

    /// <summary>The superuser's connections.</summary>
    public NpgsqlDataSource Admin { get; }

    /// <summary>Makes a database that <c>florin_owner</c> owns.</summary>
    public async Task<string> CreateDatabaseAsync(string template)
    {
        var name = $"test_{Interlocked.Increment(ref _count)}";
        await ExecuteAsync($"create database {name} owner {Roles.Owner} template {template}");
        return name;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Admin.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public static async Task EndAsync()
    {
        if (One.IsValueCreated)
        {
            await (await One.Value).DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Admin.DisposeAsync();
        await _cluster.DisposeAsync();
        await _folder.DisposeAsync();
    }

    private static async Task<TestCluster> StartAsync()
    {
        TemporaryFolder.RemoveLeftovers();
        var folder = TemporaryFolder.Create();
        var cluster = await PrivateCluster.StartAsync(folder.Path, Settings, TimeProvider.System, _ => { }, CancellationToken.None);
        await ClusterRoles.EnsureAsync(cluster.Address, cluster.Secrets, CancellationToken.None);

        TestCluster made = new(folder, cluster);
        await made.ExecuteAsync($"create database {Template} owner {Roles.Owner}");
        var template = cluster.Address.Connection(Roles.Owner, cluster.Secrets.Owner, Template);
        template.Pooling = false;
        await using var owner = NpgsqlDataSource.Create(template);
        await new Migrator(owner, hasAppRole: true, TimeProvider.System, _ => { }).MigrateAsync(TestMigrations.All, CancellationToken.None);
        return made;
    }
}

/// <summary>Stops PostgreSQL at the end of the run.</summary>
internal sealed class TestClusterEnd : IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await TestCluster.EndAsync();
}
