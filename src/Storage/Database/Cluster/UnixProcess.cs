using System.Globalization;
using System.Runtime.InteropServices;

namespace Florin.Storage.Database.Cluster;

/// <summary>Processes that are not our children.</summary>
internal static class UnixProcess
{
    public const int Interrupt = 2;
    public const int Quit = 3;
    public const int Kill = 9;

    /// <summary>SIGSTOP on Linux.</summary>
    public const int Stop = 19;

    private const int NotPermitted = 1;

    /// <summary>Sends a signal; a process that is gone is not an error.</summary>
    public static void Signal(int processId, int signal) => _ = NativeKill(processId, signal);

    /// <summary>Whether it runs. A zombie does not: under an init that never reaps, it would be there for ever.</summary>
    public static bool IsAlive(int processId)
    {
        if (!OperatingSystem.IsLinux())
        {
            return NativeKill(processId, 0) == 0 || Marshal.GetLastPInvokeError() == NotPermitted;
        }

        return StatusFields(processId) is [not ("Z" or "X"), ..];
    }

    /// <summary>The process that started it, or that took it over; 0 when it is gone.</summary>
    public static int Parent(int processId) =>
        StatusFields(processId) is [_, var parent, ..] ? int.Parse(parent, CultureInfo.InvariantCulture) : 0;

    /// <summary>Every process of this machine; empty where there is no <c>/proc</c>.</summary>
    public static IEnumerable<int> All() =>
        !Directory.Exists("/proc/self")
            ? []
            : Directory.EnumerateDirectories("/proc")
                .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, null, out var id) ? id : 0)
                .Where(id => id > 0);

    /// <summary>The name of the program; empty when the process is gone.</summary>
    public static string Name(int processId) => ReadFile(processId, "comm").TrimEnd('\n');

    public static string[] Arguments(int processId) => ReadFile(processId, "cmdline").Split('\0');

    /// <summary>Its working folder, with <c> (deleted)</c> at the end when the folder is gone; null when we may not know.</summary>
    public static string? WorkingFolder(int processId)
    {
        try
        {
            return new FileInfo($"/proc/{processId}/cwd").LinkTarget;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // The state and what comes after it. They follow the name, which is in parentheses and may itself hold any character: proc(5).
    private static string[] StatusFields(int processId)
    {
        var stat = ReadFile(processId, "stat");
        return stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string ReadFile(int processId, string name)
    {
        try
        {
            return File.ReadAllText($"/proc/{processId}/{name}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It ended while we looked.
            return "";
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NativeKill(int processId, int signal);
}
