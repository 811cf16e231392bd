using System.Text.Json;
using Florin.Storage.Database.Cluster;
using Florin.Tests.Support;
using Npgsql;

namespace Florin.Tests.Faults;

/// <summary>Two real servers on one database that is theirs, each behind a network of its own, with one provider.</summary>
internal sealed class ServerPair : IAsyncDisposable
{
    private const string Database = "pair";
    private const string MasterKey = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    private static readonly TimeSpan RolePatience = TimeSpan.FromSeconds(2);

    private readonly TemporaryFolder _folder;
    private readonly TcpGate[] _gates;

    private ServerPair(TemporaryFolder folder, PrivateCluster cluster, NpgsqlDataSource owner, SandboxProcess sandbox, TcpGate[] gates, ServerProcess[] servers)
    {
        _folder = folder;
        Cluster = cluster;
        Owner = owner;
        Sandbox = sandbox;
        _gates = gates;
        Servers = servers;
    }

    public PrivateCluster Cluster { get; }

    /// <summary>The judge's own way to the database.</summary>
    public NpgsqlDataSource Owner { get; }

    public SandboxProcess Sandbox { get; }

    public IReadOnlyList<ServerProcess> Servers { get; }

    public static async Task<ServerPair> StartAsync(params string[] sandboxArguments)
    {
        TemporaryFolder folder = TemporaryFolder.Create();
        ClusterSettings settings = new(SharedMegabytes: 64, WalMegabytesMax: 512, ConnectionsMax: 220);
        PrivateCluster cluster = await PrivateCluster.StartAsync(folder.Path, settings, TimeProvider.System, _ => { }, CancellationToken.None);
        await ClusterRoles.EnsureAsync(cluster.Address, cluster.Secrets, CancellationToken.None);
        NpgsqlConnectionStringBuilder judge = cluster.Address.Connection("florin_owner", cluster.Secrets.Owner, Database);
        judge.Pooling = false;
        await using (NpgsqlDataSource admin = NpgsqlDataSource.Create(
            cluster.Address.Connection(PrivateCluster.Superuser, cluster.Secrets.Superuser, "postgres")))
        await using (NpgsqlCommand creating = admin.CreateCommand($"create database {Database} owner florin_owner"))
        {
            await creating.ExecuteNonQueryAsync();
        }

        SandboxProcess sandbox = await SandboxProcess.StartAsync(sandboxArguments);
        TcpGate[] gates = [new(cluster.Address.Port), new(cluster.Address.Port)];
        ServerProcess[] servers = [await StartServerAsync(cluster, gates[0], sandbox), await StartServerAsync(cluster, gates[1], sandbox)];
        return new ServerPair(folder, cluster, NpgsqlDataSource.Create(judge), sandbox, gates, servers);
    }

    private const int LinesOfFailure = 40;

    /// <summary>The network between a server and the database.</summary>
    public TcpGate GateOf(ServerProcess server) => _gates[Servers.ToList().IndexOf(server)];

    public ServerProcess Other(ServerProcess server) => Servers.Single(other => other != server);

    /// <summary>Waits until one leads and every other one follows it, and tells who leads.</summary>
    public async Task<ServerProcess> LeaderAsync()
    {
        try
        {
            (ServerProcess? leader, _) = await Eventually.GetAsync(
                async () =>
                {
                    string?[] roles = [await RoleAsync(Servers[0]), await RoleAsync(Servers[1])];
                    return roles.Order().SequenceEqual(["follower", "leader"]) ? (Servers[Array.IndexOf(roles, "leader")], "") : ((ServerProcess?)null, string.Join(' ', roles));
                },
                found => found.Item1 is not null,
                "one leader and one follower");
            return leader!;
        }
        catch (TimeoutException exception)
        {
            string said = string.Join("\n---\n", Servers.Select(server => string.Join('\n', server.Output.Split('\n').TakeLast(LinesOfFailure))));
            throw new InvalidOperationException($"{exception.Message}\n{said}", exception);
        }
    }

    /// <summary>What a server takes itself for; <see langword="null"/> when it is not ready or does not answer.</summary>
    public static async Task<string?> RoleAsync(ServerProcess server)
    {
        try
        {
            using HttpResponseMessage response = await server.SendAsync(HttpMethod.Get, "/health/ready", patience: RolePatience);
            if (!response.IsSuccessStatusCode)
            {
                return null;
            }

            JsonElement body = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync());
            return body.GetProperty("parts").EnumerateArray().Single(part => part.GetProperty("name").GetString() == "ledger").GetProperty("role").GetString();
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or IOException)
        {
            return null;
        }
    }

    public async Task<T> QueryAsync<T>(string sql)
    {
        await using NpgsqlCommand command = Owner.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task<LoadUser> CreateUserAsync()
    {
        ServerProcess server = Servers[0];
        (string id, string email, string token) = await server.CreateUserAsync();
        JsonElement card = await server.PostAsync("/wallets/funding-sources", new { payment_method_id = "pm_card_visa" }, token);
        JsonElement bank = await server.PostAsync("/wallets/funding-sources", new { payment_method_id = "pm_usBankAccount_success" }, token);
        return new LoadUser(id, email, token, card.GetProperty("id").GetString()!, bank.GetProperty("id").GetString()!);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ServerProcess server in Servers)
        {
            server.Resume();
            await server.DisposeAsync();
        }

        await Sandbox.DisposeAsync();
        foreach (TcpGate gate in _gates)
        {
            await gate.DisposeAsync();
        }

        await Owner.DisposeAsync();
        await Cluster.DisposeAsync();
        await _folder.DisposeAsync();
    }

    private static Task<ServerProcess> StartServerAsync(PrivateCluster cluster, TcpGate gate, SandboxProcess sandbox) => ServerProcess.StartAsync(
        $"postgresql://florin_owner:{cluster.Secrets.Owner}@127.0.0.1:{gate.Port}/{Database}",
        new Dictionary<string, string>
        {
            ["FLORIN__IDENTITY__MASTER_KEY"] = MasterKey,
            ["FLORIN__STRIPE__WEBHOOK_SECRET"] = HttpWorld.WebhookSecret,
            ["FLORIN__FLOWS__LEASE_SECONDS"] = "3",
            ["FLORIN__WALLETS__SETTLE_WINDOW_SECONDS"] = "10",
            ["FLORIN__FLOWS__PULL_SECONDS"] = "5",
        },
        "--sandbox-url",
        sandbox.Url.ToString());
}
