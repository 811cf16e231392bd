using Florin.Storage.Database.Cluster;

namespace Florin.Tests.Support;

/// <summary>A folder of one test, removed at its end; every user may pass through it.</summary>
internal sealed class TemporaryFolder : IAsyncDisposable
{
    private const string Prefix = "florin-test-";

    // Longer than any run, so that no other run on this machine uses it any more.
    private static readonly TimeSpan LeftoverAge = TimeSpan.FromHours(6);

    private TemporaryFolder(string path) => Path = path;

    public string Path { get; }

    public static TemporaryFolder Create()
    {
        TemporaryFolder folder = new(Directory.CreateTempSubdirectory(Prefix).FullName);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder.Path, (UnixFileMode)Convert.ToInt32("755", 8));
        }

        return folder;
    }

    /// <summary>Removes the folders of runs that were killed.</summary>
    public static void RemoveLeftovers()
    {
        var before = TimeProvider.System.GetUtcNow().UtcDateTime - LeftoverAge;
        foreach (var folder in new DirectoryInfo(System.IO.Path.GetTempPath()).EnumerateDirectories(Prefix + "*"))
        {
            if (folder.LastWriteTimeUtc < before)
            {
                folder.Delete(recursive: true);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        // PostgreSQL's processes may still remove files of their own while we do.
        var removed = await Command.RunAsync("rm", ["-rf", Path], "", CancellationToken.None);
        if (!removed.Succeeded && Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
