using Florin.Benchmarks;
using Florin.Benchmarks.Api;

const string Usage = "usage: ./bench ledger [--singles] | recovery | api | webhooks [--short] [--json FILE]";
string? json = null;
(bool isShort, bool isSingles) = (false, false);
for (int index = 1; index < args.Length; index++)
{
    switch (args[index])
    {
        case "--short":
            isShort = true;
            break;
        case "--singles":
            isSingles = true;
            break;
        case "--json" when index + 1 < args.Length:
            json = args[++index];
            break;
        default:
            await Console.Error.WriteLineAsync($"unknown option {args[index]}\n{Usage}");
            return 2;
    }
}

if (args is ["-h" or "--help"])
{
    Console.WriteLine(Usage);
    return 0;
}

if (args is not ["ledger" or "recovery" or "api" or "webhooks", ..] || (isSingles && args[0] != "ledger"))
{
    await Console.Error.WriteLineAsync(Usage);
    return 2;
}

using CancellationTokenSource stopping = new();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stopping.Cancel();
};
Report report = new($"{args[0]}{(isSingles ? " --singles" : "")}{(isShort ? " --short" : "")}");
if (args[0] is "api" or "webhooks")
{
    await using ServerUnderLoad server = await ServerUnderLoad.StartAsync(stopping.Token);
    await (args[0] == "api"
        ? new ApiBench(server, report, isShort).RunAsync(stopping.Token)
        : new WebhookBench(server, report, isShort).RunAsync(stopping.Token));
}
else
{
    await RunOnLedgerAsync();
}

report.Print();
if (json is not null)
{
    await report.WriteAsync(json);
}

return 0;

async Task RunOnLedgerAsync()
{
    await using BenchCluster cluster = await BenchCluster.StartAsync(stopping.Token);
    report.Machine["postgresql"] = await cluster.VersionAsync(stopping.Token);
    await ((args[0], isSingles) switch
    {
        ("recovery", _) => new RecoveryBench(cluster, report, isShort).RunAsync(stopping.Token),
        (_, true) => new SinglesBench(cluster, report, isShort).RunAsync(stopping.Token),
        _ => new LedgerBench(cluster, report, isShort).RunAsync(stopping.Token),
    });
}
