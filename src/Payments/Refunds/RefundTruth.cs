using Florin.Flows;
using Florin.Ledger;
using Florin.Payments.Charging;
using Florin.Providers;

namespace Florin.Payments.Refunds;

/// <summary>What is done when the provider says of a refund that had failed that the payer has the money, and how a refund stands to a dispute of its payment.</summary>
internal sealed class RefundTruth(ILedger ledger, IServiceProvider services)
{
    /// <summary>How soon a posting is tried again that met a balance which had just changed.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(100);

    /// <summary>Whether a dispute of the payment is open, or was lost.</summary>
    public async ValueTask<bool> IsDisputedAsync(RefundFacts facts, CancellationToken cancellationToken) =>
        await services.Require<IFlows>().GetAsync(new FlowId(facts.PaymentId), cancellationToken) is { State: PaymentFlow.Disputed };

    /// <summary>For a refund of one part that had failed.</summary>
    /// <param name="next">When to look again at what is not at its end.</param>
    public async ValueTask<FlowDecision> DecideAsync(
        Flow flow, RefundFacts facts, AcquirerRefund refund, TimeSpan next, CancellationToken cancellationToken) => refund.Status switch
    {
        AcquirerRefundStatus.Succeeded when facts.IsLate => new FlowDecision.Park($"The provider's {refund.Id} has succeeded again after it had come back."),
        AcquirerRefundStatus.Succeeded => await SucceedLateAsync(flow, facts, refund, next, cancellationToken),
        AcquirerRefundStatus.Failed => new FlowDecision.Rest("the provider confirms the failure"),
        _ => new FlowDecision.Wait($"the provider says '{OutsideEvidence.Code(refund.RawStatus)}'", next),
    };

    /// <summary>
    /// The request arrived after it was given up for lost: the payer has the money, so the merchant pays it after all. What a dispute keeps of the payment is
    /// not taken from it a second time; another refund that is under way will be refused by the provider, and is waited for.
    /// </summary>
    private async ValueTask<FlowDecision> SucceedLateAsync(
        Flow flow, RefundFacts facts, AcquirerRefund refund, TimeSpan next, CancellationToken cancellationToken)
    {
        Asset asset = facts.Ordered.Asset;
        UInt128 refundable = await ledger.AvailableAsync(MerchantAccounts.Refundable(facts.PaymentId, asset), cancellationToken);
        if (refundable < facts.Ordered.MinorUnits && !await IsDisputedAsync(facts, cancellationToken))
        {
            return new FlowDecision.Wait("another refund keeps what this one has given back", next);
        }

        UInt128 available = await ledger.AvailableAsync(MerchantAccounts.Available(facts.MerchantId, asset), cancellationToken);
        RefundFacts late = facts.With(facts.Last with { RefundId = refund.Id, Outcome = RefundPart.Done });
        return new FlowDecision.Move(
            RefundFlow.Succeeded,
            FlowFacts.Write(late with
            {
                RefundId = refund.Id,
                FailureCode = null,
                IsLate = true,
                LateReserve = FlowFacts.AmountText(UInt128.Min(facts.Ordered.MinorUnits, refundable)),
                IsTold = false,
            }),
            RefundEvents.LateSuccess)
        {
            Accounts = RefundPostings.LateAccounts(facts),
            Transactions = RefundPostings.SettleLate(flow, facts, available, refundable),
            Evidence = PaymentEvidence.Of(refund),
            ProviderReference = $"{facts.Provider}:{refund.Id}",
            IfShort = new FlowDecision.Wait("a balance changed meanwhile", Again),
        };
    }

    /// <summary>What had succeeded late has come back (fault R-03).</summary>
    public async ValueTask<FlowDecision> ReturnLateAsync(Flow flow, RefundFacts facts, AcquirerRefund refund, CancellationToken cancellationToken)
    {
        string code = OutsideEvidence.Code(refund.FailureCode);
        UInt128 owed = await ledger.AvailableAsync(MerchantAccounts.Receivable(facts.MerchantId, facts.Ordered.Asset), cancellationToken);
        return new FlowDecision.Move(
            RefundFlow.Failed, FlowFacts.Write(facts.With(facts.Last with { Outcome = code }) with { FailureCode = code, IsTold = false }), RefundEvents.LateFailure)
        {
            Accounts = RefundPostings.LateAccounts(facts),
            Transactions = RefundPostings.ReturnLate(flow, facts, owed),
            Evidence = PaymentEvidence.Of(refund),
            IfShort = new FlowDecision.Wait("a balance changed meanwhile", Again),
        };
    }
}
