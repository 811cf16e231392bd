using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Florin.Storage.Database;
using Florin.Storage.Database.Cluster;
using Npgsql;

namespace Florin.Benchmarks;

/// <summary>A private PostgreSQL with the settings of service, in a folder of its own that goes at the end.</summary>
internal sealed partial class BenchCluster : IAsyncDisposable
{
    private readonly string _folder;
    private readonly PrivateCluster _cluster;

    private BenchCluster(string folder, PrivateCluster cluster)
    {
        _folder = folder;
        _cluster = cluster;
    }

    public static async Task<BenchCluster> StartAsync(CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("florin-bench-").FullName;
        if (!OperatingSystem.IsWindows())
        {
            // PostgreSQL never runs as root: its own user passes through.
            File.SetUnixFileMode(folder, (UnixFileMode)Convert.ToInt32("755", 8));
        }

        Report.Progress($"starting PostgreSQL in {folder}");
        PrivateCluster cluster = await PrivateCluster.StartAsync(
            folder, ClusterSettings.ForThisMachine(), TimeProvider.System, Report.Progress, cancellationToken);
        await ClusterRoles.EnsureAsync(cluster.Address, cluster.Secrets, cancellationToken);
        BenchCluster made = new(folder, cluster);
        await using NpgsqlDataSource admin = NpgsqlDataSource.Create(made.Admin("postgres"));
        await WrittenLog.FillAsync(admin, cancellationToken);
        return made;
    }

    public async Task<string> VersionAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlDataSource admin = NpgsqlDataSource.Create(Admin("postgres"));
        await using NpgsqlCommand command = admin.CreateCommand("show server_version");
        return (string)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>A fresh database with the ledger's tables.</summary>
    /// <returns>The pool of the ledger, as in service, and the owner's.</returns>
    public async Task<(NpgsqlDataSource App, NpgsqlDataSource Owner)> CreateLedgerAsync(string name, CancellationToken cancellationToken)
    {
        await CreateAsync(name, cancellationToken);
        NpgsqlDataSource owner = Connections.Owner(_cluster.Address.Connection(Roles.Owner, _cluster.Secrets.Owner, name));
        await new Migrator(owner, hasAppRole: true, TimeProvider.System, _ => { })
            .MigrateAsync([FlorinSchema.Migrations, LedgerStorage.Migrations], cancellationToken);
        return (Connections.Ledger(_cluster.Address.Connection(Roles.App, _cluster.Secrets.App, name)), owner);
    }

    /// <summary>TPC-B transactions a second of <c>pgbench -M prepared</c> on this server.</summary>
    public async Task<double> PgbenchAsync(int scale, int clients, int threads, int seconds, CancellationToken cancellationToken)
    {
        await CreateAsync("tpcb", cancellationToken);
        await RunPgbenchAsync($"-i -q -s {scale}", cancellationToken);
        string output = await RunPgbenchAsync($"-M prepared -c {clients} -j {threads} -T {seconds}", cancellationToken);
        return double.Parse(Tps().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    /// <summary>Writes dirty pages out, so that one measurement does not pay for the one before.</summary>
    public async Task CheckpointAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlDataSource admin = NpgsqlDataSource.Create(Admin("postgres"));
        await WrittenLog.CheckpointAsync(admin, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await _cluster.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task CreateAsync(string name, CancellationToken cancellationToken)
    {
        await using NpgsqlDataSource admin = NpgsqlDataSource.Create(Admin("postgres"));
        await using NpgsqlCommand command = admin.CreateCommand($"create database {name} owner {Roles.Owner}");
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private NpgsqlConnectionStringBuilder Admin(string database) =>
        _cluster.Address.Connection(PrivateCluster.Superuser, _cluster.Secrets.Superuser, database);

    private async Task<string> RunPgbenchAsync(string arguments, CancellationToken cancellationToken)
    {
        PostgresInstallation installation = await PostgresInstallation.FindOrInstallAsync(null, Report.Progress, cancellationToken);
        NpgsqlConnectionStringBuilder admin = Admin("tpcb");
        string beside = installation.Program("pgbench");
        ProcessStartInfo start = new(File.Exists(beside) ? beside : "pgbench", $"{arguments} -h {admin.Host} -p {admin.Port} -U {admin.Username} tpcb")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["PGPASSWORD"] = admin.Password },
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"pgbench {arguments}: {await errors}");
    }

    [GeneratedRegex(@"tps = ([0-9.]+)")]
    private static partial Regex Tps();
}
