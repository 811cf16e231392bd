using System.CommandLine;
using Florin.Ledger;
using Florin.Server.Configuration;
using Florin.Server.Hosting;

namespace Florin.Server.Cli;

/// <summary><c>florin serve</c>: the server, configured.</summary>
internal static class ServeCommand
{
    public static Command Create(TimeProvider timeProvider, IdSource ids)
    {
        Option<int?> port = CliOptions.Port();
        Option<int?> grpcPort = CliOptions.GrpcPort();
        Option<string?> url = CliOptions.Url();
        Option<string?> data = CliOptions.Data();
        Option<string?> databaseUrl = CliOptions.DatabaseUrl();
        Option<string?> sandboxUrl = new("--sandbox-url") { Description = "With --dev: a provider sandbox that runs already." };
        Option<string?> advertiseUrl = new("--advertise-url")
        {
            Description = "Where other servers on the same database reach this one (the listening address).",
        };
        Option<bool> dev = new("--dev") { Description = "Development mode: provider sandbox, dev.json, accounts for developers. Refuses live keys." };
        Option<bool> printConfig = new("--print-config") { Description = "Prints the settings in force, with secrets masked, and ends." };
        Option<bool> json = CliOptions.Json();
        Command command = new("serve", "Runs the server with its configuration from florin.json and the environment.")
        {
            port, grpcPort, url, data, databaseUrl, advertiseUrl, sandboxUrl, dev, printConfig, json,
        };
        command.SetAction(async (parsed, _) =>
        {
            FlorinConfiguration configuration = CliOptions.Load(CliOptions.Overrides(
                (Settings.HttpUrl, parsed.GetValue(url) ?? CliOptions.LoopbackUrl(parsed.GetValue(port))),
                (Settings.GrpcUrl, CliOptions.LoopbackUrl(parsed.GetValue(grpcPort), CliOptions.GrpcPortName)),
                (Settings.Data, parsed.GetValue(data)),
                (Settings.DatabaseUrl, parsed.GetValue(databaseUrl)),
                (Settings.AdvertiseUrl, parsed.GetValue(advertiseUrl)),
                (Settings.SandboxUrl, parsed.GetValue(sandboxUrl))));
            if (parsed.GetValue(printConfig))
            {
                ConfigurationPrinter.Print(configuration, parsed.GetValue(json), Console.Out);
                return 0;
            }

            using Signals signals = new();
            ServeOptions options = new(configuration, parsed.GetValue(dev), PlaysTour: false, IsQuiet: false);
            return await new ServerRun(options, timeProvider, ids, Console.Out).RunAsync(whenReady: null, signals.Stop);
        });
        return command;
    }
}
