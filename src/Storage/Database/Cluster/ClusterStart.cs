using Npgsql;

namespace Florin.Storage.Database.Cluster;

/// <summary>Brings PostgreSQL up on the folder, whatever the last run left behind.</summary>
internal sealed class ClusterStart(
    DataFolder folder,
    PostgresInstallation installation,
    PostgresUser user,
    ClusterSecrets secrets,
    ClusterSettings settings,
    TimeProvider timeProvider,
    Action<string> progress)
{
    private const int AttemptsMax = 60;
    private const long LogBytesMax = 16 << 20;

    /// <summary>How long it may read its log again after a crash.</summary>
    private static readonly TimeSpan RecoveryTimeout = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(500);

    /// <param name="samePort">The port that connections know already; null for any free one.</param>
    /// <returns>The running PostgreSQL, which accepts connections, and its port.</returns>
    /// <exception cref="DataFolderException">It does not start; the message holds its own last words.</exception>
    public async Task<(Postmaster Postmaster, int Port)> StartAsync(int? samePort, CancellationToken cancellationToken)
    {
        OrphanPostgres orphans = new(folder, timeProvider, progress);
        await orphans.StopAsync(cancellationToken);
        await TrimLogAsync(cancellationToken);
        var port = samePort ?? folder.ChoosePort(another: false);
        for (var attempt = 1; ; attempt++)
        {
            var logStart = LogLength();
            var postmaster = await LaunchAsync(port, cancellationToken);
            try
            {
                if (await IsReadyAsync(postmaster, port, cancellationToken))
                {
                    return (postmaster, port);
                }
            }
            catch
            {
                await postmaster.DisposeAsync();
                throw;
            }

            await postmaster.DisposeAsync();
            var lastWords = LogSince(logStart);
            if (attempt == AttemptsMax || Remedy(lastWords) is not { } remedy)
            {
                throw new DataFolderException($"PostgreSQL does not start on {folder.ClusterData}: {FatalLine(lastWords)} (see {folder.Log})");
            }

            if (remedy == StartRemedy.AnotherPort && samePort is null)
            {
                port = folder.ChoosePort(another: true);
                continue;
            }

            await orphans.StopAsync(cancellationToken);
            await Task.Delay(RetryInterval, timeProvider, cancellationToken);
        }
    }

    private enum StartRemedy
    {
        AnotherPort,
        WaitForOrphans,
    }

    private static StartRemedy? Remedy(string lastWords) => lastWords switch
    {
        _ when lastWords.Contains("could not create any TCP/IP sockets", StringComparison.Ordinal) => StartRemedy.AnotherPort,
        _ when lastWords.Contains("Address already in use", StringComparison.Ordinal) => StartRemedy.AnotherPort,
        _ when lastWords.Contains("pre-existing shared memory block", StringComparison.Ordinal) => StartRemedy.WaitForOrphans,
        _ when lastWords.Contains("already exists", StringComparison.Ordinal) => StartRemedy.WaitForOrphans,
        _ => null,
    };

    private Task<Postmaster> LaunchAsync(int port, CancellationToken cancellationToken) => Postmaster.LaunchAsync(
        user,
        folder.Log,
        [installation.Program("postgres"), "-D", folder.ClusterData, .. settings.Arguments(folder, port)],
        timeProvider,
        cancellationToken);

    /// <returns>False when it ended instead.</returns>
    private async Task<bool> IsReadyAsync(Postmaster postmaster, int port, CancellationToken cancellationToken)
    {
        var connection = ClusterAddress.Of(folder, port).Connection(PrivateCluster.Superuser, secrets.Superuser, "postgres");
        connection.Pooling = false;
        connection.Timeout = 5;
        var start = timeProvider.GetTimestamp();
        var toldAt = start;
        while (!postmaster.Exited.IsCompleted)
        {
            if (await AcceptsAsync(connection.ConnectionString, cancellationToken))
            {
                return true;
            }

            if (timeProvider.GetElapsedTime(start) > RecoveryTimeout)
            {
                throw new DataFolderException($"PostgreSQL was not ready after {RecoveryTimeout.TotalMinutes:0} minutes (see {folder.Log})");
            }

            if (timeProvider.GetElapsedTime(toldAt) > ProgressInterval)
            {
                toldAt = timeProvider.GetTimestamp();
                progress($"waiting for PostgreSQL, {timeProvider.GetElapsedTime(start).TotalSeconds:0} s (it recovers after a crash)");
            }

            await Task.WhenAny(postmaster.Exited, Task.Delay(ProbeInterval, timeProvider, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }

        return false;
    }

    private async Task<bool> AcceptsAsync(string connectionString, CancellationToken cancellationToken)
    {
        try
        {
            await using NpgsqlConnection connection = new(connectionString);
            await connection.OpenAsync(cancellationToken);
            return true;
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.InvalidPassword)
        {
            throw new DataFolderException(
                $"The passwords in {folder.SecretFile} are not those of the cluster: restore the file, or choose another data folder with --data.",
                exception);
        }
        catch (NpgsqlException)
        {
            // Not listening yet, or still recovering.
            return false;
        }
    }

    private long LogLength() => File.Exists(folder.Log) ? new FileInfo(folder.Log).Length : 0;

    private string LogSince(long start)
    {
        using FileStream log = new(folder.Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        log.Seek(start, SeekOrigin.Begin);
        using StreamReader reader = new(log);
        return reader.ReadToEnd();
    }

    private static string FatalLine(string lastWords)
    {
        var lines = lastWords.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.LastOrDefault(line => line.Contains("FATAL:", StringComparison.Ordinal)) ?? lines.LastOrDefault() ?? "it said nothing";
    }

    // One older log is kept.
    private async Task TrimLogAsync(CancellationToken cancellationToken)
    {
        if (LogLength() > LogBytesMax)
        {
            await user.RunAsync(["mv", "-f", folder.Log, folder.Log + ".1"], "", cancellationToken);
        }
    }
}
