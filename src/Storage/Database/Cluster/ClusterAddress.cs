using Npgsql;

namespace Florin.Storage.Database.Cluster;

/// <summary>Where a private cluster listens.</summary>
/// <param name="SocketFolder">The folder of its Unix socket, which is faster than TCP; null when it has none.</param>
internal sealed record ClusterAddress(string? SocketFolder, int Port)
{
    public static ClusterAddress Of(DataFolder folder, int port) => new(folder.MayUseSocket ? folder.SocketFolder : null, port);

    public NpgsqlConnectionStringBuilder Connection(string user, string password, string database) => new()
    {
        Host = SocketFolder ?? "127.0.0.1",
        Port = Port,
        Username = user,
        Password = password,
        Database = database,
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
    };

    /// <summary>For programs outside, which know TCP and the URLs of libpq.</summary>
    public string Url(string user, string password, string database) => $"postgresql://{user}:{password}@127.0.0.1:{Port}/{database}";
}
