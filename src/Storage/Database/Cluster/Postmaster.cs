using System.Diagnostics;
using System.Globalization;

namespace Florin.Storage.Database.Cluster;

/// <summary>A running PostgreSQL, which ends when we end, however we end.</summary>
/// <remarks>
/// A small shell in a session of its own starts it and waits on a pipe from us. When the pipe closes, because we say so or because
/// we were killed, the shell stops PostgreSQL with a fast shutdown. Ctrl-C on the terminal reaches neither of them, so that the
/// server can finish its work first.
/// </remarks>
internal sealed class Postmaster : IAsyncDisposable
{
    // The shell ignores what a terminal or a service manager may send to everything at once. PostgreSQL installs its own handlers.
    // A background command reads from /dev/null unless told otherwise, hence the copy of the pipe.
    private const string Guard =
        """
        trap '' INT TERM HUP QUIT
        log=$1; shift
        exec 3<&0 </dev/null
        "$@" 3<&- >>"$log" 2>&1 &
        postgres=$!
        echo $postgres
        { read -r _ <&3; kill -INT $postgres 2>/dev/null; } >/dev/null 2>&1 &
        reader=$!
        exec 3<&-
        wait $postgres
        code=$?
        kill -KILL $reader 2>/dev/null
        exit $code
        """;

    private static readonly TimeSpan FastStopTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan HardStopTimeout = TimeSpan.FromSeconds(10);

    private readonly Process _guard;
    private readonly TimeProvider _timeProvider;
    private bool _disposed;

    private Postmaster(Process guard, int processId, TimeProvider timeProvider)
    {
        _guard = guard;
        _timeProvider = timeProvider;
        ProcessId = processId;
        GuardId = guard.Id;
        Exited = guard.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>The process that accepts connections.</summary>
    public int ProcessId { get; }

    /// <summary>The shell that stops it.</summary>
    public int GuardId { get; }

    /// <summary>Completes when PostgreSQL has ended, for whatever reason.</summary>
    public Task Exited { get; }

    /// <param name="command">The whole command, as the user that PostgreSQL runs as.</param>
    public static async Task<Postmaster> LaunchAsync(
        PostgresUser user, string log, string[] command, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        string[] guarded = [.. OwnSession(), .. user.Wrap(["/bin/sh", "-c", Guard, "florin-postgres-guard", log, .. command])];
        ProcessStartInfo start = new(guarded[0], guarded[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach (var (name, value) in PostgresUser.PlainMessages)
        {
            start.Environment[name] = value;
        }

        var guard = Process.Start(start) ?? throw new UnreachableException();
        var line = await guard.StandardOutput.ReadLineAsync(cancellationToken);
        if (!int.TryParse(line, NumberStyles.None, null, out var processId))
        {
            var said = await guard.StandardError.ReadToEndAsync(cancellationToken);
            throw new DataFolderException($"PostgreSQL could not be started: {said.Trim()}");
        }

        return new Postmaster(guard, processId, timeProvider);
    }

    /// <summary>Stops it: fast, then at once, then by force; each bounded.</summary>
    private async Task StopAsync()
    {
        _guard.StandardInput.Close();
        if (await HasExitedWithinAsync(FastStopTimeout))
        {
            return;
        }

        UnixProcess.Signal(ProcessId, UnixProcess.Quit);
        if (!await HasExitedWithinAsync(HardStopTimeout))
        {
            UnixProcess.Signal(ProcessId, UnixProcess.Kill);
            await Exited;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            await StopAsync();
            _guard.Dispose();
        }
    }

    private async Task<bool> HasExitedWithinAsync(TimeSpan timeout)
    {
        using CancellationTokenSource given = new();
        await Task.WhenAny(Exited, Task.Delay(timeout, _timeProvider, given.Token));
        await given.CancelAsync();
        return Exited.IsCompleted;
    }

    // macOS has no setsid(1); there the shell's ignored signals alone keep Ctrl-C away.
    private static string[] OwnSession() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, "setsid")))
            ? ["setsid", "--wait"]
            : [];
}
