using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Florin.Storage.Database;
using Florin.Storage.Database.Cluster;
using Florin.Tests.Support;
using Npgsql;
using Xunit;

namespace Florin.Tests.Storage;

[UnsupportedOSPlatform("windows")]
public sealed class PrivateClusterTests
{
    private const string MakeRow = "create table kept (id int); insert into kept values (42)";
    private const string ReadRow = "select id from kept";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    [Fact]
    public async Task A_new_cluster_is_durable_closed_to_the_outside_and_not_root()
    {
        await using var folder = TemporaryFolder.Create();
        await using var cluster = await ClusterLife.StartAsync(folder.Path);
        await using var source = ClusterLife.Connect(cluster);

        Assert.Equal(
            "data_checksums=on fsync=on full_page_writes=on listen_addresses=127.0.0.1 password_encryption=scram-sha-256 server_encoding=UTF8 synchronous_commit=on",
            await ClusterLife.QueryAsync<string>(
                source,
                """
                select string_agg(name || '=' || setting, ' ' order by name) from pg_settings
                where name in ('data_checksums', 'fsync', 'full_page_writes', 'listen_addresses', 'password_encryption', 'server_encoding', 'synchronous_commit')
                """));
        Assert.Equal("scram-sha-256", await ClusterLife.QueryAsync<string>(source, "select string_agg(distinct auth_method, ' ') from pg_hba_file_rules"));
        Assert.NotEqual("0", await UserOfAsync(cluster.Postmaster.ProcessId));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder.Path, "postgres.secret")));

        var log = await File.ReadAllTextAsync(Path.Combine(folder.Path, "postgres", "log"), TestContext.Current.CancellationToken);
        Assert.DoesNotContain(cluster.Secrets.Superuser, log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_is_refused()
    {
        var cluster = await TestCluster.GetAsync();
        var wrong = cluster.Address.Connection(PrivateCluster.Superuser, "wrong", "postgres");
        wrong.Pooling = false;
        await using NpgsqlConnection connection = new(wrong.ConnectionString);

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync(TestContext.Current.CancellationToken));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refusal.SqlState);
    }

    [Fact]
    public async Task A_stop_and_a_start_keep_rows_passwords_and_port()
    {
        await using var folder = TemporaryFolder.Create();
        ClusterAddress first;
        int process;
        await using (var cluster = await ClusterLife.StartAsync(folder.Path))
        {
            await MakeRowAsync(cluster);
            (first, process) = (cluster.Address, cluster.Postmaster.ProcessId);
        }

        Assert.False(UnixProcess.IsAlive(process));
        await using var again = await ClusterLife.StartAsync(folder.Path);
        Assert.Equal(first, again.Address);
        Assert.Equal(42, await ReadRowAsync(again));
    }

    [Fact]
    public async Task A_port_that_was_taken_meanwhile_is_replaced()
    {
        await using var folder = TemporaryFolder.Create();
        int port;
        await using (var cluster = await ClusterLife.StartAsync(folder.Path))
        {
            port = cluster.Address.Port;
        }

        using Socket taker = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taker.Bind(new IPEndPoint(IPAddress.Loopback, port));
        taker.Listen();

        await using var again = await ClusterLife.StartAsync(folder.Path);
        Assert.NotEqual(port, again.Address.Port);
    }

    [Fact]
    public async Task A_folder_has_one_server()
    {
        await using var folder = TemporaryFolder.Create();
        await using var cluster = await ClusterLife.StartAsync(folder.Path);

        var refusal = await Assert.ThrowsAsync<DataFolderInUseException>(() => ClusterLife.StartAsync(folder.Path));
        Assert.Equal($"Another Florin server uses the data folder {folder.Path}: stop it, or choose another folder with --data.", refusal.Message);

        var (address, secrets) = PrivateCluster.Running(folder.Path);
        await using var beside = ClusterLife.Connect(address, secrets);
        Assert.Equal(1, await ClusterLife.QueryAsync<int>(beside, "select 1"));
    }

    [Fact]
    public async Task A_killed_postgres_is_started_again_with_its_rows_on_the_same_address()
    {
        await using var folder = TemporaryFolder.Create();
        TaskCompletionSource back = new();
        await using var cluster = await ClusterLife.StartAsync(
            folder.Path, message => _ = message == "PostgreSQL is back" && back.TrySetResult());
        await MakeRowAsync(cluster);
        var address = cluster.Address;

        UnixProcess.Signal(cluster.Postmaster.ProcessId, UnixProcess.Kill);
        await back.Task;

        Assert.Equal(address, cluster.Address);
        Assert.Equal(42, await ReadRowAsync(cluster));
    }

    [Fact]
    public async Task A_folder_out_of_reach_is_named()
    {
        await using var folder = TemporaryFolder.Create();
        var closed = Directory.CreateDirectory(Path.Combine(folder.Path, "closed"));
        File.SetUnixFileMode(closed.FullName, Environment.IsPrivilegedProcess ? OwnerOnly : UnixFileMode.None);

        var refusal = await Assert.ThrowsAsync<DataFolderException>(() => ClusterLife.StartAsync(Path.Combine(closed.FullName, "data")));
        Assert.Contains(closed.FullName, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--data", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_path_does_without_the_socket()
    {
        await using var folder = TemporaryFolder.Create();
        await using var cluster = await ClusterLife.StartAsync(Path.Combine(folder.Path, new string('x', 90)));
        Assert.Null(cluster.Address.SocketFolder);
        await MakeRowAsync(cluster);
    }

    [Fact]
    public async Task Lost_passwords_are_said_not_replaced()
    {
        await using var folder = TemporaryFolder.Create();
        await using (await ClusterLife.StartAsync(folder.Path))
        {
        }

        var file = Path.Combine(folder.Path, "postgres.secret");
        File.Delete(file);
        var refusal = await Assert.ThrowsAsync<DataFolderException>(() => ClusterLife.StartAsync(folder.Path));
        Assert.Contains(file, refusal.Message, StringComparison.Ordinal);
    }

    private static async Task MakeRowAsync(PrivateCluster cluster)
    {
        await using var source = ClusterLife.Connect(cluster);
        await ClusterLife.ExecuteAsync(source, MakeRow);
    }

    private static async Task<int> ReadRowAsync(PrivateCluster cluster)
    {
        await using var source = ClusterLife.Connect(cluster);
        return await ClusterLife.QueryAsync<int>(source, ReadRow);
    }

    private static async Task<string> UserOfAsync(int processId) =>
        (await Command.RunAsync("stat", ["-c", "%u", $"/proc/{processId}"], "", CancellationToken.None)).Output.Trim();
}
