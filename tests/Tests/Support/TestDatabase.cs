using Florin.Storage.Database;
using Florin.Storage.Database.Cluster;
using Npgsql;

namespace Florin.Tests.Support;

/// <summary>A fresh database of one test, on the one PostgreSQL of the run.</summary>
/// <example><code>await using var db = await TestDatabase.CreateAsync();</code></example>
public sealed class TestDatabase : IDatabase, IAsyncDisposable
{
    // Many tests run at once, each with a few connections.
    private const int PoolMax = 40;

    private readonly TestCluster _cluster;

    private TestDatabase(TestCluster cluster, string name)
    {
        _cluster = cluster;
        Name = name;
        DataSource = Open(Roles.App, cluster.Secrets.App);
        Owner = Open(Roles.Owner, cluster.Secrets.Owner);
    }

    public string Name { get; }

    /// <summary>What the server has: the role <c>florin_app</c>.</summary>
    public NpgsqlDataSource DataSource { get; }

    /// <summary>The password of <c>florin_app</c>, for connections with other settings.</summary>
    public string AppPassword => _cluster.Secrets.App;

    /// <summary>The owner's connections: the independent judge.</summary>
    public NpgsqlDataSource Owner { get; }

    /// <summary>The owner's address, for a process of its own: as <c>--database-url</c>.</summary>
    public string OwnerUrl => _cluster.Address.Url(Roles.Owner, _cluster.Secrets.Owner, Name);

    /// <summary>With every module's migrations applied.</summary>
    public static async Task<TestDatabase> CreateAsync() => await CreateFromAsync(TestCluster.Template);

    /// <summary>With nothing in it: for tests of migrations.</summary>
    public static async Task<TestDatabase> CreateEmptyAsync() => await CreateFromAsync("template1");

    /// <summary>One value, asked by the owner.</summary>
    public async Task<T> QueryAsync<T>(string sql)
    {
        await using var command = Owner.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>A statement, run by the owner.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var command = Owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        await Owner.DisposeAsync();

        // The database stays until the folder goes at the end of the run: to drop it costs a checkpoint, more than to make it.
    }

    private static async Task<TestDatabase> CreateFromAsync(string template)
    {
        var cluster = await TestCluster.GetAsync();
        return new TestDatabase(cluster, await cluster.CreateDatabaseAsync(template));
    }

    private NpgsqlDataSource Open(string role, string password)
    {
        var connection = _cluster.Address.Connection(role, password, Name);
        connection.MaxPoolSize = PoolMax;
        return NpgsqlDataSource.Create(connection);
    }
}
