using System.CommandLine;
using Florin.Server.Configuration;
using Florin.Server.Hosting;
using Florin.Storage.Database;
using Microsoft.Extensions.Logging.Abstractions;

namespace Florin.Server.Cli;

/// <summary><c>florin migrate</c>: brings the database to this version's schema, and ends. A server does it by itself when it starts.</summary>
internal static class MigrateCommand
{
    public static Command Create(TimeProvider timeProvider)
    {
        Option<string?> data = CliOptions.Data();
        Option<string?> databaseUrl = CliOptions.DatabaseUrl();
        Command command = new("migrate", "Brings the database to this version's schema.") { data, databaseUrl };
        command.SetAction(async (parsed, _) =>
        {
            using Signals signals = new();
            await using FlorinDatabase database = await OfflineDatabase.OpenAsync(
                parsed.GetValue(data), parsed.GetValue(databaseUrl), timeProvider, Console.Out, signals.Stop);
            await Console.Out.WriteLineAsync("The database has this version's schema.");
            return 0;
        });
        return command;
    }
}

/// <summary>The database for a command: the configured one, a running server's, or the data folder's own, started for the time of the command.</summary>
internal static class OfflineDatabase
{
    public static Task<FlorinDatabase> OpenAsync(
        string? data, string? databaseUrl, TimeProvider timeProvider, TextWriter progress, CancellationToken cancellationToken)
    {
        FlorinConfiguration configuration = CliOptions.Load(CliOptions.Overrides((Settings.Data, data), (Settings.DatabaseUrl, databaseUrl)));
        DatabaseOptions options = new()
        {
            DataFolder = configuration.Get(Settings.Data),
            Url = configuration.Find(Settings.DatabaseUrl),
            MayJoinRunningServer = true,
            Progress = progress.WriteLine,
        };
        return FlorinDatabase.StartAsync(options, FlorinHost.Migrations, timeProvider, NullLogger.Instance, cancellationToken);
    }
}
