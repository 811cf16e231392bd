using System.Globalization;

namespace Florin.Benchmarks.Api;

/// <summary>Transfers between wallets over HTTP, one per request, and charges against the sandbox beside them.</summary>
internal sealed class ApiBench(ServerUnderLoad server, Report report, bool isShort)
{
    private const int Clients = 64;
    private const int Merchants = 4;
    private const int TransfersPerSecond = 3_000;
    private const string Funds = "900000.00";

    private readonly TimeSpan _warmUp = TimeSpan.FromSeconds(isShort ? 4 : 15);
    private readonly TimeSpan _duration = TimeSpan.FromSeconds(isShort ? 8 : 30);

    private int _keys;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Report.Progress($"{Clients} wallets with {Funds} USD each, {Merchants} merchants");
        List<LoadedUser> users = [];
        for (int count = 0; count < Clients; count++)
        {
            LoadedUser user = await server.CreateUserAsync("person", cancellationToken);
            await server.FundAsync(user, Funds, cancellationToken);
            users.Add(user);
        }

        List<LoadedUser> merchants = [];
        for (int count = 0; count < Merchants; count++)
        {
            merchants.Add(await server.CreateUserAsync("business", cancellationToken));
        }

        List<LeanConnection> connections = [];
        for (int count = 0; count < Clients; count++)
        {
            connections.Add(await LeanConnection.OpenAsync(server.Address, cancellationToken));
        }

        Task TransferAsync(int client, int number) => connections[client].CreateAsync(
            "/wallets/transfers",
            $$"""{"to":"{{users[(client + 1 + (number % (Clients - 1))) % Clients].Id}}","amount":"{{Amount(number)}}","currency":"USD"}""",
            users[client].Authorization,
            NewKey(),
            cancellationToken);
        Task ChargeAsync(int client, int number) => connections[client].CreateAsync(
            "/payments",
            $$"""{"amount":"{{Amount(number + 100)}}","currency":"USD","payment_source":"pm_card_visa","capture":"automatic"}""",
            merchants[client % Merchants].Authorization,
            NewKey(),
            cancellationToken);

        Report.Progress($"warming up for {_warmUp.TotalSeconds} s");
        await Load.FlatOutAsync(Clients, _warmUp, TransferAsync);
        await server.FillLogAsync(cancellationToken);
        await server.ToldAsync(cancellationToken);
        Report.Progress($"{TransfersPerSecond} transfers a second for {_duration.TotalSeconds} s");
        TimeSpan used = server.ProcessorTime();
        TimeSpan usedHere = Environment.CpuUsage.TotalTime;
        Sample paced = await Load.PacedAsync(Clients, TransfersPerSecond, _duration, TransferAsync);
        report.Add($"transfers, {TransfersPerSecond} a second asked for", "transfers/s", paced);
        report.Add("processor time of the server per transfer", (server.ProcessorTime() - used).TotalMicroseconds / paced.Times.Length, "µs");
        report.Add("processor time of the clients per transfer", (Environment.CpuUsage.TotalTime - usedHere).TotalMicroseconds / paced.Times.Length, "µs");
        Report.Progress($"transfers, as fast as {Clients} clients go, for {_duration.TotalSeconds} s");
        report.Add($"transfers, {Clients} clients", "transfers/s", await Load.FlatOutAsync(Clients, _duration, TransferAsync));
        Report.Progress($"charges, as fast as {Clients} clients go, for {_duration.TotalSeconds} s");
        report.Add($"charges, {Clients} clients, sandbox on the same machine", "charges/s", await Load.FlatOutAsync(Clients, _duration, ChargeAsync));
        connections.ForEach(connection => connection.Dispose());
    }

    private string NewKey() => $"bench-{Interlocked.Increment(ref _keys)}";

    /// <summary>0.01 to 9.99, in cents.</summary>
    private static string Amount(int number) => string.Create(CultureInfo.InvariantCulture, $"{number % 10}.{(number % 99) + 1:00}");
}
