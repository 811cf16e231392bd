using Florin.Ledger;
using Florin.Simulator.Judgement;
using Florin.Simulator.Scheduling;

namespace Florin.Simulator;

/// <summary>What one seed showed.</summary>
/// <param name="Failure">What is wrong; <see langword="null"/> when nothing is.</param>
/// <param name="TraceHash">SHA-256 over every line of the trace: the same seed and steps always give the same.</param>
/// <param name="Newest">The last lines of the trace.</param>
public sealed record SimulationResult(
    int Seed, int Steps, string? Failure, string TraceHash, IReadOnlyList<string> Newest, int Submissions, int Batches, long Transfers, int Flows, int Kills,
    IReadOnlyDictionary<string, int> Answers)
{
    /// <summary>Repeats this run.</summary>
    public string Command => $"florin simulate --seed {Seed} --steps {Steps}";
}

/// <summary>Runs the shipped ledger under a seed. Single-threaded: the calling thread is the whole world.</summary>
public static class Simulation
{
    /// <param name="steps">Decisions of the scheduler before it settles. Above zero.</param>
    /// <param name="listener">Is told every line of the trace; <see langword="null"/> when nobody listens.</param>
    public static SimulationResult Run(int seed, int steps, Action<string>? listener = null)
    {
        using Trace trace = new(listener);
        Verdict verdict = new(trace);
        Judge judge = new(verdict, trace);
        Chance chance = new(seed);
        World world = new(chance, judge, verdict, trace);
        trace.Note($"seed {seed}, {steps} steps");
        try
        {
            world.Run(steps);
        }
        catch (InvariantException refusal)
        {
            // The store refuses what no journal may hold.
            verdict.Fail(refusal.ToString());
        }

        return new SimulationResult(
            seed, steps, verdict.Failure, trace.Hash(), [.. trace.Newest], world.Submissions, world.Store.Batches.Count, world.Store.HeadSequence, world.Store.Flows.Rows.Count, world.Kills,
            judge.Answers.ToDictionary(pair => pair.Key.ToString(), pair => pair.Value));
    }
}
