namespace Florin.Storage.Database.Cluster;

/// <summary>A PostgreSQL of our own under the data folder: made on the first start, started and stopped with us.</summary>
internal sealed class PrivateCluster : IAsyncDisposable
{
    /// <summary>The first login, which makes the others; nothing else uses it.</summary>
    public const string Superuser = "postgres";

    private readonly DataFolder _folder;

    private PrivateCluster(DataFolder folder, ClusterSecrets secrets, Postmaster postmaster, int port)
    {
        _folder = folder;
        Secrets = secrets;
        Postmaster = postmaster;
        Address = ClusterAddress.Of(folder, port);
    }

    public ClusterSecrets Secrets { get; }

    public ClusterAddress Address { get; }

    public Postmaster Postmaster { get; }

    /// <exception cref="StartupRefusedException">With the one sentence that says why.</exception>
    public static async Task<PrivateCluster> StartAsync(
        string dataFolder, ClusterSettings settings, TimeProvider timeProvider, Action<string> progress, CancellationToken cancellationToken)
    {
        var folder = await DataFolder.HoldAsync(dataFolder, cancellationToken);
        try
        {
            var installation = await PostgresInstallation.FindOrInstallAsync(folder.ClusterVersion, progress, cancellationToken);
            var user = await PostgresUser.PrepareAsync(folder, cancellationToken);
            var secrets = ClusterSecrets.LoadOrCreate(folder);
            await ClusterCreation.CreateIfMissingAsync(folder, installation, user, secrets, progress, cancellationToken);

            ClusterStart start = new(folder, installation, user, secrets, settings, timeProvider, progress);
            var (postmaster, port) = await start.StartAsync(cancellationToken);
            return new PrivateCluster(folder, secrets, postmaster, port);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>The cluster of a server that runs on the folder now.</summary>
    /// <exception cref="DataFolderException">It has not got so far yet.</exception>
    public static (ClusterAddress Address, ClusterSecrets Secrets) Running(string dataFolder)
    {
        var folder = DataFolder.RunningIn(dataFolder);
        return folder.LastPort is { } port && ClusterSecrets.Load(folder.SecretFile) is { } secrets
            ? (ClusterAddress.Of(folder, port), secrets)
            : throw new DataFolderException($"The server on the data folder {folder.Path} is still starting: try again.");
    }

    /// <summary>Stops PostgreSQL, and lets the folder go.</summary>
    public async ValueTask DisposeAsync()
    {
        await Postmaster.DisposeAsync();
        _folder.Dispose();
    }
}
