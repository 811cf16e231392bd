using System.Collections.Immutable;
using System.Globalization;

namespace Florin.Tests.Payments.Sequences;

/// <summary>What one sequence does, drawn from its seed before anything happens, so that a seed means the same whenever it is played.</summary>
/// <remarks>What others do at the same time, and when a fault meets whom, is not in it: a fault strikes the next request of its kind, whosever it is.</remarks>
internal sealed record SequencePlan
{
    public const int Acts = 3;
    private const int UnitsMax = 200;

    /// <summary>Every so many sequences the provider takes another amount than it is asked for. They begin alone, so that the fault meets whom it is meant for.</summary>
    private const int AlteredEvery = 25;

    /// <summary>Currency, the decimals of its amounts, and the step in which the providers take its smallest units.</summary>
    private static readonly (string Code, int Decimals, long Step)[] Currencies =
        [("USD", 2, 1), ("USD", 2, 1), ("EUR", 2, 1), ("JPY", 0, 1), ("KRW", 0, 1), ("KWD", 3, 10), ("HUF", 2, 100)];

    private static readonly string[] Evidences = ["winning_evidence", "losing_evidence", "escalate_inquiry_evidence", "other words"];

    public required int Seed { get; init; }

    public required string Currency { get; init; }

    public required int Decimals { get; init; }

    public required long Units { get; init; }

    public required bool IsManual { get; init; }

    /// <summary>Null when the payment is for nothing in particular.</summary>
    public required string? Obligation { get; init; }

    /// <summary>One payment for each, begun at once; the first one's key is repeated.</summary>
    public required ImmutableArray<PlannedSource> Sources { get; init; }

    /// <summary>Where the first payment goes when its provider cannot be reached; or null.</summary>
    public required PlannedSource? Fallback { get; init; }

    public required PlannedFault? Fault { get; init; }

    public required bool RepeatsAtOnce { get; init; }

    public required ImmutableArray<PlannedStep> Steps { get; init; }

    /// <summary>For a dispute that comes of it; null leaves it unanswered.</summary>
    public required string? Evidence { get; init; }

    /// <summary>Whether an operator has it looked at again at the end.</summary>
    public required bool IsRetriedByOperator { get; init; }

    /// <summary>Whether a refund whose request was given up for lost arrives at the provider all the same, long after.</summary>
    public required bool ArrivesLate { get; init; }

    /// <summary>Whether the provider takes another amount than it is asked for.</summary>
    public bool IsAltered => Fault is { Alters: true };

    public static SequencePlan Draw(int seed)
    {
        Random random = new(seed);
        (string currency, int decimals, long step) = random.GetItems(Currencies, 1)[0];
        long units = ((decimals == 0 ? 200 : 20_000) + (random.NextInt64(UnitsMax) * step * 7)) / step * step;
        bool isAltered = seed % AlteredEvery == 0;
        bool isManual = !isAltered && random.Next(100) < 40;
        bool hasObligation = random.Next(100) < 35;
        PlannedSource first = isAltered ? PlannedSource.Good(random, currency) : PlannedSource.Draw(random, currency);
        PlannedSource[] rivals = hasObligation ? [.. Enumerable.Range(0, random.Next(3)).Select(_ => PlannedSource.Draw(random, currency))] : [];
        List<PlannedStep> steps = [];
        if (isManual && random.Next(100) < 85)
        {
            bool isInParts = first.MayBeCapturedInParts && rivals.Length == 0 && random.Next(100) < 40;
            steps.AddRange(isInParts ? Parts(random, first, units, step) : Commands(random, first, units, step));
        }

        for (int refunds = random.Next(4); refunds > 0; refunds--)
        {
            steps.Add(Refund(random, first, units, step));
        }

        PlannedSource fallback = PlannedSource.Good(random, currency);
        return new SequencePlan
        {
            Seed = seed,
            Currency = currency,
            Decimals = decimals,
            Units = units,
            IsManual = isManual,
            Obligation = hasObligation ? $"order-{seed}" : null,
            Sources = [first, .. rivals],
            Fallback = random.Next(100) < 15 && fallback.Provider != first.Provider ? fallback : null,
            Fault = isAltered ? PlannedFault.Altering(random, first.Provider) : PlannedFault.Draw(random, first.Provider, StepKind.Pay),
            RepeatsAtOnce = random.Next(100) < 20,
            Steps = [.. steps],
            Evidence = random.Next(100) < 80 ? random.GetItems(Evidences, 1)[0] : null,
            IsRetriedByOperator = random.Next(100) < 5,
            ArrivesLate = random.Next(100) < 50,
        };
    }

    /// <summary>An amount as the API takes it: major units, all decimals of the currency.</summary>
    public string Text(long units)
    {
        string digits = units.ToString(CultureInfo.InvariantCulture).PadLeft(Decimals + 1, '0');
        return Decimals == 0 ? digits : $"{digits[..^Decimals]}.{digits[^Decimals..]}";
    }

    public override string ToString() =>
        $"seed {Seed}: {Text(Units)} {Currency} {(IsManual ? "manual" : "automatic")} {string.Join<PlannedSource>(" against ", Sources)}"
        + $"{(Fallback is null ? "" : $" or {Fallback}")}{(Obligation is null ? "" : $" for {Obligation}")}{(Fault is null ? "" : $" with {Fault}")}"
        + $"{(RepeatsAtOnce ? ", repeated at once" : "")}{string.Concat(Steps.Select(step => $"; {step}"))}; evidence: {Evidence ?? "none"}"
        + (ArrivesLate ? "; lost refunds arrive late" : "");

    private static IEnumerable<PlannedStep> Commands(Random random, PlannedSource source, long units, long step)
    {
        int act = random.Next(100) < 70 ? 1 : 2;
        bool isRace = random.Next(100) < 15;
        if (random.Next(100) < 15)
        {
            yield return new PlannedStep(StepKind.Capture, act, units + step, IsTooLarge: true, IsAtOnce: false, Repeats: 0, Fault: null);
        }

        bool isVoid = random.Next(100) < 25;
        long? amount = random.Next(100) < 50 ? Part(random, units, step) : null;
        StepKind kind = isVoid ? StepKind.Void : StepKind.Capture;
        yield return new PlannedStep(kind, act, isVoid ? null : amount, false, isRace, random.Next(3), PlannedFault.Draw(random, source.Provider, kind));
        if (isRace)
        {
            yield return new PlannedStep(isVoid ? StepKind.Capture : StepKind.Void, act, null, false, IsAtOnce: true, 0, null);
        }
    }

    /// <summary>Several captures that leave the rest reserved, one after another or at once, and an end: a final one, a void, or none until it expires.</summary>
    private static IEnumerable<PlannedStep> Parts(Random random, PlannedSource source, long units, long step)
    {
        int parts = 1 + random.Next(3);
        for (int part = 0; part < parts; part++)
        {
            yield return new PlannedStep(
                StepKind.Capture, 1 + random.Next(2), Part(random, units / parts, step), false, random.Next(100) < 30, random.Next(3),
                PlannedFault.Draw(random, source.Provider, StepKind.Capture)) { LeavesRest = true };
        }

        int end = random.Next(3);
        if (end > 0)
        {
            StepKind kind = end == 1 ? StepKind.Capture : StepKind.Void;
            yield return new PlannedStep(kind, 2, null, false, random.Next(100) < 30, random.Next(3), PlannedFault.Draw(random, source.Provider, kind));
        }
    }

    private static PlannedStep Refund(Random random, PlannedSource source, long units, long step)
    {
        bool isTooLarge = random.Next(100) < 15;
        long? amount = isTooLarge ? units + step : random.Next(100) < 75 ? Part(random, units, step) : null;
        return new PlannedStep(
            StepKind.Refund, 1 + random.Next(Acts), amount, isTooLarge, random.Next(100) < 40, random.Next(3),
            PlannedFault.Draw(random, source.Provider, StepKind.Refund));
    }

    private static long Part(Random random, long units, long step) => (1 + random.NextInt64(Math.Max(1, units / step))) * step;
}

internal enum StepKind
{
    Capture = 1,
    Void = 2,
    Refund = 3,
    Pay = 4,
}

/// <param name="Act">The clock moves between the acts.</param>
/// <param name="Units">Null for all that there is.</param>
/// <param name="IsAtOnce">Not waited for before the next one.</param>
/// <param name="Repeats">How often its key is sent again, at once and in the acts that follow.</param>
internal sealed record PlannedStep(StepKind Kind, int Act, long? Units, bool IsTooLarge, bool IsAtOnce, int Repeats, PlannedFault? Fault)
{
    /// <summary>Of a capture: what is not captured stays reserved.</summary>
    public bool LeavesRest { get; init; }

    public override string ToString() =>
        $"act {Act} {Kind} {Units?.ToString(CultureInfo.InvariantCulture) ?? "all"}{(LeavesRest ? " of it" : "")}{(IsAtOnce ? " at once" : "")}"
        + $"{(Repeats > 0 ? $" repeated {Repeats}x" : "")}{(Fault is null ? "" : $" with {Fault}")}";
}
