using System.Collections.Immutable;
using System.Diagnostics;
using Florin.Flows;
using Florin.Ledger;
using Florin.Payments.Charging;
using Florin.Providers;

namespace Florin.Payments.Refunds;

/// <summary>
/// Takes a refund from state to state. The amount is reserved with its start and the merchant's money with the intent, so that what the provider is asked
/// for is always covered; the provider is asked once, and whatever is not known afterwards is looked up, or asked again under the same key while the provider
/// answers that by the state of the original (fault U-06).
/// </summary>
internal sealed class RefundHandler(
    AcquirerSet acquirers, SubmissionPermits permits, PaymentBell bell, ILedger ledger, IServiceProvider services, PaymentOptions options, TimeProvider timeProvider) : IFlowHandler
{
    private const string RefundStep = "refund";

    private readonly RefundJudge _judge = new(ledger, services, options, timeProvider);
    private readonly KeyMemory _keys = new(options, timeProvider);

    public FlowDefinition Definition => RefundFlow.Definition;

    public async ValueTask<FlowDecision> DecideAsync(Flow flow, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        RefundFacts facts = RefundFacts.Of(flow);
        return flow.State switch
        {
            RefundFlow.Created or RefundFlow.AwaitingFunds or RefundFlow.Queued =>
                await _judge.IsDisputedAsync(facts, cancellationToken) ? GiveUp(flow, facts) : Submit(flow, facts),
            RefundFlow.Submitting when permits.TryUse(facts.Permit) => await SendAsync(flow, facts, cancellationToken),
            RefundFlow.Succeeded or RefundFlow.Failed when !facts.IsTold => await TellAsync(flow, facts, cancellationToken),
            RefundFlow.Submitting or RefundFlow.Unknown or RefundFlow.Pending => await LookAsync(flow, facts, cancellationToken),
            RefundFlow.Succeeded or RefundFlow.Failed when !signals.IsEmpty => await LookAsync(flow, facts, cancellationToken),
            RefundFlow.Succeeded or RefundFlow.Failed => new FlowDecision.Rest("at its end"),
            _ => throw new UnreachableException($"A refund cannot be in state '{flow.State}'."),
        };
    }

    /// <summary>Nothing was sent, and the dispute takes the money (fault R-06).</summary>
    private static FlowDecision.Move GiveUp(Flow flow, RefundFacts facts) =>
        new(RefundFlow.Failed, FlowFacts.Write(facts with { FailureCode = RefundEvents.Disputed, IsTold = false }), RefundEvents.Disputed)
        {
            Transactions = flow.State == RefundFlow.Queued ? RefundPostings.Release(flow) : [RefundPostings.ReleaseReserve(flow)],
        };

    private FlowDecision.Move Submit(Flow flow, RefundFacts facts)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        RefundFacts intent = facts with { SubmittedAt = now, Permit = permits.Issue() };
        TimeSpan next = PollSchedule.Next(now - flow.CreatedAt, options.PollFirst, options.PollMax);

        // In the queue the money is held already.
        return new FlowDecision.Move(RefundFlow.Submitting, FlowFacts.Write(intent), RefundEvents.Submit)
        {
            Transactions = flow.State == RefundFlow.Queued ? [] : [RefundPostings.Hold(flow, facts)],
            IfShort = flow.State == RefundFlow.Created
                ? new FlowDecision.Move(RefundFlow.AwaitingFunds, flow.Data, RefundEvents.Short) { RestUntilSignal = true, Delay = next }
                : new FlowDecision.Wait("the merchant's balance is short", next),
        };
    }

    private async ValueTask<FlowDecision> SendAsync(Flow flow, RefundFacts facts, CancellationToken cancellationToken)
    {
        RefundRequest request = new(
            facts.ProviderPaymentId,
            facts.CaptureId,
            facts.Ordered.MinorUnits,
            facts.Asset,
            flow.Id.ToString(),
            ProviderKeys.Of(flow.Id, RefundStep));
        return await acquirers.Of(facts.Provider).RefundAsync(request, cancellationToken) switch
        {
            ProviderOutcome<AcquirerRefund>.Accepted accepted => await _judge.DecideAsync(flow, facts, accepted.Value, cancellationToken),
            ProviderOutcome<AcquirerRefund>.Declined declined =>
                RefundJudge.Fail(flow, facts, OutsideEvidence.Code(declined.Code), OutsideEvidence.OfDecline(declined.Code)),
            ProviderOutcome<AcquirerRefund>.Unknown unknown =>
                _judge.Keep(flow, facts, unknown.Reason, OutsideEvidence.OfUnknown(unknown.Reason, unknown.RawBody)),
            ProviderOutcome<AcquirerRefund>.NotSent notSent when flow.State == RefundFlow.Unknown => _judge.Keep(flow, facts, notSent.Reason),
            ProviderOutcome<AcquirerRefund>.NotSent notSent =>
                new FlowDecision.Move(RefundFlow.Queued, FlowFacts.Write(facts with { SubmittedAt = null, Permit = null }), RefundEvents.NotSent)
                {
                    Delay = notSent.RetryAfter ?? _judge.NextLook(flow, facts),
                },
            _ => throw new UnreachableException(),
        };
    }

    private async ValueTask<FlowDecision> LookAsync(Flow flow, RefundFacts facts, CancellationToken cancellationToken)
    {
        IAcquirer acquirer = acquirers.Of(facts.Provider);
        ProviderLookup<AcquirerRefund> lookup = facts.RefundId is { } known
            ? await acquirer.GetRefundAsync(known, cancellationToken)
            : await acquirer.FindRefundAsync(facts.ProviderPaymentId, flow.Id.ToString(), cancellationToken);
        bool isOpen = flow.State == RefundFlow.Unknown && facts.RefundId is null && lookup is not ProviderLookup<AcquirerRefund>.Found

            // A repeat would give back now what a dispute takes as well.
            && !await _judge.IsDisputedAsync(facts, cancellationToken);
        return (isOpen ? _keys.Of(acquirer, facts.SubmittedAt) : KeyState.Gone) switch
        {
            KeyState.Known => await SendAsync(flow, facts, cancellationToken),
            KeyState.Fading => _judge.Keep(flow, facts, "the acquirer is about to forget the key"),
            KeyState.Gone => lookup switch
            {
                ProviderLookup<AcquirerRefund>.Found found => await _judge.DecideAsync(flow, facts, found.Value, cancellationToken),
                ProviderLookup<AcquirerRefund>.NotFound => _judge.DecideNotFound(flow, facts),
                ProviderLookup<AcquirerRefund>.Unavailable unavailable => _judge.Keep(flow, facts, unavailable.Reason),
                _ => throw new UnreachableException(),
            },
            _ => throw new UnreachableException(),
        };
    }

    private async ValueTask<FlowDecision> TellAsync(Flow flow, RefundFacts facts, CancellationToken cancellationToken)
    {
        await bell.RingAsync(facts.PaymentId, flow, PaymentCount.RefundSignal, "{}", cancellationToken);
        return new FlowDecision.Move(flow.State, FlowFacts.Write(facts with { IsTold = true }), RefundEvents.Told) { KeepSignals = true };
    }
}
