using System.Collections.Immutable;
using System.Diagnostics;
using Florin.Flows;
using Florin.Providers;
using Florin.Wallets.Steps;

namespace Florin.Wallets.Deposits;

/// <summary>
/// Takes a deposit from state to state. The provider is asked once, after the intent is durable; whatever is not known afterwards is looked up,
/// never tried anew. Signals are hints: what they speak of is read from the provider before it changes anything (faults W-03, W-04, W-06, W-16).
/// </summary>
internal sealed class DepositHandler(
    IPaymentProvider provider, SubmissionPermits permits, LedgerPulse pulse, WalletOptions options, TimeProvider timeProvider) : IFlowHandler
{
    /// <summary>The step in the provider's idempotency key.</summary>
    private const string ChargeStep = "charge";

    private readonly DepositJudge _judge = new(options, timeProvider);

    public FlowDefinition Definition => DepositFlow.Definition;

    public ValueTask<FlowDecision> DecideAsync(Flow flow, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        DepositFacts facts = DepositFacts.Of(flow);
        return flow.State switch
        {
            DepositFlow.Created or DepositFlow.Queued => SubmitAsync(flow, facts, cancellationToken),
            DepositFlow.Submitting when permits.TryUse(facts.Permit) => ChargeAsync(flow, facts, cancellationToken),
            DepositFlow.Submitting or DepositFlow.Unknown or DepositFlow.Pending or DepositFlow.HeldInSuspense => LookAsync(flow, facts, signals, cancellationToken),
            DepositFlow.Succeeded or DepositFlow.Failed when !signals.IsEmpty => LookAsync(flow, facts, signals, cancellationToken),
            DepositFlow.Succeeded or DepositFlow.Failed or DepositFlow.Mismatch => ValueTask.FromResult<FlowDecision>(new FlowDecision.Rest("at its end")),
            _ => throw new UnreachableException($"A deposit cannot be in state '{flow.State}'."),
        };
    }

    private async ValueTask<FlowDecision> SubmitAsync(Flow flow, DepositFacts facts, CancellationToken cancellationToken)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        if (now - flow.CreatedAt >= options.SettleWindow)
        {
            // Nobody expects a charge long after the request; nothing was sent, so failing it is certain.
            return DepositJudge.Fail(flow, facts, DepositEvents.GiveUp, FailureCodes.ProviderUnavailable, evidence: null);
        }

        await pulse.RequireAsync(ChartOfAccounts.UserAvailable(facts.UserId, facts.Ordered.Asset).Id, cancellationToken);
        DepositFacts intent = facts with { SubmittedAt = now, Permit = permits.Issue() };
        return new FlowDecision.Move(DepositFlow.Submitting, FlowFacts.Write(intent), DepositEvents.Submit);
    }

    private async ValueTask<FlowDecision> ChargeAsync(Flow flow, DepositFacts facts, CancellationToken cancellationToken)
    {
        ChargeRequest request = new(
            facts.Ordered.MinorUnits,
            facts.Asset,
            facts.PaymentMethodId,
            facts.MethodKind,
            facts.CustomerId,
            flow.Id.ToString(),
            ProviderKeys.Of(flow.Id, ChargeStep));
        return await provider.ChargeAsync(request, cancellationToken) switch
        {
            ProviderOutcome<ProviderPayment>.Accepted accepted => _judge.Decide(flow, facts, accepted.Value),
            ProviderOutcome<ProviderPayment>.Declined declined =>
                DepositJudge.Fail(flow, facts, DepositEvents.Failure, OutsideEvidence.Code(declined.Code), OutsideEvidence.OfDecline(declined.Code)),
            ProviderOutcome<ProviderPayment>.Unknown unknown =>
                _judge.Lose(flow, facts, OutsideEvidence.OfUnknown(unknown.Reason, unknown.RawBody)),
            ProviderOutcome<ProviderPayment>.NotSent notSent => NotSent(flow, facts, notSent),
            _ => throw new UnreachableException(),
        };
    }

    private FlowDecision.Move NotSent(Flow flow, DepositFacts facts, ProviderOutcome<ProviderPayment>.NotSent notSent) =>
        new(DepositFlow.Queued, FlowFacts.Write(facts with { SubmittedAt = null, Permit = null }), DepositEvents.NotSent)
        {
            Delay = notSent.RetryAfter ?? PollSchedule.Next(timeProvider.GetUtcNow() - flow.CreatedAt, options.PollFirst, options.PollMax),
        };

    private async ValueTask<FlowDecision> LookAsync(
        Flow flow, DepositFacts facts, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        ProviderLookup<ProviderPayment> lookup = await ReadAsync(flow, facts, signals, cancellationToken);
        return lookup switch
        {
            ProviderLookup<ProviderPayment>.Found found => _judge.Decide(flow, facts, found.Value),
            ProviderLookup<ProviderPayment>.NotFound => _judge.DecideNotFound(flow, facts),
            ProviderLookup<ProviderPayment>.Unavailable unavailable => _judge.DecideUnavailable(flow, facts, unavailable.Reason),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>By the id that we know; else by the id that a signal names, when that object carries our reference; else by our reference.</summary>
    private async ValueTask<ProviderLookup<ProviderPayment>> ReadAsync(
        Flow flow, DepositFacts facts, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        if (facts.PaymentId is { } known)
        {
            return await provider.GetPaymentAsync(known, cancellationToken);
        }

        string ourReference = flow.Id.ToString();
        if (OutsideEvidence.ObjectIn(signals) is { } named)
        {
            ProviderLookup<ProviderPayment> byName = await provider.GetPaymentAsync(named, cancellationToken);
            if (byName is ProviderLookup<ProviderPayment>.Found found && found.Value.OurReference == ourReference)
            {
                return byName;
            }
        }

        DateTimeOffset notBefore = (facts.SubmittedAt ?? flow.CreatedAt) - options.ClockSkew;
        return await provider.FindPaymentAsync(ourReference, facts.CustomerId, notBefore, cancellationToken);
    }
}
