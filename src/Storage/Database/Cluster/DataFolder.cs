using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Florin.Storage.Database.Cluster;

/// <summary>The folder of one server's data, held by one server at a time.</summary>
/// <remarks>
/// <c>lock</c> (held while a server lives), <c>postgres.secret</c> (mode 0600), <c>postgres.port</c>, and <c>postgres/</c>, which
/// belongs to the user that PostgreSQL runs as: <c>data/</c>, <c>run/</c> (its socket), <c>log</c>.
/// </remarks>
internal sealed class DataFolder : IDisposable
{
    // The longest path of a Unix socket is 107 bytes on Linux, 103 on macOS.
    private const int SocketPathBytesMax = 100;

    private const UnixFileMode PassableByOthers =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly FileStream? _lock;

    private DataFolder(string path, FileStream? held)
    {
        Path = path;
        _lock = held;
    }

    /// <summary>The real path, without links: what the kernel says of a process that works in it.</summary>
    public string Path { get; }

    public string Postgres => System.IO.Path.Combine(Path, "postgres");

    public string ClusterData => System.IO.Path.Combine(Postgres, "data");

    public string SocketFolder => System.IO.Path.Combine(Postgres, "run");

    public string Log => System.IO.Path.Combine(Postgres, "log");

    public string SecretFile => System.IO.Path.Combine(Path, "postgres.secret");

    private string PortFile => System.IO.Path.Combine(Path, "postgres.port");

    /// <summary>Whether the path of the socket is short enough, and free of what separates paths in PostgreSQL's setting.</summary>
    public bool MayUseSocket =>
        System.Text.Encoding.UTF8.GetByteCount(SocketFolder) + "/.s.PGSQL.65535".Length < SocketPathBytesMax
        && !SocketFolder.AsSpan().ContainsAny(",\"'");

    /// <summary>Makes the folder where it is missing, and holds it until disposed.</summary>
    /// <exception cref="DataFolderInUseException">Another server holds it.</exception>
    /// <exception cref="DataFolderException">It cannot be written.</exception>
    public static async Task<DataFolder> HoldAsync(string folder, CancellationToken cancellationToken)
    {
        var full = System.IO.Path.GetFullPath(folder);
        try
        {
            if (!Directory.Exists(full) && !OperatingSystem.IsWindows())
            {
                // PostgreSQL's own user has to pass through it when we are root; what is secret in it is closed file by file.
                Directory.CreateDirectory(full);
                File.SetUnixFileMode(full, PassableByOthers);
            }

            var real = await RealPathAsync(full, cancellationToken);
            FileStream held = new(
                System.IO.Path.Combine(real, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new DataFolder(real, held);
        }
        catch (IOException exception) when (IsHeldByAnother(exception))
        {
            throw new DataFolderInUseException(full);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataFolderException(
                $"The data folder {full} cannot be used ({exception.Message.TrimEnd('.')}): choose another one with --data.", exception);
        }
    }

    /// <summary>The major version of PostgreSQL that made the data; null when there is none yet.</summary>
    public int? ClusterVersion
    {
        get
        {
            var file = System.IO.Path.Combine(ClusterData, "PG_VERSION");
            return File.Exists(file) ? int.Parse(File.ReadAllText(file).Trim(), NumberStyles.None) : null;
        }
    }

    /// <summary>The folder of a server that runs, to look at without holding it.</summary>
    public static DataFolder RunningIn(string folder) => new(System.IO.Path.GetFullPath(folder), null);

    /// <summary>The port of last time when it is still free, else a free one, which is then kept.</summary>
    public int ChoosePort(bool another)
    {
        if (!another && LastPort is { } last && IsFree(last))
        {
            return last;
        }

        using Socket probe = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)probe.LocalEndPoint!).Port;
        File.WriteAllText(PortFile, port.ToString(CultureInfo.InvariantCulture) + "\n");
        return port;
    }

    /// <summary>The port that the cluster listened on last; null before its first start.</summary>
    public int? LastPort =>
        File.Exists(PortFile) && ushort.TryParse(File.ReadAllText(PortFile).Trim(), out var port) && port > 0 ? port : null;

    public void Dispose() => _lock?.Dispose();

    private static bool IsFree(int port)
    {
        using Socket probe = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task<string> RealPathAsync(string folder, CancellationToken cancellationToken)
    {
        var real = await Command.RunAsync("sh", ["-c", "cd \"$1\" && pwd -P", "sh", folder], "", cancellationToken);
        return real.Succeeded ? real.Output.TrimEnd('\n') : throw new IOException(real.LastLine);
    }

    // EWOULDBLOCK of flock(2): 11 on Linux, 35 on macOS.
    private static bool IsHeldByAnother(IOException exception) => exception.HResult is 11 or 35;
}
