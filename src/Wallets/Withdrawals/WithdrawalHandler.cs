using System.Collections.Immutable;
using System.Diagnostics;
using Florin.Flows;
using Florin.Providers;

namespace Florin.Wallets.Withdrawals;

/// <summary>
/// Takes a withdrawal from state to state. The wallet was debited with the flow's first row and stays debited until the rail proves what happened
/// (faults U-07, U-08). Signals are hints: the payout is read from the provider before anything changes.
/// </summary>
internal sealed class WithdrawalHandler(IPaymentProvider provider, SubmissionPermits permits, WalletOptions options, TimeProvider timeProvider)
    : IFlowHandler
{
    /// <summary>The type of the signal by which a user cancels.</summary>
    public const string CancelSignal = "cancel";

    /// <summary>The step in the provider's idempotency key.</summary>
    private const string PayoutStep = "payout";

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
        PayoutRequest request = new(
            facts.Ordered.MinorUnits, facts.Asset, facts.PayoutDestination, flow.Id.ToString(), ProviderKeys.Of(flow.Id, PayoutStep));
        return await provider.CreatePayoutAsync(request, cancellationToken) switch
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
        return await ReadAsync(flow, facts, signals, cancellationToken) switch
        {
            ProviderLookup<ProviderPayout>.Found found => _judge.Decide(flow, facts, found.Value),
            ProviderLookup<ProviderPayout>.NotFound => _judge.DecideNotFound(flow, facts),
            ProviderLookup<ProviderPayout>.Unavailable unavailable => _judge.Keep(flow, facts, unavailable.Reason),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>By the id that we know; else by the id that a signal names, when that object carries our reference; else by our reference.</summary>
    private async ValueTask<ProviderLookup<ProviderPayout>> ReadAsync(
        Flow flow, WithdrawalFacts facts, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        if (facts.PayoutId is { } known)
        {
            return await provider.GetPayoutAsync(known, cancellationToken);
        }

        string ourReference = flow.Id.ToString();
        if (OutsideEvidence.ObjectIn(signals) is { } named)
        {
            ProviderLookup<ProviderPayout> byName = await provider.GetPayoutAsync(named, cancellationToken);
            if (byName is ProviderLookup<ProviderPayout>.Found found && found.Value.OurReference == ourReference)
            {
                return byName;
            }
        }

        DateTimeOffset notBefore = (facts.FirstSubmittedAt ?? flow.CreatedAt) - options.ClockSkew;
        return await provider.FindPayoutAsync(ourReference, facts.PayoutDestination, notBefore, cancellationToken);
    }
}
