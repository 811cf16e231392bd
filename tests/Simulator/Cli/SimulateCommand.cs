using System.CommandLine;

namespace Florin.Simulator.Cli;

/// <summary><c>florin simulate</c>. Exit codes: 0 nothing is wrong, 1 a seed found something, 2 refused.</summary>
internal static class SimulateCommand
{
    private const int StepsDefault = 3_000;
    private const int Refused = 2;

    public static int Run(string[] arguments)
    {
        Option<int> seed = new("--seed") { Description = "The first seed (1).", DefaultValueFactory = _ => 1 };
        Option<int> seeds = new("--seeds") { Description = "How many seeds, one after another from the first (1).", DefaultValueFactory = _ => 1 };
        Option<int> steps = new("--steps") { Description = $"Steps of each seed ({StepsDefault}).", DefaultValueFactory = _ => StepsDefault };
        Option<int?> minutes = new("--minutes") { Description = $"Goes on with further seeds for so long; {SeedRun.MinutesVariable} means the same." };
        Option<bool> trace = new("--trace") { Description = "Writes every line of the trace to the error stream." };
        Option<bool> json = new("--json") { Description = "Writes the result as JSON." };
        Command simulate = new("simulate", "Runs the shipped ledger under seeds, with a journal, a clock and servers that fail, and a judge.")
        {
            seed, seeds, steps, minutes, trace, json,
        };
        simulate.SetAction(parsed => new SeedRun(TimeProvider.System)
        {
            Seed = parsed.GetValue(seed),
            Seeds = parsed.GetValue(seeds),
            Steps = parsed.GetValue(steps),
            Duration = Minutes(parsed.GetValue(minutes)),
            AsJson = parsed.GetValue(json),
            Listener = parsed.GetValue(trace) ? Console.Error.WriteLine : null,
        }.Run());
        ParseResult result = new RootCommand("The simulator of Florin's ledger.") { simulate }.Parse(arguments);
        int code = result.Invoke();
        return result.Errors.Count > 0 ? Refused : code;
    }

    private static TimeSpan? Minutes(int? given)
    {
        int? minutes = given ?? (int.TryParse(Environment.GetEnvironmentVariable(SeedRun.MinutesVariable), out int variable) ? variable : null);
        return minutes is { } count ? TimeSpan.FromMinutes(count) : null;
    }
}
