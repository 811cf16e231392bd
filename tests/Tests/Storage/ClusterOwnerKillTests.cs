using Florin.Storage.Database.Cluster;
using Florin.Tests.Support;
using Npgsql;
using Xunit;

namespace Florin.Tests.Storage;

/// <summary>The owner of the cluster is a process of its own, and dies by SIGKILL.</summary>
public sealed class ClusterOwnerKillTests
{
    [Fact]
    public async Task Postgres_ends_by_itself_after_its_owner_was_killed()
    {
        await using var folder = TemporaryFolder.Create();
        await using var owner = await ChildRole.OwnClusterAsync(folder.Path);
        await MakeRowAsync(folder.Path);

        await owner.KillAsync();
        await ClusterLife.EndOfAsync(owner.PostmasterId);
        await ClusterLife.EndOfAsync(owner.GuardId);

        var log = await File.ReadAllTextAsync(Path.Combine(folder.Path, "postgres", "log"), TestContext.Current.CancellationToken);
        Assert.Contains("database system is shut down", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_right_after_the_owner_was_killed_waits_for_its_postgres()
    {
        await using var folder = TemporaryFolder.Create();
        await using var owner = await ChildRole.OwnClusterAsync(folder.Path);
        await MakeRowAsync(folder.Path);

        await owner.KillAsync();
        await using var next = await ClusterLife.StartAsync(folder.Path);

        Assert.False(UnixProcess.IsAlive(owner.PostmasterId));
        Assert.Equal(42, await ReadRowAsync(next));
    }

    [Fact]
    public async Task An_orphan_whose_guard_was_killed_too_is_stopped_by_the_next_start()
    {
        await using var folder = TemporaryFolder.Create();
        await using var owner = await ChildRole.OwnClusterAsync(folder.Path);
        await MakeRowAsync(folder.Path);

        await owner.OrphanPostgresAsync();
        await using var next = await ClusterLife.StartAsync(folder.Path);

        Assert.False(UnixProcess.IsAlive(owner.PostmasterId));
        Assert.Equal(42, await ReadRowAsync(next));
    }

    [Fact]
    public async Task What_was_committed_survives_a_kill_of_everything_under_load()
    {
        await using var folder = TemporaryFolder.Create();
        await using var owner = await ChildRole.OwnClusterAsync(folder.Path);
        await MakeRowAsync(folder.Path);
        var (address, secrets) = PrivateCluster.Running(folder.Path);
        List<int> acknowledged = [];
        TaskCompletionSource enough = new();
        var load = InsertUntilBrokenAsync(address, secrets, acknowledged, enough);
        await enough.Task;

        await owner.OrphanPostgresAsync();
        var processes = ProcessesOf(folder.Path);
        Assert.Contains(owner.PostmasterId, processes);
        processes.ForEach(processId => UnixProcess.Signal(processId, UnixProcess.Kill));
        await load;
        await using var next = await ClusterLife.StartAsync(folder.Path);

        await using var source = ClusterLife.Connect(next);
        var kept = await ClusterLife.QueryAsync<int[]>(source, "select array_agg(id order by id) from kept where id > 1000");
        Assert.Empty(acknowledged.Except(kept));
        Assert.InRange(kept.Length, acknowledged.Count, acknowledged.Count + 1);
    }

    [Fact]
    public async Task A_removed_data_folder_is_begun_anew_while_the_old_postgres_still_runs()
    {
        await using var folder = TemporaryFolder.Create();
        await using var owner = await ChildRole.OwnClusterAsync(folder.Path);
        await MakeRowAsync(folder.Path);
        await owner.OrphanPostgresAsync();
        Assert.True(UnixProcess.IsAlive(owner.PostmasterId));

        foreach (var entry in Directory.EnumerateFileSystemEntries(folder.Path).ToList())
        {
            var removed = await Command.RunAsync("rm", ["-rf", entry], "", TestContext.Current.CancellationToken);
            Assert.True(removed.Succeeded);
        }

        await using var next = await ClusterLife.StartAsync(folder.Path);
        Assert.False(UnixProcess.IsAlive(owner.PostmasterId));
        await using var source = ClusterLife.Connect(next);
        Assert.False(await ClusterLife.QueryAsync<bool>(source, "select to_regclass('kept') is not null"));
    }

    private static async Task InsertUntilBrokenAsync(
        ClusterAddress address, ClusterSecrets secrets, List<int> acknowledged, TaskCompletionSource enough)
    {
        await using var source = ClusterLife.Connect(address, secrets);
        try
        {
            for (var id = 1001; ; id++)
            {
                await ClusterLife.ExecuteAsync(source, $"insert into kept values ({id})");
                acknowledged.Add(id);
                if (acknowledged.Count == 200)
                {
                    enough.SetResult();
                }
            }
        }
        catch (NpgsqlException)
        {
            // The kill.
        }
    }

    private static List<int> ProcessesOf(string folder) =>
        UnixProcess.All().Where(id => UnixProcess.WorkingFolder(id) == Path.Combine(folder, "postgres", "data")).ToList();

    private static async Task MakeRowAsync(string folder)
    {
        var (address, secrets) = PrivateCluster.Running(folder);
        await using var source = ClusterLife.Connect(address, secrets);
        await ClusterLife.ExecuteAsync(source, "create table kept (id int); insert into kept values (42)");
    }

    private static async Task<int> ReadRowAsync(PrivateCluster cluster)
    {
        await using var source = ClusterLife.Connect(cluster);
        return await ClusterLife.QueryAsync<int>(source, "select id from kept");
    }
}
