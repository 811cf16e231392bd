using System.Diagnostics;
using Florin.Flows;

namespace Florin.Payments.Charging;

/// <summary>How a late success stands to the other payments of its obligation.</summary>
internal enum RivalStanding
{
    /// <summary>No other has taken the money, and none can begin any more: this one is honoured.</summary>
    Clear = 1,

    /// <summary>Another may take it, or have taken it; ask again when that is known.</summary>
    Open = 2,

    /// <summary>Another has taken it.</summary>
    Paid = 3,
}

/// <summary>The payments of one obligation: only one of them may take money, and a further one is begun only when those before it certainly took none.</summary>
/// <remarks>An obligation is held for ever, so each attempt holds one of its own; attempt n may begin when the holder of n - 1 has failed or was voided.</remarks>
internal sealed class PaymentRivals(IServiceProvider services)
{
    /// <summary>Attempts to pay one obligation. Beyond them it takes another obligation.</summary>
    public const int AttemptsMax = 100;

    // The runner is made of the handlers, which use this.
    private readonly Lazy<IFlows> _flows = new(services.Require<IFlows>);

    public static string Name(Guid merchant, string obligation, int attempt) => $"payment:{merchant:D}:{attempt}:{obligation}";

    /// <summary>Whether a payment ended without keeping anything.</summary>
    public static bool IsOver(Flow flow) => flow.State is PaymentFlow.Failed or PaymentFlow.Voided or PaymentFlow.Returned;

    /// <summary>The payment that holds a place among the payments of an obligation: its first holder, or the one that a claim speaks for.</summary>
    public async ValueTask<Flow?> HolderAsync(FlowId id, CancellationToken cancellationToken) =>
        await _flows.Value.GetAsync(id, cancellationToken) is { Kind: ObligationClaim.Kind } claim
            ? await _flows.Value.GetAsync(ObligationClaim.PaymentOf(claim), cancellationToken)
            : await _flows.Value.GetAsync(id, cancellationToken);

    /// <summary>
    /// Asks for a late success to be honoured (faults I-09, U-02, U-05). It is when it gets the place after the last attempt: a new attempt needs that very
    /// place, and so does every other late success, so that no two of them get through at one instant. Repeating it changes nothing.
    /// </summary>
    public async ValueTask<RivalStanding> ClaimAsync(Flow flow, PaymentFacts facts, CancellationToken cancellationToken)
    {
        if (facts.Obligation is not { } obligation || !(IsOver(flow) || flow.State == PaymentFlow.Contested))
        {
            return RivalStanding.Clear;
        }

        for (int attempt = facts.ObligationAttempt + 1; attempt < AttemptsMax; attempt++)
        {
            FlowStart claim = ObligationClaim.Of(flow, Name(facts.MerchantId, obligation, attempt));
            switch (await _flows.Value.StartAsync(claim, TimeSpan.Zero, cancellationToken))
            {
                case FlowStartOutcome.Started or FlowStartOutcome.Replayed:
                    return RivalStanding.Clear;
                case FlowStartOutcome.ObligationTaken taken when await HolderAsync(taken.Holder, cancellationToken) is { } rival:
                    if (!IsOver(rival))
                    {
                        return PaymentFlow.IsTaken(rival.State) ? RivalStanding.Paid : RivalStanding.Open;
                    }

                    break;
                case var other:
                    throw new UnreachableException($"A claim cannot be answered with {other}.");
            }
        }

        return RivalStanding.Paid;
    }
}
