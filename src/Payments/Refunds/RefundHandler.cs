using System.Collections.Immutable;
using System.Diagnostics;
using Florin.Flows;
using Florin.Payments.Charging;
using Florin.Providers;

namespace Florin.Payments.Refunds;

/// <summary>
/// Takes a refund from state to state. The amount is reserved with its start and the merchant's money with the intent, so that what the provider is asked
/// for is always covered; the provider is asked once, and whatever is not known afterwards is looked up, or asked again under the same key while the provider
/// answers that by the state of the original (fault U-06). Over several captures it is asked part by part, each under a key of its own, the next when the one
/// before has ended.
/// </summary>
internal sealed class RefundHandler(
    AcquirerSet acquirers, SubmissionPermits permits, PaymentBell bell, RefundReserve reserve, RefundTruth truth, PaymentOptions options, TimeProvider timeProvider) : IFlowHandler
{
    private const string RefundStep = "refund";

    /// <summary>How soon it is tried again when the reserve has just changed.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(100);

    private readonly RefundJudge _judge = new(options, timeProvider);
    private readonly KeyMemory _keys = new(options, timeProvider);
    private readonly RefundPlan _plan = new(acquirers);

    public FlowDefinition Definition => RefundFlow.Definition;

    public async ValueTask<FlowDecision> DecideAsync(Flow flow, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        RefundFacts facts = RefundFacts.Of(flow);
        return flow.State switch
        {
            RefundFlow.Created or RefundFlow.AwaitingFunds or RefundFlow.Queued when await truth.IsDisputedAsync(facts, cancellationToken) => GiveUp(flow, facts),
            RefundFlow.Created or RefundFlow.AwaitingFunds => await BeginAsync(flow, facts, cancellationToken),
            RefundFlow.Queued => await SubmitAsync(flow, facts, cancellationToken),
            RefundFlow.Submitting when permits.TryUse(facts.Permit) => await SendAsync(flow, facts, cancellationToken),
            RefundFlow.Succeeded or RefundFlow.PartiallySucceeded or RefundFlow.Failed when !facts.IsTold => await TellAsync(flow, facts, cancellationToken),
            RefundFlow.Submitting or RefundFlow.Unknown or RefundFlow.Pending => await LookAsync(flow, facts, signals, cancellationToken),
            RefundFlow.Succeeded or RefundFlow.PartiallySucceeded when !signals.IsEmpty => await WatchAsync(flow, facts, cancellationToken),
            RefundFlow.Failed when !signals.IsEmpty => await LookAgainAsync(flow, facts, signals, cancellationToken),
            RefundFlow.Succeeded or RefundFlow.PartiallySucceeded or RefundFlow.Failed => new FlowDecision.Rest("at its end"),
            _ => throw new UnreachableException($"A refund cannot be in state '{flow.State}'."),
        };
    }

    /// <summary>Nothing more is sent, and the dispute takes the money (fault R-06).</summary>
    private static FlowDecision.Move GiveUp(Flow flow, RefundFacts facts) => facts.Parts.Length > 1
        ? RefundJudge.End(flow, facts.With(facts.Last with { Outcome = RefundEvents.Disputed }), FlowFacts.Write(new { Disputed = true }))
        : new(RefundFlow.Failed, FlowFacts.Write(facts with { FailureCode = RefundEvents.Disputed, IsTold = false }), RefundEvents.Disputed)
        {
            Transactions = flow.State == RefundFlow.Queued ? RefundPostings.Release(flow) : [RefundPostings.ReleaseReserve(flow)],
        };

    private async ValueTask<FlowDecision> BeginAsync(Flow flow, RefundFacts facts, CancellationToken cancellationToken) =>
        await _plan.NextAsync(facts, cancellationToken) switch
        {
            ProviderLookup<RefundPart>.Found { Value: { } first } => await SubmitAsync(flow, facts with { Parts = [first] }, cancellationToken),
            ProviderLookup<RefundPart>.Unavailable unavailable => new FlowDecision.Wait(unavailable.Reason, _judge.NextLook(flow, facts)),
            _ => throw new UnreachableException("There is always a first part."),
        };

    private async ValueTask<FlowDecision> SubmitAsync(Flow flow, RefundFacts facts, CancellationToken cancellationToken)
    {
        TimeSpan next = PollSchedule.Next(timeProvider.GetUtcNow() - flow.CreatedAt, options.PollFirst, options.PollMax);

        // In the queue the money is held already.
        return new FlowDecision.Move(RefundFlow.Submitting, FlowFacts.Write(Intent(facts)), RefundEvents.Submit)
        {
            Transactions = flow.State == RefundFlow.Queued
                ? []
                : [.. await reserve.FreeAsync(flow, facts, cancellationToken), RefundPostings.Hold(flow, facts)],
            IfShort = flow.State == RefundFlow.Created
                ? new FlowDecision.Move(RefundFlow.AwaitingFunds, flow.Data, RefundEvents.Short) { RestUntilSignal = true, Delay = next }
                : new FlowDecision.Wait("the merchant's balance is short", next),
            IfHoldOver = new FlowDecision.Wait("the reserve changed meanwhile", Again),
        };
    }

    private async ValueTask<FlowDecision> SendAsync(Flow flow, RefundFacts facts, CancellationToken cancellationToken)
    {
        int index = facts.Parts.Length - 1;
        RefundRequest request = new(
            facts.ProviderPaymentId,
            facts.Last.CaptureId,
            facts.Units(facts.Last),
            facts.Asset,
            RefundPart.ReferenceOf(flow.Id, index),
            ProviderKeys.Of(flow.Id, RefundPart.Step(RefundStep, index)));
        return await acquirers.Of(facts.Provider).RefundAsync(request, cancellationToken) switch
        {
            ProviderOutcome<AcquirerRefund>.Accepted accepted => await DecideAsync(flow, facts, accepted.Value, cancellationToken),
            ProviderOutcome<AcquirerRefund>.Declined declined =>
                await EndPartAsync(flow, facts, OutsideEvidence.Code(declined.Code), OutsideEvidence.OfDecline(declined.Code), cancellationToken),
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

    private async ValueTask<FlowDecision> LookAsync(Flow flow, RefundFacts facts, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        IAcquirer acquirer = acquirers.Of(facts.Provider);
        ProviderLookup<AcquirerRefund> lookup = await ReadAsync(acquirer, flow, facts, signals, cancellationToken);
        bool isOpen = flow.State == RefundFlow.Unknown && facts.Last.RefundId is null && lookup is not ProviderLookup<AcquirerRefund>.Found

            // A repeat would give back now what a dispute takes as well.
            && !await truth.IsDisputedAsync(facts, cancellationToken);
        return (isOpen ? _keys.Of(acquirer, facts.SubmittedAt) : KeyState.Gone) switch
        {
            KeyState.Known => await SendAsync(flow, facts, cancellationToken),
            KeyState.Fading => _judge.Keep(flow, facts, "the acquirer is about to forget the key"),
            KeyState.Gone => lookup switch
            {
                ProviderLookup<AcquirerRefund>.Found found => await DecideAsync(flow, facts, found.Value, cancellationToken),
                ProviderLookup<AcquirerRefund>.NotFound => _judge.DecideNotFound(flow, facts),
                ProviderLookup<AcquirerRefund>.Unavailable unavailable => _judge.Keep(flow, facts, unavailable.Reason),
                _ => throw new UnreachableException(),
            },
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>
    /// The last part: by the id that we know; else by the id that a signal names, because a list may show a refund later than its event (fault U-03), when that
    /// refund carries our reference; else by our reference.
    /// </summary>
    private static async ValueTask<ProviderLookup<AcquirerRefund>> ReadAsync(
        IAcquirer acquirer, Flow flow, RefundFacts facts, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        if (facts.Last.RefundId is { } known)
        {
            return await acquirer.GetRefundAsync(known, cancellationToken);
        }

        string reference = RefundPart.ReferenceOf(flow.Id, facts.Parts.Length - 1);
        if (OutsideEvidence.ObjectIn(signals) is { } named)
        {
            ProviderLookup<AcquirerRefund> byName = await acquirer.GetRefundAsync(named, cancellationToken);
            if (byName is ProviderLookup<AcquirerRefund>.Unavailable || (byName is ProviderLookup<AcquirerRefund>.Found found && found.Value.OurReference == reference))
            {
                return byName;
            }
        }

        return await acquirer.FindRefundAsync(facts.ProviderPaymentId, reference, cancellationToken);
    }

    /// <summary>What the provider's refund means for the last part.</summary>
    private async ValueTask<FlowDecision> DecideAsync(Flow flow, RefundFacts facts, AcquirerRefund refund, CancellationToken cancellationToken)
    {
        int index = facts.Parts.Length - 1;
        if (RefundJudge.Disagrees(facts, index, RefundPart.ReferenceOf(flow.Id, index), refund) is { } disagreement)
        {
            return disagreement;
        }

        RefundFacts known = facts.With(facts.Last with { RefundId = refund.Id }) with { RefundId = refund.Id };
        return refund.Status switch
        {
            AcquirerRefundStatus.Succeeded => await EndPartAsync(flow, known, RefundPart.Done, PaymentEvidence.Of(refund), cancellationToken),
            AcquirerRefundStatus.Failed => await EndPartAsync(flow, known, OutsideEvidence.Code(refund.FailureCode), PaymentEvidence.Of(refund), cancellationToken),
            AcquirerRefundStatus.Pending => _judge.Process(flow, known, refund),
            AcquirerRefundStatus.Unrecognised => _judge.Keep(flow, known, $"unrecognised state '{refund.RawStatus}'", PaymentEvidence.Of(refund)),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>The last part has ended: the next is begun, or the refund has ended too.</summary>
    private async ValueTask<FlowDecision> EndPartAsync(Flow flow, RefundFacts facts, string outcome, string evidence, CancellationToken cancellationToken)
    {
        RefundFacts ended = facts.With(facts.Last with { Outcome = outcome });
        return (ended.Missing == 0 ? new ProviderLookup<RefundPart>.NotFound() : await _plan.NextAsync(ended, cancellationToken)) switch
        {
            ProviderLookup<RefundPart>.Found { Value: { } next } =>
                RefundJudge.Continue(flow, ended, Intent(ended with { Parts = ended.Parts.Add(next), RefundId = null }), evidence),
            ProviderLookup<RefundPart>.NotFound => RefundJudge.End(flow, ended, evidence),

            // Nothing is changed until it is known how it goes on: what has ended shows itself again.
            ProviderLookup<RefundPart>.Unavailable unavailable => _judge.Keep(flow, facts, unavailable.Reason),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>Looks whether something that was given back has come back (fault R-03).</summary>
    private async ValueTask<FlowDecision> WatchAsync(Flow flow, RefundFacts facts, CancellationToken cancellationToken)
    {
        for (int index = 0; index < facts.Parts.Length; index++)
        {
            if (facts.Parts[index] is not { IsDone: true, RefundId: { } id })
            {
                continue;
            }

            switch (await acquirers.Of(facts.Provider).GetRefundAsync(id, cancellationToken))
            {
                case ProviderLookup<AcquirerRefund>.Found { Value: { } refund }:
                    if (RefundJudge.Disagrees(facts, index, RefundPart.ReferenceOf(flow.Id, index), refund) is { } disagreement)
                    {
                        return disagreement;
                    }

                    if (refund.Status == AcquirerRefundStatus.Failed && facts.IsLate)
                    {
                        return await truth.ReturnLateAsync(flow, facts, refund, cancellationToken);
                    }

                    if (refund.Status == AcquirerRefundStatus.Failed)
                    {
                        return RefundJudge.Return(flow, facts, index, refund);
                    }

                    break;
                case ProviderLookup<AcquirerRefund>.NotFound:
                    return new FlowDecision.Park($"The provider does not know its own {id} any more.");
                default:
                    return new FlowDecision.Wait("the provider does not say what became of it", _judge.NextLook(flow, facts));
            }
        }

        return new FlowDecision.Rest("the provider confirms the success");
    }

    /// <summary>
    /// Something was told of a refund that had failed. One that was given up for lost may have arrived after all; only a refund of one part was asked for as a
    /// whole, and can be right as a whole.
    /// </summary>
    private async ValueTask<FlowDecision> LookAgainAsync(
        Flow flow, RefundFacts facts, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        if (facts.Parts.Length != 1)
        {
            return new FlowDecision.Rest("at its end");
        }

        return await ReadAsync(acquirers.Of(facts.Provider), flow, facts, signals, cancellationToken) switch
        {
            ProviderLookup<AcquirerRefund>.Found { Value: { } refund } => RefundJudge.Disagrees(facts, 0, RefundPart.ReferenceOf(flow.Id, 0), refund)
                ?? await truth.DecideAsync(flow, facts, refund, _judge.NextLook(flow, facts), cancellationToken),
            ProviderLookup<AcquirerRefund>.NotFound => new FlowDecision.Rest("the provider has no such refund"),
            ProviderLookup<AcquirerRefund>.Unavailable unavailable => new FlowDecision.Wait(unavailable.Reason, _judge.NextLook(flow, facts)),
            _ => throw new UnreachableException(),
        };
    }

    private async ValueTask<FlowDecision> TellAsync(Flow flow, RefundFacts facts, CancellationToken cancellationToken)
    {
        // What came back while other parts were under way was told of then, and not looked at.
        if (facts.Parts.Length > 1 && await WatchAsync(flow, facts, cancellationToken) is not FlowDecision.Rest and var late)
        {
            return late;
        }

        await bell.RingAsync(facts.PaymentId, flow, PaymentCount.RefundSignal, "{}", cancellationToken);
        return new FlowDecision.Move(flow.State, FlowFacts.Write(facts with { IsTold = true }), RefundEvents.Told) { KeepSignals = true };
    }

    private RefundFacts Intent(RefundFacts facts) => facts with { SubmittedAt = timeProvider.GetUtcNow(), Permit = permits.Issue() };
}
