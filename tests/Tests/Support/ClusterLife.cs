using Florin.Storage.Database.Cluster;
using Npgsql;

namespace Florin.Tests.Support;

/// <summary>What the tests of a cluster's life have in common.</summary>
internal static class ClusterLife
{
    public static ClusterSettings Settings { get; } = new(SharedMegabytes: 32, WalMegabytesMax: 128, ConnectionsMax: 20);

    public static Task<PrivateCluster> StartAsync(string folder, Action<string>? progress = null) =>
        PrivateCluster.StartAsync(folder, Settings, TimeProvider.System, progress ?? (_ => { }), CancellationToken.None);

    /// <summary>A pool of the superuser.</summary>
    public static NpgsqlDataSource Connect(ClusterAddress address, ClusterSecrets secrets, string? database = null) =>
        NpgsqlDataSource.Create(address.Connection(PrivateCluster.Superuser, secrets.Superuser, database ?? "postgres"));

    public static NpgsqlDataSource Connect(PrivateCluster cluster) => Connect(cluster.Address, cluster.Secrets);

    public static async Task ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public static async Task<T> QueryAsync<T>(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Waits for the end of a process that is not our child.</summary>
    public static async Task EndOfAsync(int processId)
    {
        while (UnixProcess.IsAlive(processId))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
