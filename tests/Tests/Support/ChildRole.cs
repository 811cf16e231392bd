using System.Diagnostics;
using System.Runtime.CompilerServices;
using Florin.Storage.Database.Cluster;
using Xunit;

namespace Florin.Tests.Support;

/// <summary>A process of its own that owns a cluster, so that a test can kill the owner.</summary>
/// <remarks>It is this very program, started with a variable that makes it a cluster's owner instead of a test runner.</remarks>
internal sealed class ChildRole : IAsyncDisposable
{
    private const string Variable = "FLORIN_TEST_OWN_CLUSTER_IN";

    private readonly Process _process;

    private ChildRole(Process process, int postmasterId, int guardId)
    {
        _process = process;
        PostmasterId = postmasterId;
        GuardId = guardId;
    }

    public int PostmasterId { get; }

    public int GuardId { get; }

    public static async Task<ChildRole> OwnClusterAsync(string folder)
    {
        var program = typeof(ChildRole).Assembly.Location;
        ProcessStartInfo start = new("dotnet", [program])
        {
            RedirectStandardOutput = true,
            Environment = { [Variable] = folder },
        };
        var process = Process.Start(start)!;
        var line = await process.StandardOutput.ReadLineAsync();
        var ids = (line ?? "").Split(' ').Select(int.Parse).ToArray();
        return new ChildRole(process, ids[0], ids[1]);
    }

    /// <summary>Kills the owner and the guard, so that PostgreSQL stays behind as nobody's.</summary>
    public async Task OrphanPostgresAsync()
    {
        // Held still first: else each of them would answer the other's death. The one that reads the owner's pipe, and tells
        // PostgreSQL to stop when it closes, is a child of the guard.
        int[] guards = [.. UnixProcess.All().Where(IsReaderOfThePipe), GuardId];
        Assert.Equal(2, guards.Length);
        SignalAll(guards, UnixProcess.Stop);
        await KillAsync();
        SignalAll(guards, UnixProcess.Kill);
        foreach (var guard in guards)
        {
            await ClusterLife.EndOfAsync(guard);
        }
    }

    /// <summary>SIGKILL: it does nothing more, not even tell PostgreSQL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private bool IsReaderOfThePipe(int processId) =>
        processId != PostmasterId && UnixProcess.Parent(processId) == GuardId && UnixProcess.IsAlive(processId);

    private static void SignalAll(int[] processes, int signal)
    {
        foreach (var process in processes)
        {
            UnixProcess.Signal(process, signal);
        }
    }

    [ModuleInitializer]
    internal static void PlayRole()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { } folder)
        {
            // The variable is not for the processes that this one starts.
            Environment.SetEnvironmentVariable(Variable, null);
            OwnUntilKilled(folder);
        }
    }

    // Nothing here may run on another thread: the runtime keeps all others out of this assembly until its initializer is done.
    private static void OwnUntilKilled(string folder)
    {
        var cluster = PrivateCluster
            .StartAsync(folder, ClusterLife.Settings, TimeProvider.System, Console.Error.WriteLine, CancellationToken.None)
            .GetAwaiter().GetResult();
        Console.Out.WriteLine($"{cluster.Postmaster.ProcessId} {cluster.Postmaster.GuardId}");
        Console.Out.Flush();
        cluster.Lost.GetAwaiter().GetResult();
    }
}
