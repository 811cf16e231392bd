using System.CommandLine;
using Florin.Ledger;
using Florin.Server.Hosting;
using Florin.Storage.Database;

namespace Florin.Server.Cli;

/// <summary><c>florin export</c> and <c>florin import</c>: the whole ledger as one file whose chain of hashes is checked on both ways.</summary>
internal static class TransportCommand
{
    private const int Failed = 1;

    public static Command CreateExport(TimeProvider timeProvider)
    {
        Option<FileInfo> to = new("--to") { Description = "The file to write; it must not exist.", Required = true };
        (Option<string?> data, Option<string?> databaseUrl) = (CliOptions.Data(), CliOptions.DatabaseUrl());
        Command command = new("export", "Writes the whole ledger to a file. The server may run.") { to, data, databaseUrl };
        command.SetAction((parsed, _) => RunAsync(
            timeProvider, parsed.GetValue(data), parsed.GetValue(databaseUrl), "exported",
            async (database, progress, stop) =>
            {
                await using FileStream file = new(parsed.GetRequiredValue(to).FullName, FileMode.CreateNew, FileAccess.Write);
                long transfers = await LedgerStorage.ExportAsync(database.Owner, file, progress, stop);
                file.Flush(flushToDisk: true);
                return transfers;
            }));
        return command;
    }

    public static Command CreateImport(TimeProvider timeProvider)
    {
        Option<FileInfo> from = new("--from") { Description = "A file that `florin export` wrote.", Required = true };
        (Option<string?> data, Option<string?> databaseUrl) = (CliOptions.Data(), CliOptions.DatabaseUrl());
        Command command = new("import", "Reads an exported ledger into an empty one, all of it or nothing. The server must be stopped.") { from, data, databaseUrl };
        command.SetAction((parsed, _) => RunAsync(
            timeProvider, parsed.GetValue(data), parsed.GetValue(databaseUrl), "imported",
            async (database, progress, stop) =>
            {
                await using FileStream file = parsed.GetRequiredValue(from).OpenRead();
                return await LedgerStorage.ImportAsync(database.Owner, file, progress, stop);
            }));
        return command;
    }

    private static async Task<int> RunAsync(
        TimeProvider timeProvider,
        string? data,
        string? databaseUrl,
        string done,
        Func<FlorinDatabase, IProgress<LedgerAuditProgress>, CancellationToken, Task<long>> work)
    {
        using Signals signals = new();
        await using FlorinDatabase database = await OfflineDatabase.OpenAsync(data, databaseUrl, timeProvider, Console.Error, signals.Stop);
        try
        {
            long transfers = await work(database, new ConsoleProgress(timeProvider), signals.Stop);
            await Console.Out.WriteLineAsync($"{transfers} transfers were {done}.");
            return 0;
        }
        catch (Exception refusal) when (refusal is InvalidDataException or LedgerUnavailableException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"florin: {refusal.Message}");
            return Failed;
        }
    }
}
