using System.Text.Json;

namespace Florin.Simulator.Cli;

/// <summary>Runs seeds side by side, one on each core, and stops at the first that finds something.</summary>
internal sealed class SeedRun(TimeProvider timeProvider)
{
    /// <summary>Instead of <c>--minutes</c>, for a nightly job.</summary>
    public const string MinutesVariable = "FLORIN_SIMULATE_MINUTES";

    // A log needs less than a terminal, but silence for minutes looks like a hang.
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(Console.IsErrorRedirected ? 10 : 1);

    private readonly Lock _gate = new();
    private readonly long _startedAt = timeProvider.GetTimestamp();
    private SimulationResult? _failure;
    private long _submissions;
    private long _transfers;
    private int _done;
    private TimeSpan _toldAt;

    public required int Seed { get; init; }

    public required int Seeds { get; init; }

    public required int Steps { get; init; }

    /// <summary>Goes on with further seeds for so long; <see langword="null"/> runs just <see cref="Seeds"/>.</summary>
    public required TimeSpan? Duration { get; init; }

    public required bool AsJson { get; init; }

    /// <summary>Is told every line of every trace. Then one seed runs after the other.</summary>
    public required Action<string>? Listener { get; init; }

    public int Run()
    {
        int last = Duration is null ? Seed + Seeds : int.MaxValue;
        ParallelOptions options = new() { MaxDegreeOfParallelism = Listener is null ? Environment.ProcessorCount : 1 };
        Parallel.ForEach(Enumerable.Range(Seed, last - Seed), options, (seed, loop) =>
        {
            if (Duration is { } duration && Elapsed >= duration)
            {
                loop.Stop();
                return;
            }

            SimulationResult result = Simulation.Run(seed, Steps, Listener);
            Note(result);
            if (result.Failure is not null)
            {
                loop.Stop();
            }
        });
        Write();
        return _failure is null ? 0 : 1;
    }

    private TimeSpan Elapsed => timeProvider.GetElapsedTime(_startedAt);

    private void Note(SimulationResult result)
    {
        lock (_gate)
        {
            _done++;
            _submissions += result.Submissions;
            _transfers += result.Transfers;
            _failure = result.Failure is not null && (_failure is null || result.Seed < _failure.Seed) ? result : _failure;
            if (!AsJson && Elapsed - _toldAt >= ProgressInterval)
            {
                _toldAt = Elapsed;
                Console.Error.WriteLine($"{_done} seeds, {_submissions} submissions, {Elapsed:hh\\:mm\\:ss}");
            }
        }
    }

    private void Write()
    {
        if (AsJson)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(
                new { clean = _failure is null, seeds = _done, submissions = _submissions, transfers = _transfers, seconds = (int)Elapsed.TotalSeconds, failure = _failure },
                JsonSerializerOptions.Web));
            return;
        }

        if (_failure is { } failure)
        {
            failure.Newest.ToList().ForEach(line => Console.Out.WriteLine($"    {line}"));
            Console.Out.WriteLine($"seed {failure.Seed}: {failure.Failure}");
            Console.Out.WriteLine($"to see it again: {failure.Command}");
        }

        Console.Out.WriteLine($"{_done} seeds of {Steps} steps, {_submissions} submissions, {_transfers} transfers in {Elapsed.TotalSeconds:0} s: {(_failure is null ? "nothing is wrong" : "WRONG")}");
    }
}
