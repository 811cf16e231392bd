using System.CommandLine;
using Florin.Ledger;
using Florin.Server.Configuration;
using Florin.Storage.Database;

namespace Florin.Server.Cli;

/// <summary>The program's verbs, and what its exit codes mean: 0 done, 1 found or failed something, 2 refused to start, 70 a bug stopped it.</summary>
internal static class CommandLine
{
    public const int Refused = 2;

    public static async Task<int> RunAsync(string[] arguments)
    {
        TimeProvider timeProvider = TimeProvider.System;
        IdSource ids = new SystemIdSource(timeProvider);
        RootCommand root = new("Florin: a self-hosted system of record for money that moves.")
        {
            RunCommand.Create(timeProvider, ids),
            ServeCommand.Create(timeProvider, ids),
            MigrateCommand.Create(timeProvider),
            LedgerCommand.Create(timeProvider),
            TransportCommand.CreateExport(timeProvider),
            TransportCommand.CreateImport(timeProvider),
        };

        // Signals are ours: what runs must be stopped in order, however long that takes.
        InvocationConfiguration invocation = new() { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false };
        ParseResult parsed = root.Parse(arguments);
        try
        {
            int code = await parsed.InvokeAsync(invocation);
            return parsed.Errors.Count > 0 ? Refused : code;
        }
        catch (Exception refusal) when (refusal is ConfigurationRefusedException or StartupRefusedException)
        {
            await Console.Error.WriteLineAsync($"florin: {refusal.Message}");
            return Refused;
        }
    }
}
