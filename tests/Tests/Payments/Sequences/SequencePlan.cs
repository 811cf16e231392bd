using System.Collections.Immutable;
using System.Globalization;

namespace Florin.Tests.Payments.Sequences;

/// <summary>What one sequence does, drawn from its seed before anything happens, so that a seed means the same whenever it is played.</summary>
/// <remarks>What others do at the same time, and when a fault meets whom, is not in it: a fault strikes the next request of its kind, whosever it is.</remarks>
internal sealed record SequencePlan
{
    private const int Acts = 3;
    private const int UnitsMax = 200;

    /// <summary>Currency, the decimals of its amounts, and the step in which the provider takes its smallest units.</summary>
    private static readonly (string Code, int Decimals, long Step)[] Currencies =
        [("USD", 2, 1), ("USD", 2, 1), ("EUR", 2, 1), ("JPY", 0, 1), ("KRW", 0, 1), ("KWD", 3, 10), ("HUF", 2, 100)];

    private static readonly string[] GoodCards = ["pm_card_visa", "pm_card_mastercard", "pm_card_bypassPending"];

    private static readonly string[] BadCards =
    [
        "pm_card_chargeDeclined", "pm_card_chargeDeclinedInsufficientFunds", "pm_card_chargeDeclinedExpiredCard", "pm_card_radarBlock",
        "pm_card_authenticationRequired",
    ];

    private static readonly string[] DisputedCards = ["pm_card_createDispute", "pm_card_createDisputeProductNotReceived", "pm_card_createDisputeInquiry"];

    private static readonly string[] Evidences = ["winning_evidence", "losing_evidence", "escalate_inquiry_evidence", "other words"];

    public required int Seed { get; init; }

    public required string Currency { get; init; }

    public required int Decimals { get; init; }

    public required long Units { get; init; }

    public required bool IsManual { get; init; }

    /// <summary>Null when the payment is for nothing in particular.</summary>
    public required string? Obligation { get; init; }

    /// <summary>One payment for each, begun at once; the first one's key is repeated.</summary>
    public required ImmutableArray<string> Cards { get; init; }

    public required PlannedFault? Fault { get; init; }

    public required bool RepeatsAtOnce { get; init; }

    public required ImmutableArray<PlannedStep> Steps { get; init; }

    /// <summary>For a dispute that comes of it; null leaves it unanswered.</summary>
    public required string? Evidence { get; init; }

    /// <summary>Whether an operator has it looked at again at the end.</summary>
    public required bool IsRetriedByOperator { get; init; }

    public static SequencePlan Draw(int seed)
    {
        Random random = new(seed);
        (string currency, int decimals, long step) = random.GetItems(Currencies, 1)[0];
        long units = ((decimals == 0 ? 100 : 5_000) + (random.NextInt64(UnitsMax) * step * 7)) / step * step;
        bool isManual = random.Next(100) < 40;
        bool hasObligation = random.Next(100) < 35;
        string first = Card(random);
        string[] rivals = hasObligation ? [.. Enumerable.Range(0, random.Next(3)).Select(_ => Card(random))] : [];
        List<PlannedStep> steps = [];
        if (isManual && random.Next(100) < 85)
        {
            steps.AddRange(Commands(random, units, step));
        }

        for (int refunds = random.Next(4); refunds > 0; refunds--)
        {
            steps.Add(Refund(random, units, step));
        }

        return new SequencePlan
        {
            Seed = seed,
            Currency = currency,
            Decimals = decimals,
            Units = units,
            IsManual = isManual,
            Obligation = hasObligation ? $"order-{seed}" : null,
            Cards = [first, .. rivals],
            Fault = PlannedFault.Draw(random, "payment_intents.create", mayAlter: true),
            RepeatsAtOnce = random.Next(100) < 20,
            Steps = [.. steps],
            Evidence = random.Next(100) < 80 ? random.GetItems(Evidences, 1)[0] : null,
            IsRetriedByOperator = random.Next(100) < 5,
        };
    }

    /// <summary>An amount as the API takes it: major units, all decimals of the currency.</summary>
    public string Text(long units)
    {
        string digits = units.ToString(CultureInfo.InvariantCulture).PadLeft(Decimals + 1, '0');
        return Decimals == 0 ? digits : $"{digits[..^Decimals]}.{digits[^Decimals..]}";
    }

    public override string ToString() =>
        $"seed {Seed}: {Text(Units)} {Currency} {(IsManual ? "manual" : "automatic")} {string.Join(" against ", Cards)}"
        + $"{(Obligation is null ? "" : $" for {Obligation}")}{(Fault is null ? "" : $" with {Fault}")}{(RepeatsAtOnce ? ", repeated at once" : "")}"
        + string.Concat(Steps.Select(step => $"; {step}")) + $"; evidence: {Evidence ?? "none"}";

    private static string Card(Random random) => random.Next(100) switch
    {
        < 55 => random.GetItems(GoodCards, 1)[0],
        < 70 => random.GetItems(BadCards, 1)[0],
        < 88 => random.GetItems(DisputedCards, 1)[0],
        < 94 => "pm_card_pendingRefund",
        _ => "pm_card_refundFail",
    };

    private static IEnumerable<PlannedStep> Commands(Random random, long units, long step)
    {
        int act = random.Next(100) < 70 ? 1 : 2;
        bool isRace = random.Next(100) < 15;
        if (random.Next(100) < 15)
        {
            yield return new PlannedStep(StepKind.Capture, act, units + step, IsTooLarge: true, IsAtOnce: false, Repeats: 0, Fault: null);
        }

        bool isVoid = random.Next(100) < 25;
        long? amount = random.Next(100) < 50 ? Part(random, units, step) : null;
        PlannedFault? fault = PlannedFault.Draw(random, isVoid ? "payment_intents.cancel" : "payment_intents.capture", mayAlter: false);
        yield return new PlannedStep(isVoid ? StepKind.Void : StepKind.Capture, act, isVoid ? null : amount, false, isRace, random.Next(3), fault);
        if (isRace)
        {
            yield return new PlannedStep(isVoid ? StepKind.Capture : StepKind.Void, act, null, false, IsAtOnce: true, 0, null);
        }
    }

    private static PlannedStep Refund(Random random, long units, long step)
    {
        bool isTooLarge = random.Next(100) < 15;
        long? amount = isTooLarge ? units + step : random.Next(100) < 75 ? Part(random, units, step) : null;
        return new PlannedStep(
            StepKind.Refund, 1 + random.Next(Acts), amount, isTooLarge, random.Next(100) < 40, random.Next(3),
            PlannedFault.Draw(random, "refunds.create", mayAlter: false));
    }

    private static long Part(Random random, long units, long step) => (1 + random.NextInt64(units / step)) * step;
}

internal enum StepKind
{
    Capture = 1,
    Void = 2,
    Refund = 3,
}

/// <param name="Act">The clock moves between the acts.</param>
/// <param name="Units">Null for all that there is.</param>
/// <param name="IsAtOnce">Not waited for before the next one.</param>
/// <param name="Repeats">How often its key is sent again, at once and in the acts that follow.</param>
internal sealed record PlannedStep(StepKind Kind, int Act, long? Units, bool IsTooLarge, bool IsAtOnce, int Repeats, PlannedFault? Fault)
{
    public override string ToString() =>
        $"act {Act} {Kind} {Units?.ToString(CultureInfo.InvariantCulture) ?? "all"}{(IsAtOnce ? " at once" : "")}{(Repeats > 0 ? $" repeated {Repeats}x" : "")}"
        + (Fault is null ? "" : $" with {Fault}");
}
