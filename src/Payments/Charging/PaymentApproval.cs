using Florin.Flows;
using Florin.Providers;

namespace Florin.Payments.Charging;

/// <summary>
/// A payment that its payer approves in the browser (<see cref="IApprovalAcquirer"/>). The approval moves nothing: money is taken only when we ask for it, and
/// we ask once, after the payer has approved and before the time is over. So its end needs no provider: what was not asked for then is never asked for, and
/// an approval that comes later takes nothing (fault U-13). Whether it is voided or taken is decided by which of the two changes of the flow is committed.
/// </summary>
internal sealed class PaymentApproval(SubmissionPermits permits, PaymentOptions options, TimeProvider timeProvider)
{
    /// <summary>Whether the payer's time is over and nothing was asked for: from now on nothing is.</summary>
    public bool IsOver(Flow flow, PaymentFacts facts) => facts is { IsApproval: true, ApprovedAt: null } && flow.State switch
    {
        PaymentFlow.RequiresAction => timeProvider.GetUtcNow() >= facts.ActionUntil,

        // The answer that names the address was lost all the time, so that nobody could approve it.
        PaymentFlow.Unknown => timeProvider.GetUtcNow() >= facts.SubmittedAt + options.ActionTime,
        _ => false,
    };

    public static FlowDecision.Move Expire(Flow flow, PaymentFacts facts) =>
        PaymentJudge.Fail(flow, facts with { NextActionUrl = null }, PaymentEvents.Expired, FailureCodes.ActionExpired, evidence: null);

    /// <summary>The merchant does not want it any more: it is never asked for.</summary>
    public static FlowDecision.Move Void(PaymentFacts facts, PaymentCommand command)
    {
        PaymentFacts ended = facts.With(command with { Outcome = PaymentCommand.Done }) with { NextActionUrl = null };
        return new FlowDecision.Move(PaymentFlow.Voided, FlowFacts.Write(ended), PaymentEvents.Voided);
    }

    /// <param name="payment">Waits for its payer, or was approved.</param>
    public FlowDecision Decide(Flow flow, PaymentFacts facts, AcquirerPayment payment, string? reference) => flow.State switch
    {
        // The read may have taken longer than what was left of the time.
        PaymentFlow.RequiresAction when IsOver(flow, facts) => Expire(flow, facts),
        PaymentFlow.RequiresAction when payment.Status == AcquirerPaymentStatus.Approved => Complete(facts, payment, reference),
        PaymentFlow.RequiresAction => new FlowDecision.Wait("the payer has not approved it yet", NextLook(flow.UpdatedAt, facts)),
        PaymentFlow.Submitting or PaymentFlow.Unknown or PaymentFlow.Completing => Ask(flow, facts, payment, reference),
        _ => new FlowDecision.Park($"The provider says that the payer has still to approve what it has taken or reserved: '{OutsideEvidence.Code(payment.RawStatus)}'."),
    };

    private FlowDecision.Move Complete(PaymentFacts facts, AcquirerPayment payment, string? reference)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        return new FlowDecision.Move(
            PaymentFlow.Completing, FlowFacts.Write(facts with { ApprovedAt = now, SubmittedAt = now, Permit = permits.Issue() }), PaymentEvents.Approved)
        {
            Evidence = PaymentEvidence.Of(payment),
            ProviderReference = reference,

            // A void that came too late for this is considered when something is reserved.
            KeepSignals = true,
        };
    }

    /// <summary>The payer's time begins with the first answer, and does not begin again.</summary>
    private FlowDecision.Move Ask(Flow flow, PaymentFacts facts, AcquirerPayment payment, string? reference)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        PaymentFacts asked = facts.NotSubmitted() with { NextActionUrl = payment.NextActionUrl, ActionUntil = facts.ActionUntil ?? now + options.ActionTime, ApprovedAt = null };
        bool isLookedAtNow = flow.State == PaymentFlow.Unknown || payment.Status == AcquirerPaymentStatus.Approved;
        bool mayBeAsked = isLookedAtNow || flow.State == PaymentFlow.Completing;
        return new FlowDecision.Move(PaymentFlow.RequiresAction, FlowFacts.Write(asked), PaymentEvents.ActionRequired)
        {
            Evidence = PaymentEvidence.Of(payment),
            ProviderReference = reference,

            // While the outcome was unknown a void may have come, which waits its turn.
            KeepSignals = mayBeAsked,
            RestUntilSignal = !mayBeAsked,
            Delay = isLookedAtNow ? null : NextLook(now, asked),
        };
    }

    /// <summary>The completion certainly did not leave: the payment is where it was, and tried again while the payer's time lasts.</summary>
    public FlowDecision.Move NotCompleted(PaymentFacts facts, TimeSpan? retryAfter) =>
        new(PaymentFlow.RequiresAction, FlowFacts.Write(facts.NotSubmitted() with { ApprovedAt = null }), PaymentEvents.NotSent)
        {
            KeepSignals = true,
            Delay = retryAfter is { } after && after < options.PollMax ? after : options.PollFirst,
        };

    /// <summary>By the schedule, a last time shortly before the end, and at the end.</summary>
    private TimeSpan NextLook(DateTimeOffset since, PaymentFacts facts)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        TimeSpan next = PollSchedule.Next(now - since, options.PollFirst, options.PollMax);
        TimeSpan left = facts.ActionUntil!.Value - now;
        TimeSpan last = left - options.PollFirst;
        return next < last ? next : last > TimeSpan.Zero ? last : left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
