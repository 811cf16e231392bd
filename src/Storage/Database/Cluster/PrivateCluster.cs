namespace Florin.Storage.Database.Cluster;

/// <summary>A PostgreSQL of our own under the data folder: made on the first start, started and stopped with us.</summary>
/// <remarks>When it ends without being told to, it is started again on the same address; the connections of then are broken.</remarks>
internal sealed class PrivateCluster : IAsyncDisposable
{
    /// <summary>The first login, which makes the others; nothing else uses it.</summary>
    public const string Superuser = "postgres";

    // One that dies again so soon will not get better by itself.
    private const int QuickDeathsMax = 5;
    private static readonly TimeSpan QuickDeath = TimeSpan.FromSeconds(10);

    private readonly DataFolder _folder;
    private readonly ClusterStart _start;
    private readonly TimeProvider _timeProvider;
    private readonly Action<string> _progress;
    private readonly CancellationTokenSource _stopping = new();

    private PrivateCluster(
        DataFolder folder,
        ClusterStart start,
        ClusterSecrets secrets,
        Postmaster postmaster,
        int port,
        TimeProvider timeProvider,
        Action<string> progress)
    {
        _folder = folder;
        _start = start;
        _timeProvider = timeProvider;
        _progress = progress;
        Secrets = secrets;
        Postmaster = postmaster;
        Address = ClusterAddress.Of(folder, port);
        Lost = SuperviseAsync();
    }

    public ClusterSecrets Secrets { get; }

    public ClusterAddress Address { get; }

    public Postmaster Postmaster { get; private set; }

    /// <summary>Fails with a <see cref="DataFolderException"/> when PostgreSQL ended and cannot be started again.</summary>
    public Task Lost { get; }

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

            // Before a new cluster has their folder's name: PostgreSQL writes its control file by the whole path, so that one whose
            // folder was removed would, when it stops, put its own state into the new cluster, which then never starts.
            await new OrphanPostgres(folder, timeProvider, progress).StopAsync(cancellationToken);
            await ClusterCreation.CreateIfMissingAsync(folder, installation, user, secrets, progress, cancellationToken);

            ClusterStart start = new(folder, installation, user, secrets, settings, timeProvider, progress);
            var (postmaster, port) = await start.StartAsync(null, cancellationToken);
            return new PrivateCluster(folder, start, secrets, postmaster, port, timeProvider, progress);
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
        await _stopping.CancelAsync();
        await Lost.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Postmaster.DisposeAsync();
        _folder.Dispose();
        _stopping.Dispose();
    }

    private async Task SuperviseAsync()
    {
        var quickDeaths = 0;
        var upSince = _timeProvider.GetTimestamp();
        while (await HasDiedAsync())
        {
            quickDeaths = _timeProvider.GetElapsedTime(upSince) < QuickDeath ? quickDeaths + 1 : 0;
            if (quickDeaths > QuickDeathsMax)
            {
                throw new DataFolderException($"PostgreSQL ended {quickDeaths} times in a row (see {_folder.Log})");
            }

            _progress("PostgreSQL ended unexpectedly: starting it again");
            await Postmaster.DisposeAsync();
            try
            {
                (Postmaster, _) = await _start.StartAsync(Address.Port, _stopping.Token);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }

            upSince = _timeProvider.GetTimestamp();
            _progress("PostgreSQL is back");
        }
    }

    /// <returns>False when we stop.</returns>
    private async Task<bool> HasDiedAsync()
    {
        try
        {
            await Postmaster.Exited.WaitAsync(_stopping.Token);
            return !_stopping.IsCancellationRequested;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
