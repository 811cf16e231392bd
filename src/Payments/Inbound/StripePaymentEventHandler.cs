using System.Collections.Frozen;
using Florin.Flows;
using Florin.Providers;

namespace Florin.Payments.Inbound;

/// <summary>Says where Stripe's events belong.</summary>
internal sealed class StripePaymentEventHandler(PaymentSignals signals, PaymentOptions options) : IInboundEventHandler
{
    /// <summary>Types that tell of a change of state; every other type is kept and shown, and nothing more (fault W-10).</summary>
    private static readonly FrozenSet<string> Types = FrozenSet.ToFrozenSet(
        [
            "payment_intent.amount_capturable_updated", "payment_intent.processing", "payment_intent.requires_action", "payment_intent.succeeded",
            "payment_intent.payment_failed", "payment_intent.canceled", "charge.captured", "charge.pending", "charge.succeeded", "charge.failed",
            "charge.expired", "refund.created", "refund.updated", "refund.failed", "charge.refund.updated",
        ],
        StringComparer.Ordinal);

    private const string DisputeTypes = "charge.dispute.";

    public string Provider => "stripe";

    public async ValueTask<InboundHandling> HandleAsync(InboundEvent inboundEvent, CancellationToken cancellationToken)
    {
        if (StripeEventBody.Read(inboundEvent.Body) is not { } body)
        {
            return new InboundHandling.Parked("the body is not an event that can be read");
        }

        if (body.IsLive != options.LiveMode)
        {
            return new InboundHandling.Ignored("refused: it comes from another environment (livemode)");
        }

        return inboundEvent.Type.StartsWith(DisputeTypes, StringComparison.Ordinal)
            ? await signals.NoticeAsync(inboundEvent, body.PaymentId is null ? null : body.ObjectId, cancellationToken)
            : Types.Contains(inboundEvent.Type)
                ? await signals.WakeAsync(inboundEvent, body.ObjectId, body.OurReference, cancellationToken)
                : new InboundHandling.Ignored("nothing depends on this type");
    }
}
