using Florin.Flows;
using Florin.Payments.Charging;
using Florin.Providers;

namespace Florin.Payments.Refunds;

/// <summary>Decides what the provider's refunds, or their absence, mean for ours. Pure but for the clock.</summary>
internal sealed class RefundJudge(PaymentOptions options, TimeProvider timeProvider)
{
    /// <summary>What the provider tells of a part must be what was asked for; null when it is.</summary>
    public static FlowDecision.Park? Disagrees(RefundFacts facts, int index, string reference, AcquirerRefund refund) =>
        refund.OurReference is not null && refund.OurReference != reference
            ? new FlowDecision.Park($"The provider's {refund.Id} carries the reference of another flow.")
        : refund.MinorUnits != facts.Units(facts.Parts[index]) || refund.Currency != facts.Asset
            ? new FlowDecision.Park($"The provider's {refund.Id} gives back something else than was ordered.")
        : null;

    /// <summary>The provider has none. Right after a lost answer that only means "not yet" (fault U-03).</summary>
    public FlowDecision DecideNotFound(Flow flow, RefundFacts facts)
    {
        if (facts.Last.RefundId is { } id)
        {
            return new FlowDecision.Park($"The provider does not know its own {id} any more.");
        }

        bool isSettled = timeProvider.GetUtcNow() - Since(flow, facts) >= options.SettleWindow;
        return flow.State == RefundFlow.Unknown && isSettled
            ? End(flow, facts.With(facts.Last with { Outcome = FailureCodes.NeverArrived }), FlowFacts.Write(new { NotFound = true }))
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

    public FlowDecision Process(Flow flow, RefundFacts facts, AcquirerRefund refund) => flow.State == RefundFlow.Pending
        ? new FlowDecision.Wait("the provider still works on it", NextLook(flow, facts))
        : new FlowDecision.Move(RefundFlow.Pending, FlowFacts.Write(facts), RefundEvents.Processing)
        {
            Evidence = PaymentEvidence.Of(refund),
            ProviderReference = ReferenceOf(facts),
            RestUntilSignal = true,
            Delay = NextLook(flow, facts),
        };

    /// <param name="ended">With the part that has just ended.</param>
    /// <param name="next">With the intent of the next one.</param>
    public static FlowDecision.Move Continue(Flow flow, RefundFacts ended, RefundFacts next, string evidence) =>
        new(RefundFlow.Submitting, FlowFacts.Write(next), ended.Last.IsDone ? RefundEvents.PartDone : RefundEvents.PartRefused)
        {
            Evidence = evidence,
            Transactions = ended.Last.IsDone ? RefundPostings.SettlePart(flow, ended) : [],
            ProviderReference = ReferenceOf(ended),
        };

    /// <summary>Nothing more is asked for: what was given back is posted, and the merchant has the rest again.</summary>
    /// <param name="ended">With the part that has just ended.</param>
    public static FlowDecision.Move End(Flow flow, RefundFacts ended, string evidence)
    {
        bool isWhole = ended.GivenBack == ended.Ordered.MinorUnits;
        bool isNothing = ended.GivenBack == 0;
        RefundFacts told = ended with { FailureCode = isWhole ? null : FailureOf(ended), IsTold = false };
        return new FlowDecision.Move(
            isWhole ? RefundFlow.Succeeded : isNothing ? RefundFlow.Failed : RefundFlow.PartiallySucceeded,
            FlowFacts.Write(told),
            isWhole ? RefundEvents.Success : isNothing ? RefundEvents.Failure : RefundEvents.PartialSuccess)
        {
            Evidence = evidence,
            Transactions = isWhole
                ? RefundPostings.Settle(flow, ended)
                : [.. ended.Last.IsDone ? RefundPostings.SettlePart(flow, ended) : [], .. RefundPostings.Release(flow)],
            ProviderReference = ReferenceOf(ended),
        };
    }

    /// <summary>A part came back: the merchant has its money again.</summary>
    public static FlowDecision.Move Return(Flow flow, RefundFacts facts, int index, AcquirerRefund refund)
    {
        string code = OutsideEvidence.Code(refund.FailureCode);
        RefundFacts returned = facts with
        {
            Parts = facts.Parts.SetItem(index, facts.Parts[index] with { Outcome = code }),
            FailureCode = code,
            IsTold = false,
        };
        return new FlowDecision.Move(
            returned.GivenBack == 0 ? RefundFlow.Failed : RefundFlow.PartiallySucceeded, FlowFacts.Write(returned), RefundEvents.LateFailure)
        {
            Evidence = PaymentEvidence.Of(refund),
            Transactions = RefundPostings.Return(flow, index),

            // Its signal may stand for others that came back.
            KeepSignals = true,
        };
    }

    public TimeSpan NextLook(Flow flow, RefundFacts facts) =>
        PollSchedule.Next(timeProvider.GetUtcNow() - Since(flow, facts), options.PollFirst, options.PollMax);

    private static string FailureOf(RefundFacts facts) => facts.Parts.LastOrDefault(part => part is { IsDone: false, IsOpen: false })?.Outcome ?? FailureCodes.Declined;

    private static DateTimeOffset Since(Flow flow, RefundFacts facts) => facts.SubmittedAt ?? flow.CreatedAt;

    private static string? ReferenceOf(RefundFacts facts) => facts.RefundId is { } id ? $"{facts.Provider}:{id}" : null;
}
