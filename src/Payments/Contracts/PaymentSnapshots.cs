using Florin.Flows;
using Florin.Payments.Charging;
using Florin.Payments.Disputes;
using Florin.Payments.Refunds;

namespace Florin.Payments;

/// <summary>Payments, refunds and disputes as they were at a version of their flow, for events.</summary>
public static class PaymentSnapshots
{
    public const string PaymentKind = PaymentFlow.Kind;
    public const string RefundKind = RefundFlow.Kind;
    public const string DisputeKind = DisputeFlow.Kind;

    public static Payment Payment(Flow flow) => PaymentService.Present(flow);

    public static Refund Refund(Flow flow) => RefundService.Present(flow);

    public static Dispute Dispute(Flow flow) => DisputeService.Present(flow);
}
