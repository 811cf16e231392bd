using Florin.Storage.Database.Cluster;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Florin.Storage.Database;

/// <summary>The database of a server: started before everything else, migrated, checked, and stopped after everything else.</summary>
public sealed class FlorinDatabase : IDatabase, IAsyncDisposable
{
    private readonly PrivateCluster? _cluster;

    private FlorinDatabase(NpgsqlDataSource app, NpgsqlDataSource ledger, NpgsqlDataSource owner, string url, PrivateCluster? cluster)
    {
        DataSource = app;
        LedgerSource = ledger;
        Owner = owner;
        Url = url;
        _cluster = cluster;
    }

    public NpgsqlDataSource DataSource { get; }

    /// <inheritdoc/>
    public NpgsqlDataSource LedgerSource { get; }

    /// <summary>No other server can use it: it is private to this one.</summary>
    public bool IsPrivate => _cluster is not null;

    /// <summary>Connections of the owner: for migrations and for commands of the operator, not for requests.</summary>
    public NpgsqlDataSource Owner { get; }

    /// <summary>The owner's address as a URL of libpq, for programs outside. It holds the password: never log it.</summary>
    public string Url { get; }

    /// <summary>
    /// Fails with a <see cref="StartupRefusedException"/> when the private PostgreSQL ended and cannot be started again: the server
    /// has to stop. Never completes for a PostgreSQL that is not ours.
    /// </summary>
    public Task Lost => _cluster?.Lost ?? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);

    /// <summary>Starts or reaches PostgreSQL, and brings its schema to this program's version.</summary>
    /// <param name="migrations">Of every module, in any order; <see cref="FlorinSchema.Migrations"/> is always among them.</param>
    /// <param name="cancellationToken">Honoured throughout; what was started is stopped.</param>
    /// <exception cref="StartupRefusedException">It cannot be used; the message is one sentence for the operator.</exception>
    public static async Task<FlorinDatabase> StartAsync(
        DatabaseOptions options,
        IEnumerable<MigrationSet> migrations,
        TimeProvider timeProvider,
        ILogger logger,
        CancellationToken cancellationToken)
    {
        MigrationSet[] sets = [FlorinSchema.Migrations, .. migrations.Where(set => set != FlorinSchema.Migrations)];
        if (options.Url is not null)
        {
            return await ReachAsync(options, sets, timeProvider, logger, cancellationToken);
        }

        var settings = ClusterSettings.ForThisMachine();
        PrivateCluster cluster;
        try
        {
            cluster = await PrivateCluster.StartAsync(options.DataFolder, settings, timeProvider, options.Progress, cancellationToken);
        }
        catch (DataFolderInUseException) when (options.MayJoinRunningServer)
        {
            var (address, secrets) = PrivateCluster.Running(options.DataFolder);
            return await OpenAsync(address, secrets, null, sets, timeProvider, options.Progress, cancellationToken);
        }

        try
        {
            await ClusterRoles.EnsureAsync(cluster.Address, cluster.Secrets, cancellationToken);
            return await OpenAsync(cluster.Address, cluster.Secrets, cluster, sets, timeProvider, options.Progress, cancellationToken);
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        await LedgerSource.DisposeAsync();
        await Owner.DisposeAsync();
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    private static async Task<FlorinDatabase> OpenAsync(
        ClusterAddress address,
        ClusterSecrets secrets,
        PrivateCluster? cluster,
        MigrationSet[] sets,
        TimeProvider timeProvider,
        Action<string> progress,
        CancellationToken cancellationToken)
    {
        var owner = Connections.Owner(address.Connection(Roles.Owner, secrets.Owner, ClusterRoles.Database));
        var app = Connections.App(address.Connection(Roles.App, secrets.App, ClusterRoles.Database));
        var ledger = Connections.Ledger(address.Connection(Roles.App, secrets.App, ClusterRoles.Database));
        try
        {
            await new Migrator(owner, hasAppRole: true, timeProvider, progress).MigrateAsync(sets, cancellationToken);
            await ServerCheck.RequireDurableAsync(app, cancellationToken);
            return new FlorinDatabase(app, ledger, owner, address.Url(Roles.Owner, secrets.Owner, ClusterRoles.Database), cluster);
        }
        catch
        {
            await app.DisposeAsync();
            await ledger.DisposeAsync();
            await owner.DisposeAsync();
            throw;
        }
    }

    private static async Task<FlorinDatabase> ReachAsync(
        DatabaseOptions options, MigrationSet[] sets, TimeProvider timeProvider, ILogger logger, CancellationToken cancellationToken)
    {
        var address = DatabaseUrl.Parse(options.Url!);
        var owner = Connections.Owner(address);
        NpgsqlDataSource? app = null;
        NpgsqlDataSource? ledger = null;
        try
        {
            await ServerCheck.RequireVersionAsync(owner, address, cancellationToken);
            ExternalDatabase external = new(owner, address, logger);
            var hasAppRole = await external.EnsureAppRoleAsync(cancellationToken);
            await new Migrator(owner, hasAppRole, timeProvider, options.Progress).MigrateAsync(sets, cancellationToken);
            (app, ledger) = await external.OpenAppAsync(hasAppRole, cancellationToken);
            await ServerCheck.RequireDurableAsync(app, cancellationToken);
            return new FlorinDatabase(app, ledger, owner, DatabaseUrl.Format(address), null);
        }
        catch
        {
            await owner.DisposeAsync();
            if (app is not null)
            {
                await app.DisposeAsync();
            }

            if (ledger is not null)
            {
                await ledger.DisposeAsync();
            }

            throw;
        }
    }
}
