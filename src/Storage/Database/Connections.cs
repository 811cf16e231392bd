using Npgsql;

namespace Florin.Storage.Database;

/// <summary>Makes the pools.</summary>
internal static class Connections
{
    /// <summary>Connections of the application; fewer than the private cluster allows, so that commands and auditors get in.</summary>
    public const int AppPoolMax = 60;

    public const int OwnerPoolMax = 10;

    private const int CommandTimeoutSeconds = 30;
    private const int ConnectTimeoutSeconds = 15;

    // Notices a server that is gone without a word; the operating system would take two hours.
    private const int KeepAliveSeconds = 30;

    // Statements that a connection keeps prepared, by use.
    private const int PreparedMax = 100;

    public static NpgsqlDataSource App(NpgsqlConnectionStringBuilder connection) => Build(connection, "florin", AppPoolMax);

    public static NpgsqlDataSource Owner(NpgsqlConnectionStringBuilder connection) => Build(connection, "florin owner", OwnerPoolMax);

    private static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder connection, string name, int poolMax)
    {
        NpgsqlConnectionStringBuilder own = new(connection.ConnectionString)
        {
            ApplicationName = name,
            MaxPoolSize = poolMax,
            CommandTimeout = CommandTimeoutSeconds,
            Timeout = ConnectTimeoutSeconds,
            KeepAlive = KeepAliveSeconds,
            TcpKeepAlive = true,
            MaxAutoPrepare = PreparedMax,
        };
        return NpgsqlDataSource.Create(own);
    }
}
