using System.Globalization;

namespace Florin.Storage.Database.Cluster;

/// <summary>PostgreSQL processes on our folder that no server owns any more: after a kill, or while they still stop.</summary>
/// <remarks>The caller holds the folder's lock, so whatever runs on it is nobody's.</remarks>
internal sealed class OrphanPostgres(DataFolder folder, TimeProvider timeProvider, Action<string> progress)
{
    private static readonly TimeSpan FastTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan HardTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);

    private string PidFile => Path.Combine(folder.ClusterData, "postmaster.pid");

    /// <summary>Ends them all, and removes what they left that would keep a new PostgreSQL from starting.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Find() is { Count: > 0 } orphans)
        {
            progress($"stopping PostgreSQL of an earlier run (process {orphans.Min()})");
            _ = await AreGoneAsync(UnixProcess.Interrupt, FastTimeout, cancellationToken)
                || await AreGoneAsync(UnixProcess.Quit, HardTimeout, cancellationToken)
                || await AreGoneAsync(UnixProcess.Kill, HardTimeout, cancellationToken);
        }

        // Its number may have been given to any other process since, of which PostgreSQL would say that it still runs.
        if (OperatingSystem.IsLinux() && File.Exists(PidFile) && Find().Count == 0)
        {
            File.Delete(PidFile);
        }
    }

    private async Task<bool> AreGoneAsync(int signal, TimeSpan timeout, CancellationToken cancellationToken)
    {
        foreach (var processId in Find())
        {
            UnixProcess.Signal(processId, signal);
        }

        var start = timeProvider.GetTimestamp();
        while (Find().Count > 0)
        {
            if (timeProvider.GetElapsedTime(start) > timeout)
            {
                return false;
            }

            await Task.Delay(LookInterval, timeProvider, cancellationToken);
        }

        return true;
    }

    private List<int> Find()
    {
        var recorded = RecordedPostmaster();
        return OperatingSystem.IsLinux()
            ? UnixProcess.All().Where(processId => IsOurs(processId, recorded) && UnixProcess.IsAlive(processId)).ToList()
            : recorded > 0 && UnixProcess.IsAlive(recorded) ? [recorded] : [];
    }

    private bool IsOurs(int processId, int recorded)
    {
        // Debian names it postgres; a build of one's own may be called postmaster.
        if (UnixProcess.Name(processId) is not ("postgres" or "postmaster"))
        {
            return false;
        }

        // A folder removed under a running PostgreSQL leaves the mark of Linux on its name. The new folder may even have
        // the number of the removed one, by which PostgreSQL takes the old shared memory for its own.
        if (UnixProcess.WorkingFolder(processId) is { } working)
        {
            return working == folder.ClusterData || working == folder.ClusterData + " (deleted)";
        }

        // Without the right to look at another user's process, the command line and the file decide.
        var arguments = UnixProcess.Arguments(processId);
        var data = Array.IndexOf(arguments, "-D");
        return (data >= 0 && data + 1 < arguments.Length && arguments[data + 1] == folder.ClusterData) || processId == recorded;
    }

    private int RecordedPostmaster()
    {
        try
        {
            return File.Exists(PidFile)
                && int.TryParse(File.ReadLines(PidFile).FirstOrDefault(), NumberStyles.None, null, out var processId)
                    ? processId
                    : 0;
        }
        catch (FileNotFoundException)
        {
            // It ended while we looked.
            return 0;
        }
    }
}
