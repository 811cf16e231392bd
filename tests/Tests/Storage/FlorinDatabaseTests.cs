using Florin.Storage.Database;
using Florin.Storage.Database.Cluster;
using Florin.Storage.Ledger;
using Florin.Tests.Support;
using Microsoft.Extensions.Logging;
using Npgsql;
using Xunit;

namespace Florin.Tests.Storage;

public sealed class FlorinDatabaseTests
{
    private const string WhoAmI = "select current_user || ' of ' || session_user";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private readonly ListLogger _logger = new();

    [Fact]
    public async Task The_private_database_gives_the_application_its_own_login()
    {
        await using var folder = TemporaryFolder.Create();
        DatabaseOptions options = new() { DataFolder = Path.Combine(folder.Path, "data") };
        await using (var database = await StartAsync(options))
        {
            Assert.Equal("florin_app of florin_app", await ClusterLife.QueryAsync<string>(database.DataSource, WhoAmI));
            Assert.Equal("florin_owner of florin_owner", await ClusterLife.QueryAsync<string>(database.Owner, WhoAmI));
            Assert.False(database.Lost.IsCompleted);

            await using var outside = NpgsqlDataSource.Create(DatabaseUrl.Parse(database.Url));
            Assert.Equal("florin_owner of florin_owner", await ClusterLife.QueryAsync<string>(outside, WhoAmI));

            await using var command = await StartAsync(options with { MayJoinRunningServer = true });
            Assert.Equal(database.Url, command.Url);
            await Assert.ThrowsAsync<DataFolderInUseException>(() => StartAsync(options));
        }

        await using var again = await StartAsync(options);
        Assert.Equal(1L, await ClusterLife.QueryAsync<long>(again.Owner, "select count(*) from florin.schema_migrations where module = 'florin'"));
    }

    [Fact]
    public async Task The_ledger_has_connections_that_requests_cannot_take_and_ends_a_writer_that_hangs()
    {
        await using var folder = TemporaryFolder.Create();
        await using var cluster = await PrivateCluster.StartAsync(
            folder.Path, ClusterLife.Settings with { ConnectionsMax = 100 }, TimeProvider.System, _ => { }, Cancellation);
        await using var database = await StartAsync(new DatabaseOptions { Url = await MakeOutsiderAsync(cluster, "createrole") });
        Assert.Equal("5s", await ClusterLife.QueryAsync<string>(database.DataSource, "show idle_in_transaction_session_timeout"));
        Assert.Equal("florin_app of outsider", await ClusterLife.QueryAsync<string>(database.LedgerSource, WhoAmI));
        List<NpgsqlConnection> requests = [];
        for (var count = 0; count < Connections.AppPoolMax; count++)
        {
            requests.Add(await database.DataSource.OpenConnectionAsync(Cancellation));
        }

        // It works as a role, which may end no session of the login: it is ended as the login.
        await using var hung = await database.LedgerSource.OpenConnectionAsync(Cancellation);
        await using var next = await database.LedgerSource.OpenConnectionAsync(Cancellation);
        Assert.True(await WriterSession.TryLockAsync(hung, Cancellation));
        Assert.False(await WriterSession.TryLockAsync(next, Cancellation));
        await WriterSession.EndAsync(next, hung.ProcessID, Cancellation);
        Assert.True(await WriterSession.TryLockAsync(next, Cancellation));
        await Task.WhenAll(requests.Select(connection => connection.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task A_login_that_may_make_roles_works_as_the_application_also_from_the_pool()
    {
        await using var folder = TemporaryFolder.Create();
        await using var cluster = await ClusterLife.StartAsync(folder.Path);
        var url = await MakeOutsiderAsync(cluster, "createrole");
        await using var database = await StartAsync(new DatabaseOptions { Url = url });
        await ClusterLife.ExecuteAsync(database.Owner, "create table florin.row (id int); call florin.make_insert_only('florin.row')");

        for (var use = 0; use < 3; use++)
        {
            Assert.Equal("florin_app of outsider", await ClusterLife.QueryAsync<string>(database.DataSource, WhoAmI));
        }

        await ClusterLife.ExecuteAsync(database.DataSource, "insert into florin.row values (1)");
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => ClusterLife.ExecuteAsync(database.DataSource, "delete from florin.row"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
        Assert.Empty(_logger.Messages);
        Assert.Equal(url, database.Url);

        // A second server, or the next start, finds the role.
        await using var second = await StartAsync(new DatabaseOptions { Url = url });
        Assert.Equal("florin_app of outsider", await ClusterLife.QueryAsync<string>(second.DataSource, WhoAmI));
    }

    [Fact]
    public async Task A_login_that_may_not_make_roles_works_as_the_owner_says_so_and_the_triggers_guard()
    {
        await using var folder = TemporaryFolder.Create();
        await using var cluster = await ClusterLife.StartAsync(folder.Path);
        var url = await MakeOutsiderAsync(cluster, "nocreaterole");
        await using var database = await StartAsync(new DatabaseOptions { Url = url });
        await ClusterLife.ExecuteAsync(database.Owner, "create table florin.row (id int); call florin.make_insert_only('florin.row')");

        Assert.Equal("outsider of outsider", await ClusterLife.QueryAsync<string>(database.DataSource, WhoAmI));
        await ClusterLife.ExecuteAsync(database.DataSource, "insert into florin.row values (1)");
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => ClusterLife.ExecuteAsync(database.DataSource, "delete from florin.row"));
        Assert.Equal(PostgresErrorCodes.RestrictViolation, refusal.SqlState);
        Assert.Contains("only triggers guard the ledger", Assert.Single(_logger.Messages), StringComparison.Ordinal);

        // A role that somebody makes later has none of the rights that the migrations would have given it.
        await using var admin = ClusterLife.Connect(cluster);
        await ClusterLife.ExecuteAsync(admin, "create role florin_app; grant florin_app to outsider");
        await using var later = await StartAsync(new DatabaseOptions { Url = url });
        Assert.Equal("outsider of outsider", await ClusterLife.QueryAsync<string>(later.DataSource, WhoAmI));
    }

    [Theory]
    [InlineData("synchronous_commit")]
    public async Task A_database_that_may_lose_commits_is_refused(string setting)
    {
        await using var db = await TestDatabase.CreateEmptyAsync();
        await db.ExecuteAsync($"alter database {db.Name} set {setting} = off");

        var refusal = await Assert.ThrowsAsync<DatabaseRefusedException>(() => StartAsync(new DatabaseOptions { Url = db.OwnerUrl }));
        Assert.Equal($"The database may lose what it has acknowledged, because {setting} is off: turn it on.", refusal.Message);
    }

    [Fact]
    public async Task A_database_out_of_reach_is_named_without_its_password()
    {
        await using var db = await TestDatabase.CreateEmptyAsync();
        var url = db.OwnerUrl.Replace(db.Name, "absent", StringComparison.Ordinal);

        var refusal = await Assert.ThrowsAsync<DatabaseRefusedException>(() => StartAsync(new DatabaseOptions { Url = url }));
        Assert.Contains("/absent cannot be used", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(DatabaseUrl.Parse(url).Password!, refusal.ToString(), StringComparison.Ordinal);
    }

    private Task<FlorinDatabase> StartAsync(DatabaseOptions options) =>
        FlorinDatabase.StartAsync(options, [FlorinSchema.Migrations], TimeProvider.System, _logger, TestContext.Current.CancellationToken);

    private static async Task<string> MakeOutsiderAsync(PrivateCluster cluster, string right)
    {
        await using var admin = ClusterLife.Connect(cluster);
        await ClusterLife.ExecuteAsync(admin, $"create role outsider login {right} password 'p@ss:w/rd%'");
        await ClusterLife.ExecuteAsync(admin, "create database other owner outsider");
        return $"postgresql://outsider:p%40ss%3Aw%2Frd%25@127.0.0.1:{cluster.Address.Port}/other";
    }

    private sealed class ListLogger : ILogger
    {
        public List<string> Messages { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Messages.Add(formatter(state, exception));
    }
}
