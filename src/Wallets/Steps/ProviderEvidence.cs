using Florin.Flows;
using Florin.Providers;

namespace Florin.Wallets.Steps;

/// <summary>What the provider said, as JSON for a flow's history: ids, states and amounts; nothing personal.</summary>
internal static class ProviderEvidence
{
    public static string Of(ProviderPayment payment) => FlowFacts.Write(new
    {
        payment.Id,
        Status = payment.RawStatus,
        Amount = FlowFacts.AmountText(payment.MinorUnits),
        Received = FlowFacts.AmountText(payment.ReceivedMinorUnits),
        payment.Currency,
        payment.FailureCode,
    });

    public static string Of(ProviderPayout payout) => FlowFacts.Write(new
    {
        payout.Id,
        Status = payout.RawStatus,
        Amount = FlowFacts.AmountText(payout.MinorUnits),
        payout.Currency,
        payout.FailureCode,
    });
}
