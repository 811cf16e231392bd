using Florin.Flows;

namespace Florin.Payments.Charging;

/// <summary>The payments of one obligation: only one of them may take money, and a further one is begun only when those before it certainly took none.</summary>
/// <remarks>An obligation is held for ever, so each attempt holds one of its own; attempt n may begin when the holder of n - 1 has failed or was voided.</remarks>
internal sealed class PaymentRivals(IServiceProvider services)
{
    /// <summary>Attempts to pay one obligation. Beyond them it takes another obligation.</summary>
    public const int AttemptsMax = 100;

    // The runner is made of the handlers, which use this.
    private readonly Lazy<IFlows> _flows = new(() => (IFlows)(services.GetService(typeof(IFlows)) ?? throw new InvalidOperationException("There is no IFlows.")));

    public static string Name(Guid merchant, string obligation, int attempt) => $"payment:{merchant:D}:{attempt}:{obligation}";

    /// <summary>Whether a payment ended without taking anything.</summary>
    public static bool IsOver(Flow flow) => flow.State is PaymentFlow.Failed or PaymentFlow.Voided;

    /// <summary>Whether a later attempt has taken the money, or may: then this one comes too late (faults I-09, U-05).</summary>
    public async ValueTask<bool> IsPaidOtherwiseAsync(Flow flow, PaymentFacts facts, CancellationToken cancellationToken)
    {
        if (facts.Obligation is not { } obligation || !IsOver(flow))
        {
            return false;
        }

        for (int attempt = facts.ObligationAttempt + 1; attempt < AttemptsMax; attempt++)
        {
            FlowId? holder = await _flows.Value.FindObligationHolderAsync(Name(facts.MerchantId, obligation, attempt), cancellationToken);
            if (holder is null)
            {
                return false;
            }

            if (await _flows.Value.GetAsync(holder.Value, cancellationToken) is { } rival && !IsOver(rival))
            {
                return true;
            }
        }

        return false;
    }
}
