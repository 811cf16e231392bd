namespace Florin.Storage.Database;

/// <summary>Which database a server uses.</summary>
public sealed record DatabaseOptions
{
    /// <summary>The folder of the private PostgreSQL; made when missing. Not used when there is a <see cref="Url"/>.</summary>
    public string DataFolder { get; init; } = "data";

    /// <summary>Another PostgreSQL, 15 or newer: a URL of libpq, or a connection string of Npgsql. Null for the private one.</summary>
    public string? Url { get; init; }

    /// <summary>
    /// When a server runs on the folder already, use its PostgreSQL instead of refusing: for commands beside a running server.
    /// </summary>
    public bool MayJoinRunningServer { get; init; }

    /// <summary>Told what takes long: an installation, a recovery, a migration.</summary>
    public Action<string> Progress { get; init; } = _ => { };
}
