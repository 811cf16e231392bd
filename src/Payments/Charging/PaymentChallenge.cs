using Florin.Flows;
using Florin.Providers;

namespace Florin.Payments.Charging;

/// <summary>
/// A payment that waits for its payer (3-D Secure). It waits until a time, or until its merchant voids it; then the provider is asked to cancel it, so that it
/// cannot be completed any more, and only what the provider says ends it: a payer who was quicker has paid (fault U-13).
/// </summary>
internal sealed class PaymentChallenge(SubmissionPermits permits, PaymentOptions options, TimeProvider timeProvider)
{
    /// <summary>Whether a payer may still have to act for it. Without an address to return to, nobody was there to be asked.</summary>
    public static bool IsOpen(Flow flow, PaymentFacts facts) => facts.ReturnUrl is not null
        && flow.State is PaymentFlow.Submitting or PaymentFlow.Unknown or PaymentFlow.Processing or PaymentFlow.RequiresAction or PaymentFlow.Expiring or PaymentFlow.Canceling;

    /// <param name="payment">Waits for the payer.</param>
    public FlowDecision Decide(Flow flow, PaymentFacts facts, AcquirerPayment payment, string? reference)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        switch (flow.State)
        {
            case PaymentFlow.RequiresAction when now < facts.ActionUntil:
                return new FlowDecision.Wait("the payer has not acted yet", NextLook(flow.UpdatedAt, facts.ActionUntil.Value));

            case PaymentFlow.Expiring or PaymentFlow.Canceling when now - facts.SubmittedAt < options.PollFirst:
                return new FlowDecision.Wait("the provider has not cancelled it yet", PollSchedule.Next(now - flow.CreatedAt, options.PollFirst, options.PollMax));

            case PaymentFlow.Canceling:
                return Cancel(facts, PaymentFlow.Canceling, PaymentEvents.VoidAgain, payment, reference);

            case PaymentFlow.RequiresAction or PaymentFlow.Expiring:
                return Cancel(facts, PaymentFlow.Expiring, PaymentEvents.Expire, payment, reference);

            // There is no address to send the payer to, so that nobody could complete it.
            case var _ when payment.NextActionUrl is null:
                return Cancel(facts with { ActionUntil = now }, PaymentFlow.Expiring, PaymentEvents.Expire, payment, reference);

            default:
                PaymentFacts asked = facts with { NextActionUrl = payment.NextActionUrl, ActionUntil = now + options.ActionTime, SubmittedAt = null, Permit = null };

                // While the outcome was unknown a void may have come, which waits its turn.
                bool mayBeAsked = flow.State == PaymentFlow.Unknown;
                return new FlowDecision.Move(PaymentFlow.RequiresAction, FlowFacts.Write(asked), PaymentEvents.ActionRequired)
                {
                    Evidence = PaymentEvidence.Of(payment),
                    ProviderReference = reference,
                    KeepSignals = mayBeAsked,
                    RestUntilSignal = !mayBeAsked,
                    Delay = mayBeAsked ? null : NextLook(now, asked.ActionUntil.Value),
                };
        }
    }

    /// <summary>The merchant does not want it any more.</summary>
    public FlowDecision.Move Void(PaymentFacts facts, PaymentCommand command) =>
        Cancel(facts.With(command) with { NextActionUrl = null }, PaymentFlow.Canceling, PaymentEvents.Void, payment: null, reference: null);

    /// <summary>Each request to cancel has a key of its own: one that was refused may be answered otherwise later, and a second one cancels nothing more.</summary>
    private FlowDecision.Move Cancel(PaymentFacts facts, string state, string reason, AcquirerPayment? payment, string? reference)
    {
        PaymentFacts intent = facts with { SubmittedAt = timeProvider.GetUtcNow(), Permit = permits.Issue(), Expiries = facts.Expiries + 1 };
        return new FlowDecision.Move(state, FlowFacts.Write(intent), reason)
        {
            Evidence = payment is null ? null : PaymentEvidence.Of(payment),
            ProviderReference = reference,
        };
    }

    /// <summary>By the schedule, and when the payer's time is over.</summary>
    private TimeSpan NextLook(DateTimeOffset since, DateTimeOffset until)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        TimeSpan next = PollSchedule.Next(now - since, options.PollFirst, options.PollMax);
        TimeSpan left = until - now;
        return left < next ? left : next;
    }
}
