using Florin.Flows;
using Florin.Providers;

namespace Florin.Payments.Charging;

/// <summary>
/// A payment that waits for its payer (3-D Secure). It waits until a time; then the provider is asked to cancel it, so that it cannot be completed any more,
/// and only what the provider says ends it: a payer who was quicker has paid (fault U-13).
/// </summary>
internal sealed class PaymentChallenge(SubmissionPermits permits, PaymentOptions options, TimeProvider timeProvider)
{
    /// <summary>Whether a payer may still have to act for it. Without an address to return to, nobody was there to be asked.</summary>
    public static bool IsOpen(Flow flow, PaymentFacts facts) => facts.ReturnUrl is not null
        && flow.State is PaymentFlow.Submitting or PaymentFlow.Unknown or PaymentFlow.Processing or PaymentFlow.RequiresAction or PaymentFlow.Expiring;

    /// <param name="payment">Waits for the payer.</param>
    public FlowDecision Decide(Flow flow, PaymentFacts facts, AcquirerPayment payment, string? reference)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        switch (flow.State)
        {
            case PaymentFlow.RequiresAction when now < facts.ActionUntil:
                return new FlowDecision.Wait("the payer has not acted yet", NextLook(flow.UpdatedAt, facts.ActionUntil.Value));

            case PaymentFlow.Expiring when now - facts.SubmittedAt < options.PollFirst:
                return new FlowDecision.Wait("the provider has not cancelled it yet", PollSchedule.Next(now - flow.CreatedAt, options.PollFirst, options.PollMax));

            case PaymentFlow.RequiresAction or PaymentFlow.Expiring:
                return Expire(facts, payment, reference);

            // There is no address to send the payer to, so that nobody could complete it.
            case var _ when payment.NextActionUrl is null:
                return Expire(facts with { ActionUntil = now }, payment, reference);

            default:
                PaymentFacts asked = facts with { NextActionUrl = payment.NextActionUrl, ActionUntil = now + options.ActionTime, SubmittedAt = null, Permit = null };
                return new FlowDecision.Move(PaymentFlow.RequiresAction, FlowFacts.Write(asked), PaymentEvents.ActionRequired)
                {
                    Evidence = PaymentEvidence.Of(payment),
                    ProviderReference = reference,
                    RestUntilSignal = true,
                    Delay = NextLook(now, asked.ActionUntil.Value),
                };
        }
    }

    /// <summary>Each request to cancel has a key of its own: one that was refused may be answered otherwise later, and a second one cancels nothing more.</summary>
    private FlowDecision.Move Expire(PaymentFacts facts, AcquirerPayment payment, string? reference)
    {
        PaymentFacts intent = facts with { SubmittedAt = timeProvider.GetUtcNow(), Permit = permits.Issue(), Expiries = facts.Expiries + 1 };
        return new FlowDecision.Move(PaymentFlow.Expiring, FlowFacts.Write(intent), PaymentEvents.Expire)
        {
            Evidence = PaymentEvidence.Of(payment),
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
