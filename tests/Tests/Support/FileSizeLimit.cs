using System.Globalization;
using Florin.Storage.Database.Cluster;

namespace Florin.Tests.Support;

/// <summary>
/// A disk that is full, for the processes of one PostgreSQL: none of its files grows beyond a size, and every attempt ends with an error of the
/// operating system (EFBIG; PostgreSQL ignores SIGXFSZ). Only the soft limit is lowered, by the owner of the processes, who may lift it again.
/// </summary>
internal static class FileSizeLimit
{
    /// <summary>A segment of the write-ahead log: with less room than that there is no log, which is another fault.</summary>
    public const long WalSegmentBytes = 16 << 20;

    private const string Script = "limit=$1; shift; for process do prlimit --pid \"$process\" --fsize=\"$limit\": || [ ! -e \"/proc/$process\" ] || exit 1; done";

    public static Task SetAsync(int postmaster) => ApplyAsync(postmaster, WalSegmentBytes.ToString(CultureInfo.InvariantCulture));

    public static Task LiftAsync(int postmaster) => ApplyAsync(postmaster, "unlimited");

    // The postmaster first: what it starts from then on has its limit.
    private static async Task ApplyAsync(int postmaster, string limit)
    {
        string[] owner = (await Command.RunAsync("stat", ["-c", "%u %g", $"/proc/{postmaster}"], "", CancellationToken.None)).Output.Trim().Split(' ');
        PostgresUser user = new(Environment.IsPrivilegedProcess ? "owner" : null, (owner[0], owner[1]));
        await RunAsync(user, limit, [postmaster]);
        await RunAsync(user, limit, UnixProcess.All().Where(process => UnixProcess.Parent(process) == postmaster));
    }

    private static async Task RunAsync(PostgresUser user, string limit, IEnumerable<int> processes)
    {
        string[] ids = [.. processes.Select(process => process.ToString(CultureInfo.InvariantCulture))];
        CommandResult result = await user.RunAsync(["sh", "-c", Script, "sh", limit, .. ids], "", CancellationToken.None);
        if (!result.Succeeded)
        {
            throw new InvalidOperationException($"prlimit: {result.LastLine}");
        }
    }
}
