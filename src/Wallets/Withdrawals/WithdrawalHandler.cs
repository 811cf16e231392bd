using System.Collections.Immutable;
using System.Diagnostics;
using Florin.Flows;
using Florin.Providers;

namespace Florin.Wallets.Withdrawals;

/// <summary>
/// Takes a withdrawal from state to state. The wallet was debited with the flow's first row and stays debited until the rail proves what happened
/// (faults U-07, U-08). Signals are hints: the payout is read from the provider before anything changes. The destination says which provider pays.
/// </summary>
internal sealed class WithdrawalHandler(PayoutRails rails, SubmissionPermits permits, WalletOptions options, TimeProvider timeProvider)
    : IFlowHandler
{
    /// <summary>The type of the signal by which a user cancels.</summary>
    public const string CancelSignal = "cancel";

    /// <summary>The step in the provider's idempotency key.</summary>
    private const string PayoutStep = "payout";

    private const string NotConfigured = "the provider is not configured here";

    private readonly WithdrawalJudge _judge = new(permits, options, timeProvider);

    public FlowDefinition Definition => WithdrawalFlow.Definition;

    public ValueTask<FlowDecision> DecideAsync(Flow flow, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        WithdrawalFacts facts = WithdrawalFacts.Of(flow);
        return flow.State switch
        {
            WithdrawalFlow.Debited or WithdrawalFlow.Queued => ValueTask.FromResult<FlowDecision>(
                signals.Any(signal => signal.Type == CancelSignal) ? _judge.Cancel(flow, facts) : _judge.Submit(flow, facts, WithdrawalEvents.Submit)),
            WithdrawalFlow.Submitting when permits.TryUse(facts.Permit) => PayAsync(flow, facts, cancellationToken),
            WithdrawalFlow.Submitting or WithdrawalFlow.Unknown or WithdrawalFlow.InTransit => LookAsync(flow, facts, signals, cancellationToken),
            WithdrawalFlow.HeldInSuspense => ValueTask.FromResult(_judge.PayOver(flow, facts)),
            _ when signals.IsEmpty => ValueTask.FromResult<FlowDecision>(new FlowDecision.Rest("at its end")),
            WithdrawalFlow.Succeeded or WithdrawalFlow.Failed or WithdrawalFlow.Canceled or WithdrawalFlow.Returned =>
                LookAsync(flow, facts, signals, cancellationToken),
            _ => throw new UnreachableException($"A withdrawal cannot be in state '{flow.State}'."),
        };
    }

    private async ValueTask<FlowDecision> PayAsync(Flow flow, WithdrawalFacts facts, CancellationToken cancellationToken)
    {
        if (rails.Find(facts.Provider) is not { } rail)
        {
            return _judge.NotSent(flow, facts, NotConfigured, retryAfter: null);
        }

        PayoutRequest request = await RequestAsync(flow, facts, cancellationToken);
        return await rail.CreatePayoutAsync(request, cancellationToken) switch
        {
            ProviderOutcome<ProviderPayout>.Accepted accepted => _judge.Decide(flow, facts, accepted.Value),
            ProviderOutcome<ProviderPayout>.Declined declined =>
                _judge.Fail(flow, facts, OutsideEvidence.Code(declined.Code), OutsideEvidence.OfDecline(declined.Code)),
            ProviderOutcome<ProviderPayout>.Unknown unknown => _judge.Lose(facts, OutsideEvidence.OfUnknown(unknown.Reason, unknown.RawBody)),
            ProviderOutcome<ProviderPayout>.NotSent notSent => _judge.NotSent(flow, facts, notSent.Reason, notSent.RetryAfter),
            _ => throw new UnreachableException(),
        };
    }

    private async ValueTask<FlowDecision> LookAsync(
        Flow flow, WithdrawalFacts facts, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        if (rails.Find(facts.Provider) is not { } rail)
        {
            return _judge.Keep(flow, facts, NotConfigured);
        }

        ProviderLookup<ProviderPayout> lookup = await ReadAsync(rail, flow, facts, signals, cancellationToken);
        return lookup switch
        {
            ProviderLookup<ProviderPayout>.Found found => _judge.Decide(flow, facts, found.Value),
            _ when flow.State == WithdrawalFlow.Unknown && facts.PayoutId is null && rail.RepeatsAnswerFor is { } life =>
                await RepeatAsync(rail, life, flow, facts, cancellationToken),
            ProviderLookup<ProviderPayout>.NotFound => _judge.DecideNotFound(flow, facts),
            ProviderLookup<ProviderPayout>.Unavailable unavailable => _judge.Keep(flow, facts, unavailable.Reason),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>
    /// The call whose answer was lost once more, under its key and with its content, where that is answered by the original (fault U-15): there is no list to
    /// look in. What it pays for the first time is what was ordered. The intent is durable since the first call.
    /// </summary>
    private async ValueTask<FlowDecision> RepeatAsync(
        IPayoutProvider rail, TimeSpan life, Flow flow, WithdrawalFacts facts, CancellationToken cancellationToken)
    {
        if (_judge.RefuseRepeat(flow, facts, life) is { } tooLate)
        {
            return tooLate;
        }

        PayoutRequest request = await RequestAsync(flow, facts, cancellationToken) with { IsRepeat = true };
        return await rail.CreatePayoutAsync(request, cancellationToken) switch
        {
            ProviderOutcome<ProviderPayout>.Accepted accepted => _judge.Decide(flow, facts, accepted.Value),
            ProviderOutcome<ProviderPayout>.Declined declined => _judge.DecideRefusedRepeat(flow, facts, declined),

            // A repeat that did not leave, or whose answer was lost as well, says nothing of the original.
            ProviderOutcome<ProviderPayout>.Unknown unknown => _judge.Keep(flow, facts, unknown.Reason),
            ProviderOutcome<ProviderPayout>.NotSent notSent => _judge.Keep(flow, facts, notSent.Reason),
            _ => throw new UnreachableException(),
        };
    }

    private async ValueTask<PayoutRequest> RequestAsync(Flow flow, WithdrawalFacts facts, CancellationToken cancellationToken) => new(
        facts.Ordered.MinorUnits,
        facts.Asset,
        await rails.ReceiverAsync(facts, cancellationToken),
        flow.Id.ToString(),
        ProviderKeys.Of(flow.Id, PayoutStep));

    /// <summary>By the id that we know; else by the id that a signal names, when that object carries our reference; else by our reference.</summary>
    private async ValueTask<ProviderLookup<ProviderPayout>> ReadAsync(
        IPayoutProvider rail, Flow flow, WithdrawalFacts facts, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        if (facts.PayoutId is { } known)
        {
            return await rail.GetPayoutAsync(known, cancellationToken);
        }

        string ourReference = flow.Id.ToString();
        bool hasNoList = rail.RepeatsAnswerFor is not null;
        if (OutsideEvidence.ObjectIn(signals) is { } named)
        {
            ProviderLookup<ProviderPayout> byName = await rail.GetPayoutAsync(named, cancellationToken);
            if ((byName is ProviderLookup<ProviderPayout>.Found found && found.Value.OurReference == ourReference)
                || (byName is ProviderLookup<ProviderPayout>.Unavailable && hasNoList))
            {
                return byName;
            }
        }

        // At its end and without a payout there is nothing else to look at, or the look would never end.
        if (hasNoList && Definition.State(flow.State).IsFinal)
        {
            return new ProviderLookup<ProviderPayout>.NotFound();
        }

        DateTimeOffset notBefore = (facts.FirstSubmittedAt ?? flow.CreatedAt) - options.ClockSkew;
        return await rail.FindPayoutAsync(ourReference, await rails.ReceiverAsync(facts, cancellationToken), notBefore, cancellationToken);
    }
}
