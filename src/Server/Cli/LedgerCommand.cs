using System.CommandLine;
using System.Text.Json;
using Florin.Ledger;
using Florin.Server.Hosting;
using Florin.Server.Http;
using Florin.Storage.Database;

namespace Florin.Server.Cli;

/// <summary><c>florin ledger verify|rebuild</c>: work over the whole history, from the tables alone.</summary>
internal static class LedgerCommand
{
    private const int Found = 1;

    public static Command Create(TimeProvider timeProvider) => new("ledger", "Verifies the ledger, or rebuilds its totals.")
    {
        CreateVerify(timeProvider), CreateRebuild(timeProvider),
    };

    private static Command CreateVerify(TimeProvider timeProvider)
    {
        Option<string?> data = CliOptions.Data();
        Option<string?> databaseUrl = CliOptions.DatabaseUrl();
        Option<bool> json = CliOptions.Json();
        Command command = new("verify", "Recomputes every balance and every hash from history and compares. Exit code 1 when something does not fit.")
        {
            data, databaseUrl, json,
        };
        command.SetAction(async (parsed, _) =>
        {
            using Signals signals = new();
            await using FlorinDatabase database = await OfflineDatabase.OpenAsync(
                parsed.GetValue(data), parsed.GetValue(databaseUrl), timeProvider, Console.Error, signals.Stop);
            LedgerAuditReport report = await LedgerStorage.Audit(database.Owner).VerifyAsync(new ConsoleProgress(timeProvider), signals.Stop);
            Write(report, parsed.GetValue(json));
            return report.IsClean ? 0 : Found;
        });
        return command;
    }

    private static Command CreateRebuild(TimeProvider timeProvider)
    {
        Option<string?> data = CliOptions.Data();
        Option<string?> databaseUrl = CliOptions.DatabaseUrl();
        Option<bool> json = CliOptions.Json();
        Command command = new("rebuild", "Makes the stored totals anew from history alone. The server must be stopped.") { data, databaseUrl, json };
        command.SetAction(async (parsed, _) =>
        {
            using Signals signals = new();
            await using FlorinDatabase database = await OfflineDatabase.OpenAsync(
                parsed.GetValue(data), parsed.GetValue(databaseUrl), timeProvider, Console.Error, signals.Stop);
            try
            {
                long accounts = await LedgerStorage.Audit(database.Owner).RebuildAsync(new ConsoleProgress(timeProvider), signals.Stop);
                await Console.Out.WriteLineAsync(parsed.GetValue(json) ? $"{{\"accounts\":{accounts}}}" : $"The totals of {accounts} accounts were rebuilt.");
                return 0;
            }
            catch (LedgerUnavailableException refusal)
            {
                await Console.Error.WriteLineAsync($"florin: {refusal.Message}");
                return Found;
            }
        });
        return command;
    }

    private static void Write(LedgerAuditReport report, bool asJson)
    {
        if (asJson)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(
                new { clean = report.IsClean, report.Batches, report.Accounts, report.Transfers, problems = report.Problems }, JsonConventions.Options));
            return;
        }

        Console.Out.WriteLine($"{report.Transfers} transfers in {report.Batches} batches, {report.Accounts} accounts: {(report.IsClean ? "clean" : "NOT CLEAN")}");
        foreach (LedgerProblem problem in report.Problems)
        {
            Console.Out.WriteLine($"  batch {problem.Batch}, sequence {problem.Sequence}: {problem.Message}");
        }
    }
}
