using Npgsql;

namespace Florin.Storage.Database;

/// <summary>Makes the pools.</summary>
internal static class Connections
{
    /// <summary>Connections of the application; fewer than the private cluster allows, so that commands and auditors get in.</summary>
    public const int AppPoolMax = 60;

    public const int OwnerPoolMax = 10;

    /// <summary>Connections of the ledger: the writer, the lease, a checkpoint, reads for commands.</summary>
    public const int LedgerPoolMax = 8;

    private const int CommandTimeoutSeconds = 30;
    private const int ConnectTimeoutSeconds = 15;

    // Notices a server that is gone without a word; the operating system would take two hours.
    private const int KeepAliveSeconds = 30;

    private const int LedgerConnectTimeoutSeconds = 5;
    private const int LedgerKeepAliveSeconds = 5;
    private const int LedgerCancellationMilliseconds = 500;

    // How the server finds that a writer's machine is gone, which would else hold the writer's lock for hours. Without meaning on a Unix socket.
    private const string LedgerSessionSettings =
        "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c tcp_user_timeout=10000";

    // A server that hangs in the middle of a transaction holds rows that others need, the ledger's writer among them: PostgreSQL ends it.
    private const string AppSessionSettings = "-c idle_in_transaction_session_timeout=5000";

    // Statements that a connection keeps prepared, by use.
    private const int PreparedMax = 100;

    public static NpgsqlDataSource App(NpgsqlConnectionStringBuilder connection)
    {
        NpgsqlConnectionStringBuilder own = With(connection, AppSessionSettings);

        // Nothing of the application leaves anything in a session; to reset one costs as much as most of its statements.
        own.NoResetOnClose = true;
        return Build(own, "florin", AppPoolMax);
    }

    /// <summary>Few, quick to notice that the other side is gone, and apart from those of requests.</summary>
    public static NpgsqlDataSource Ledger(NpgsqlConnectionStringBuilder connection)
    {
        NpgsqlConnectionStringBuilder own = With(connection, LedgerSessionSettings);
        own.CancellationTimeout = LedgerCancellationMilliseconds;
        return Build(own, "florin ledger", LedgerPoolMax, LedgerConnectTimeoutSeconds, LedgerKeepAliveSeconds);
    }

    public static NpgsqlDataSource Owner(NpgsqlConnectionStringBuilder connection) => Build(connection, "florin owner", OwnerPoolMax);

    private static NpgsqlConnectionStringBuilder With(NpgsqlConnectionStringBuilder connection, string sessionSettings) =>
        new(connection.ConnectionString) { Options = $"{connection.Options} {sessionSettings}".Trim() };

    private static NpgsqlDataSource Build(
        NpgsqlConnectionStringBuilder connection,
        string name,
        int poolMax,
        int connectTimeoutSeconds = ConnectTimeoutSeconds,
        int keepAliveSeconds = KeepAliveSeconds)
    {
        NpgsqlConnectionStringBuilder own = new(connection.ConnectionString)
        {
            ApplicationName = name,
            MaxPoolSize = poolMax,
            CommandTimeout = CommandTimeoutSeconds,
            Timeout = connectTimeoutSeconds,
            KeepAlive = keepAliveSeconds,
            TcpKeepAlive = true,
            MaxAutoPrepare = PreparedMax,
        };
        return NpgsqlDataSource.Create(own);
    }
}
