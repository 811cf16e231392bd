using System.Diagnostics;
using Florin.Flows;
using Florin.Ledger;
using Florin.Payments.Charging;
using Florin.Providers;

namespace Florin.Payments.Refunds;

/// <summary>Decides what the provider's refund, or its absence, means for ours. Reads balances and the payment's state, and nothing else.</summary>
internal sealed class RefundJudge(ILedger ledger, IServiceProvider services, PaymentOptions options, TimeProvider timeProvider)
{
    /// <summary>How soon a posting is tried again that met a balance which had just changed.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(100);

    public async ValueTask<FlowDecision> DecideAsync(Flow flow, RefundFacts facts, AcquirerRefund refund, CancellationToken cancellationToken)
    {
        if (refund.OurReference is not null && refund.OurReference != flow.Id.ToString())
        {
            return new FlowDecision.Park($"The provider's {refund.Id} carries the reference of another flow.");
        }

        if (refund.MinorUnits != facts.Ordered.MinorUnits || refund.Currency != facts.Asset)
        {
            return new FlowDecision.Park($"The provider's {refund.Id} gives back something else than was ordered.");
        }

        RefundFacts known = facts with { RefundId = refund.Id };
        return refund.Status switch
        {
            AcquirerRefundStatus.Succeeded when flow.State == RefundFlow.Failed => await SucceedLateAsync(flow, known, refund, cancellationToken),
            AcquirerRefundStatus.Succeeded => Succeed(flow, known, refund),
            AcquirerRefundStatus.Pending => Process(flow, known, refund),
            AcquirerRefundStatus.Failed when flow.State == RefundFlow.Failed => new FlowDecision.Rest("the provider confirms the failure"),
            AcquirerRefundStatus.Failed when flow.State == RefundFlow.Succeeded && known.IsLate =>
                new FlowDecision.Park($"The provider's {refund.Id} has failed after it succeeded late."),
            AcquirerRefundStatus.Failed => flow.State == RefundFlow.Succeeded
                ? Return(flow, known, refund)
                : Fail(flow, known, OutsideEvidence.Code(refund.FailureCode), PaymentEvidence.Of(refund)),
            AcquirerRefundStatus.Unrecognised => Keep(flow, known, $"unrecognised state '{refund.RawStatus}'", PaymentEvidence.Of(refund)),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>The provider has none. Right after a lost answer that only means "not yet" (fault U-03).</summary>
    public FlowDecision DecideNotFound(Flow flow, RefundFacts facts)
    {
        if (flow.State == RefundFlow.Failed)
        {
            return new FlowDecision.Rest("the provider has no such refund");
        }

        if (facts.RefundId is not null)
        {
            return new FlowDecision.Park($"The provider does not know its own {facts.RefundId} any more.");
        }

        bool isSettled = timeProvider.GetUtcNow() - Since(flow, facts) >= options.SettleWindow;
        return flow.State == RefundFlow.Unknown && isSettled
            ? Fail(flow, facts, FailureCodes.NeverArrived, FlowFacts.Write(new { NotFound = true }))
            : Keep(flow, facts, "no such refund yet");
    }

    /// <summary>A read that failed, or an answer that was lost, says nothing: the money stays held.</summary>
    public FlowDecision Keep(Flow flow, RefundFacts facts, string reason, string? evidence = null) => flow.State == RefundFlow.Submitting
        ? new FlowDecision.Move(RefundFlow.Unknown, FlowFacts.Write(facts), RefundEvents.AnswerLost)
        {
            Evidence = evidence ?? OutsideEvidence.OfUnknown(reason, rawBody: null),
            RestUntilSignal = true,
            Delay = NextLook(flow, facts),
            ProviderReference = ReferenceOf(facts),
        }
        : new FlowDecision.Wait(reason, NextLook(flow, facts));

    public static FlowDecision.Move Fail(Flow flow, RefundFacts facts, string code, string evidence) =>
        new(RefundFlow.Failed, FlowFacts.Write(facts with { FailureCode = code, IsTold = false }), RefundEvents.Failure)
        {
            Evidence = evidence,
            Transactions = RefundPostings.Release(flow),
            ProviderReference = ReferenceOf(facts),
        };

    public TimeSpan NextLook(Flow flow, RefundFacts facts) =>
        PollSchedule.Next(timeProvider.GetUtcNow() - Since(flow, facts), options.PollFirst, options.PollMax);

    private static FlowDecision Succeed(Flow flow, RefundFacts facts, AcquirerRefund refund) => flow.State == RefundFlow.Succeeded
        ? new FlowDecision.Rest("the provider confirms the success")
        : new FlowDecision.Move(RefundFlow.Succeeded, FlowFacts.Write(facts with { IsTold = false }), RefundEvents.Success)
        {
            Evidence = PaymentEvidence.Of(refund),
            Transactions = RefundPostings.Settle(flow),
            ProviderReference = ReferenceOf(facts),
        };

    /// <summary>
    /// The request arrived after it was given up for lost: the payer has the money, so the merchant pays it after all. What a dispute keeps of the payment is
    /// not taken from it a second time; another refund that is under way will be refused by the provider, and is waited for.
    /// </summary>
    private async ValueTask<FlowDecision> SucceedLateAsync(Flow flow, RefundFacts facts, AcquirerRefund refund, CancellationToken cancellationToken)
    {
        Asset asset = facts.Ordered.Asset;
        UInt128 refundable = await AvailableAsync(MerchantAccounts.Refundable(facts.PaymentId, asset), cancellationToken);
        if (refundable < facts.Ordered.MinorUnits && !await IsDisputedAsync(facts, cancellationToken))
        {
            return new FlowDecision.Wait("another refund keeps what this one has given back", NextLook(flow, facts));
        }

        UInt128 available = await AvailableAsync(MerchantAccounts.Available(facts.MerchantId, asset), cancellationToken);
        return new FlowDecision.Move(
            RefundFlow.Succeeded, FlowFacts.Write(facts with { FailureCode = null, IsLate = true, IsTold = false }), RefundEvents.LateSuccess)
        {
            Accounts = RefundPostings.LateAccounts(facts),
            Transactions = RefundPostings.SettleLate(flow, facts, available, refundable),
            Evidence = PaymentEvidence.Of(refund),
            ProviderReference = ReferenceOf(facts),
            IfShort = new FlowDecision.Wait("a balance changed meanwhile", Again),
        };
    }

    /// <summary>Whether a dispute of the payment is open, or was lost.</summary>
    public async ValueTask<bool> IsDisputedAsync(RefundFacts facts, CancellationToken cancellationToken) =>
        await services.Require<IFlows>().GetAsync(new FlowId(facts.PaymentId), cancellationToken) is { State: PaymentFlow.Disputed };

    private async ValueTask<UInt128> AvailableAsync(AccountDefinition account, CancellationToken cancellationToken) =>
        await ledger.GetBalanceAsync(account.Id, cancellationToken) is { } balance ? balance.Available : UInt128.Zero;

    private static FlowDecision.Move Return(Flow flow, RefundFacts facts, AcquirerRefund refund) =>
        new(
            RefundFlow.Failed,
            FlowFacts.Write(facts with { FailureCode = OutsideEvidence.Code(refund.FailureCode), IsTold = false }),
            RefundEvents.LateFailure)
        {
            Evidence = PaymentEvidence.Of(refund),
            Transactions = RefundPostings.Return(flow),
        };

    private FlowDecision Process(Flow flow, RefundFacts facts, AcquirerRefund refund) => flow.State switch
    {
        RefundFlow.Pending or RefundFlow.Failed => new FlowDecision.Wait("the provider still works on it", NextLook(flow, facts)),
        RefundFlow.Succeeded => new FlowDecision.Rest("an earlier state of the refund"),
        _ => new FlowDecision.Move(RefundFlow.Pending, FlowFacts.Write(facts), RefundEvents.Processing)
        {
            Evidence = PaymentEvidence.Of(refund),
            ProviderReference = ReferenceOf(facts),
            RestUntilSignal = true,
            Delay = NextLook(flow, facts),
        },
    };

    private static DateTimeOffset Since(Flow flow, RefundFacts facts) => facts.SubmittedAt ?? flow.CreatedAt;

    private static string? ReferenceOf(RefundFacts facts) => facts.RefundId is { } id ? $"{facts.Provider}:{id}" : null;
}
