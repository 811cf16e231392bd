using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Florin.Flows;

namespace Florin.Payments.Charging;

/// <summary>The merchant's wishes to capture and void, as they travel to the payment's flow.</summary>
internal static class PaymentCommands
{
    /// <summary>The source of their signals. The id of a signal follows from the idempotency key, so that a repeat is one command.</summary>
    public const string Source = "merchant";

    public static string Write(PaymentCommand command) => FlowFacts.Write(command);

    /// <summary>Names the signal of one attempt.</summary>
    public static string SignalId(PaymentCommand command) =>
        command.Attempt == 0 ? command.Id.ToString("D") : $"{command.Id:D}:{command.Attempt.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>The first that was not considered yet.</summary>
    public static PaymentCommand? Next(ImmutableArray<FlowSignal> signals, PaymentFacts facts) => Open(signals, facts).FirstOrDefault();

    /// <summary>The first void that was not considered yet, for a payment of which nothing is reserved that a capture could take.</summary>
    public static PaymentCommand? NextVoid(ImmutableArray<FlowSignal> signals, PaymentFacts facts) =>
        Open(signals, facts).FirstOrDefault(command => command.Type == PaymentCommand.VoidType);

    private static IEnumerable<PaymentCommand> Open(ImmutableArray<FlowSignal> signals, PaymentFacts facts) => signals
        .Where(signal => signal.Source == Source)
        .Select(signal => Read(signal.Payload))
        .Where(command => facts.Commands.All(considered => considered.Id != command.Id || considered.Attempt < command.Attempt));

    /// <exception cref="JsonException">The text is not what <see cref="Write"/> made: a bug of ours.</exception>
    private static PaymentCommand Read(string payload) => FlowFacts.Read<PaymentCommand>(payload);
}
