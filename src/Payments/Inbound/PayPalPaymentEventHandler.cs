using Florin.Flows;
using Florin.Providers;

namespace Florin.Payments.Inbound;

/// <summary>Says where PayPal's events belong. That they are of our environment is proven by the signature, which names our webhook.</summary>
/// <remarks>
/// A signature covers only a CRC of the body, so that somebody who holds one genuine transmission can make another body to it. Waking the wrong flow costs a
/// look; a dispute, which begins a flow, is read from PayPal before it is given to a payment.
/// </remarks>
internal sealed class PayPalPaymentEventHandler(PaymentSignals signals) : IInboundEventHandler
{
    private const string DisputeTypes = "CUSTOMER.DISPUTE.";

    /// <summary>Types that tell of a change of state begin so; every other type is kept and shown, and nothing more (fault W-10).</summary>
    private static readonly string[] Types = ["PAYMENT.CAPTURE.", "PAYMENT.AUTHORIZATION.", "PAYMENT.REFUND.", "CHECKOUT.ORDER."];

    public string Provider => "paypal";

    public async ValueTask<InboundHandling> HandleAsync(InboundEvent inboundEvent, CancellationToken cancellationToken)
    {
        if (PayPalEventBody.Read(inboundEvent.Body) is not { } body)
        {
            return new InboundHandling.Parked("the body is not an event that can be read");
        }

        // A payment is known by its order, a refund by itself.
        return inboundEvent.Type.StartsWith(DisputeTypes, StringComparison.Ordinal)
            ? await signals.NoticeAsync(inboundEvent, body.ObjectId, cancellationToken)
            : Types.Any(type => inboundEvent.Type.StartsWith(type, StringComparison.Ordinal))
                ? await signals.WakeAsync(inboundEvent, body.OrderId ?? body.ObjectId, body.OurReference, cancellationToken)
                : new InboundHandling.Ignored("nothing depends on this type");
    }
}
