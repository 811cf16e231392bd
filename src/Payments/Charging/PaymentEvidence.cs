using Florin.Flows;
using Florin.Providers;

namespace Florin.Payments.Charging;

/// <summary>What the provider said, as JSON for a flow's history: ids, states and amounts; nothing personal.</summary>
internal static class PaymentEvidence
{
    public static string Of(AcquirerPayment payment) => FlowFacts.Write(new
    {
        payment.Id,
        Status = payment.RawStatus,
        Amount = FlowFacts.AmountText(payment.MinorUnits),
        Capturable = FlowFacts.AmountText(payment.CapturableMinorUnits),
        Captured = FlowFacts.AmountText(payment.CapturedMinorUnits),
        payment.Currency,
        payment.FailureCode,
    });

    public static string Of(AcquirerRefund refund) => FlowFacts.Write(new
    {
        refund.Id,
        Status = refund.RawStatus,
        Amount = FlowFacts.AmountText(refund.MinorUnits),
        refund.Currency,
        refund.FailureCode,
    });

    public static string Of(AcquirerDispute dispute) => FlowFacts.Write(new
    {
        dispute.Id,
        Status = dispute.RawStatus,
        Amount = FlowFacts.AmountText(dispute.MinorUnits),
        Fee = FlowFacts.AmountText(dispute.FeeMinorUnits),
        dispute.Currency,
        dispute.Reason,
    });
}
