using System.Diagnostics;
using Florin.Flows;
using Florin.Providers;

namespace Florin.Payments.Charging;

/// <summary>
/// Gives back to the payer what was taken a second time for one obligation (faults I-09, U-05). The money is in suspense until the provider says that it is
/// gone; what the provider does not give back stays there, for a person.
/// </summary>
internal sealed class PaymentReturn(AcquirerSet acquirers, SubmissionPermits permits, PaymentOptions options, TimeProvider timeProvider)
{
    private const string Step = "return";

    /// <param name="facts">With what is in suspense, or will be by this move.</param>
    public FlowDecision.Move Begin(PaymentFacts facts) => new(PaymentFlow.Returning, FlowFacts.Write(Intent(facts)), PaymentEvents.PaidOtherwise);

    /// <returns><see langword="true"/> once after an intent was made durable by this process.</returns>
    public bool MaySend(PaymentFacts facts) => permits.TryUse(facts.Permit);

    public async ValueTask<FlowDecision> SendAsync(Flow flow, PaymentFacts facts, CancellationToken cancellationToken)
    {
        RefundRequest request = new(
            facts.PaymentId!,
            facts.CaptureIds.IsEmpty ? null : facts.CaptureIds[^1],
            facts.SuspendedUnits,
            facts.Asset,
            flow.Id.ToString(),
            ProviderKeys.Of(flow.Id, Step));
        return await acquirers.Of(facts.Provider).RefundAsync(request, cancellationToken) switch
        {
            ProviderOutcome<AcquirerRefund>.Accepted accepted => Decide(flow, facts, accepted.Value),
            ProviderOutcome<AcquirerRefund>.Declined declined =>
                Keep(facts, PaymentEvents.ReturnRefused, OutsideEvidence.OfDecline(OutsideEvidence.Code(declined.Code))),
            ProviderOutcome<AcquirerRefund>.Unknown unknown => new FlowDecision.Wait(unknown.Reason, Next(facts)),
            ProviderOutcome<AcquirerRefund>.NotSent notSent =>
                new FlowDecision.Move(PaymentFlow.Returning, FlowFacts.Write(Intent(facts)), PaymentEvents.NotSent) { Delay = notSent.RetryAfter ?? Next(facts) },
            _ => throw new UnreachableException(),
        };
    }

    public async ValueTask<FlowDecision> LookAsync(Flow flow, PaymentFacts facts, CancellationToken cancellationToken) =>
        await acquirers.Of(facts.Provider).FindRefundAsync(facts.PaymentId!, flow.Id.ToString(), cancellationToken) switch
        {
            ProviderLookup<AcquirerRefund>.Found found => Decide(flow, facts, found.Value),
            ProviderLookup<AcquirerRefund>.Unavailable unavailable => new FlowDecision.Wait(unavailable.Reason, Next(facts)),
            ProviderLookup<AcquirerRefund>.NotFound when flow.State == PaymentFlow.Returned => new FlowDecision.Park("The provider does not know its own refund."),

            // After the settle window it never arrived; the provider takes the same key for the same refund all the same.
            ProviderLookup<AcquirerRefund>.NotFound => Age(facts) >= options.SettleWindow
                ? new FlowDecision.Move(PaymentFlow.Returning, FlowFacts.Write(Intent(facts)), PaymentEvents.Submit)
                : new FlowDecision.Wait("no such refund yet", Next(facts)),
            _ => throw new UnreachableException(),
        };

    private FlowDecision Decide(Flow flow, PaymentFacts facts, AcquirerRefund refund)
    {
        if (refund.MinorUnits != facts.SuspendedUnits || refund.Currency != facts.Asset)
        {
            return new FlowDecision.Park($"The provider's {refund.Id} gives back something else than was ordered.");
        }

        bool isReturned = flow.State == PaymentFlow.Returned;
        return refund.Status switch
        {
            AcquirerRefundStatus.Succeeded when isReturned => new FlowDecision.Rest("the provider confirms it"),
            AcquirerRefundStatus.Succeeded => new FlowDecision.Move(PaymentFlow.Returned, FlowFacts.Write(facts), PaymentEvents.Returned)
            {
                Transactions = [PaymentPostings.Unsuspend(flow)],
                Evidence = PaymentEvidence.Of(refund),
            },
            AcquirerRefundStatus.Failed when isReturned => Keep(facts, PaymentEvents.ReturnFailed, PaymentEvidence.Of(refund)) with
            {
                Transactions = [PaymentPostings.SuspendAgain(flow, facts)],
            },
            AcquirerRefundStatus.Failed => Keep(facts, PaymentEvents.ReturnRefused, PaymentEvidence.Of(refund)),
            AcquirerRefundStatus.Pending or AcquirerRefundStatus.Unrecognised =>
                isReturned ? new FlowDecision.Rest("an earlier state of the refund") : new FlowDecision.Wait("the provider works on it", Next(facts)),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>It stays in suspense; a person decides.</summary>
    private static FlowDecision.Move Keep(PaymentFacts facts, string reason, string evidence) =>
        new(PaymentFlow.Mismatch, FlowFacts.Write(facts), reason) { Evidence = evidence };

    private PaymentFacts Intent(PaymentFacts facts) => facts with { SubmittedAt = timeProvider.GetUtcNow(), Permit = permits.Issue() };

    private TimeSpan Age(PaymentFacts facts) => timeProvider.GetUtcNow() - (facts.SubmittedAt ?? timeProvider.GetUtcNow());

    private TimeSpan Next(PaymentFacts facts) => PollSchedule.Next(Age(facts), options.PollFirst, options.PollMax);
}
