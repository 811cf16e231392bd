using System.Diagnostics;
using Florin.Flows;
using Florin.Payments.Charging;
using Florin.Providers;

namespace Florin.Payments.Refunds;

/// <summary>Decides what the provider's refund, or its absence, means for ours. Pure but for the clock.</summary>
internal sealed class RefundJudge(PaymentOptions options, TimeProvider timeProvider)
{
    public FlowDecision Decide(Flow flow, RefundFacts facts, AcquirerRefund refund)
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
            AcquirerRefundStatus.Succeeded => Succeed(flow, known, refund),
            AcquirerRefundStatus.Pending => Process(flow, known, refund),
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
        RefundFlow.Pending => new FlowDecision.Wait("the provider still works on it", NextLook(flow, facts)),
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
