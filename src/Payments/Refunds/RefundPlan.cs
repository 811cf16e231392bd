using Florin.Flows;
using Florin.Payments.Charging;
using Florin.Providers;

namespace Florin.Payments.Refunds;

/// <summary>
/// Says what the provider is asked for next. Where a payment was captured in parts, the captures are read before each part: other refunds, and people at the
/// provider, give back of the same captures.
/// </summary>
internal sealed class RefundPlan(AcquirerSet acquirers)
{
    /// <returns>Not found when nothing is left to be asked for.</returns>
    public async ValueTask<ProviderLookup<RefundPart>> NextAsync(RefundFacts facts, CancellationToken cancellationToken)
    {
        bool isFirst = facts.Parts.IsEmpty;
        if (!facts.IsSpread)
        {
            return isFirst ? new ProviderLookup<RefundPart>.Found(new RefundPart(facts.CaptureId, facts.Amount)) : new ProviderLookup<RefundPart>.NotFound();
        }

        return await acquirers.Of(facts.Provider).GetPaymentAsync(facts.ProviderPaymentId, cancellationToken) switch
        {
            ProviderLookup<AcquirerPayment>.Found { Value: { } payment } => Choose(facts, payment.Captures) is { } part
                ? new ProviderLookup<RefundPart>.Found(part)

                // The provider itself says why it gives nothing back.
                : isFirst ? new ProviderLookup<RefundPart>.Found(new RefundPart(facts.CaptureId, facts.Amount)) : new ProviderLookup<RefundPart>.NotFound(),
            ProviderLookup<AcquirerPayment>.Unavailable { Reason: { } reason } => new ProviderLookup<RefundPart>.Unavailable(reason),
            _ => new ProviderLookup<RefundPart>.Unavailable("the provider does not know its own payment"),
        };
    }

    /// <summary>The oldest capture that covers all that is missing, else the oldest of which something is left; null when there is none.</summary>
    private static RefundPart? Choose(RefundFacts facts, IReadOnlyList<AcquirerCapture> captures)
    {
        UInt128 missing = facts.Missing;
        AcquirerCapture[] open = [.. captures.Where(capture => capture.Rest > 0 && MayBeAsked(facts, capture))];
        return missing == 0 || facts.Parts.Length >= RefundPart.CountMax ? null
            : (open.FirstOrDefault(capture => capture.Rest >= missing) ?? open.FirstOrDefault()) is { } chosen
                ? new RefundPart(chosen.Id, FlowFacts.AmountText(UInt128.Min(missing, chosen.Rest)))
                : null;
    }

    /// <summary>A capture that refused is asked again only for less: then another refund was quicker.</summary>
    private static bool MayBeAsked(RefundFacts facts, AcquirerCapture capture) => facts.Parts.All(
        part => part.CaptureId != capture.Id || part.IsDone || part.IsOpen || capture.Rest < facts.Units(part));
}
