using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;

namespace Florin.Payments.Charging;

/// <summary>
/// Says what refunds and disputes have left of a captured payment. The ledger says how much was given back; signals only say that it should be asked,
/// and where disputes stand.
/// </summary>
internal sealed class PaymentCount(ILedger ledger)
{
    /// <summary>The source of signals from a payment's refunds and disputes.</summary>
    public const string Source = "payments";

    public const string RefundSignal = "refund";
    public const string DisputeSignal = "dispute";

    public async ValueTask<FlowDecision> DecideAsync(
        Flow flow, PaymentFacts facts, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        AccountId account = MerchantAccounts.Refundable(flow.Id.Value, facts.Ordered.Asset).Id;
        if (await ledger.GetBalanceAsync(account, cancellationToken) is not { } balance)
        {
            return new FlowDecision.Park("A captured payment has no account of what can be refunded.");
        }

        // What came back of a refund that failed was credited again, so neither total alone says how much is gone.
        UInt128 gone = facts.CapturedUnits - balance.Posted(out bool isNegative);
        Invariant.Assert(!isNegative);
        PaymentFacts counted = facts with
        {
            Refunded = FlowFacts.AmountText(gone),
            Disputes = signals.Where(signal => signal is { Source: Source, Type: DisputeSignal })
                .Select(signal => FlowFacts.Read<PaymentDispute>(signal.Payload)).Aggregate(facts.Disputes, Put),
        };
        string state = counted.Disputes.Any(dispute => dispute.State is "needs_response" or "under_review" or "lost") ? PaymentFlow.Disputed
            : gone == 0 ? PaymentFlow.Captured
            : gone < facts.CapturedUnits ? PaymentFlow.PartiallyRefunded
            : PaymentFlow.Refunded;
        return state == flow.State && counted.Refunded == facts.Refunded && counted.Disputes.SequenceEqual(facts.Disputes)
            ? new FlowDecision.Rest("nothing has changed")
            : new FlowDecision.Move(state, FlowFacts.Write(counted), PaymentEvents.Counted);
    }

    private static ImmutableArray<PaymentDispute> Put(ImmutableArray<PaymentDispute> disputes, PaymentDispute dispute) =>
        [.. disputes.Where(other => other.Id != dispute.Id), dispute];
}
