using System.CommandLine;
using Florin.Ledger;
using Florin.Server.Configuration;
using Florin.Server.Hosting;
using Florin.Server.Tour;

namespace Florin.Server.Cli;

/// <summary><c>florin run</c>, what <c>./run</c> calls: the whole platform with nothing configured, and the money tour.</summary>
internal static class RunCommand
{
    public static Command Create(TimeProvider timeProvider, IdSource ids)
    {
        Option<int?> port = CliOptions.Port();
        Option<int?> grpcPort = CliOptions.GrpcPort();
        Option<string?> data = CliOptions.Data();
        Option<bool> empty = new("--empty") { Description = "Does not play the tour." };
        Command command = new("run", "Starts the whole platform, plays the money tour, and stays up.") { port, grpcPort, data, empty };
        command.SetAction(async (parsed, _) =>
        {
            FlorinConfiguration configuration = CliOptions.Load(CliOptions.Overrides(
                (Settings.HttpUrl, CliOptions.LoopbackUrl(parsed.GetValue(port))),
                (Settings.GrpcUrl, CliOptions.LoopbackUrl(parsed.GetValue(grpcPort), CliOptions.GrpcPortName)),
                (Settings.Data, parsed.GetValue(data))));
            ServeOptions options = new(configuration, IsDevelopment: true, PlaysTour: !parsed.GetValue(empty), IsQuiet: true);
            using Signals signals = new();
            ServerRun server = new(options, timeProvider, ids, Console.Out);
            return await server.RunAsync(
                options.PlaysTour ? (devFile, stop) => MoneyTour.PlayAsync(devFile, timeProvider, ids, Console.Out, stop) : null, signals.Stop);
        });
        return command;
    }
}
