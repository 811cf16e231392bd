using System.Collections.Immutable;
using Florin.Flows;

namespace Florin.Payments.Charging;

/// <summary>
/// The right of a late success to be honoured: it takes the place of the next payment of its obligation, so that one of the two is there first and the
/// database says which. It is never given back.
/// </summary>
internal sealed class ObligationClaim : IFlowHandler
{
    public const string Kind = "payment.claim";

    public const string Held = "held";

    private const string Source = "payments";

    public static FlowDefinition Declared { get; } = new(
        Kind,
        "Holds the place of a payment that the provider took after all, among the payments of its obligation. Moves no money.",
        [new(Held, IsFinal: true, IsReportable: true, "No further payment of the obligation begins while the payment stands.")],
        [Held],
        []);

    public FlowDefinition Definition => Declared;

    public ValueTask<FlowDecision> DecideAsync(Flow flow, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken) =>
        ValueTask.FromResult<FlowDecision>(new FlowDecision.Rest("at its end"));

    /// <summary>The payment that a claim speaks for.</summary>
    public static FlowId PaymentOf(Flow claim) => new(FlowFacts.Read<Facts>(claim.Data).PaymentId);

    /// <param name="place">The obligation's name for the next attempt.</param>
    public static FlowStart Of(Flow payment, string place) => new()
    {
        Id = FlowId.FromIdempotencyKey(Source, Kind, payment.Id.ToString()),
        Kind = Kind,
        State = Held,
        OwnerId = payment.OwnerId,
        Obligation = place,
        Data = FlowFacts.Write(new Facts(payment.Id.Value)),
        RequestHash = Flows.RequestHash.Of(Kind, payment.Id.ToString()),
        Actor = Source,
    };

    private sealed record Facts(Guid PaymentId);
}
