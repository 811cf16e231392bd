using System.Collections.Immutable;
using System.Diagnostics;
using Florin.Flows;
using Florin.Providers;

namespace Florin.Payments.Sources;

/// <summary>Takes a source from state to state. Nothing moves money, so that a call whose answer was lost is simply made again under its key.</summary>
internal sealed class SourceHandler(IEnumerable<ISourceVault> vaults, PaymentOptions options, TimeProvider timeProvider) : IFlowHandler
{
    private readonly ImmutableDictionary<string, ISourceVault> _vaults = vaults.ToImmutableDictionary(vault => vault.Name, StringComparer.Ordinal);

    public FlowDefinition Definition => SourceFlow.Definition;

    public async ValueTask<FlowDecision> DecideAsync(Flow flow, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        SourceFacts facts = SourceFacts.Of(flow);
        return flow.State switch
        {
            SourceFlow.Created => await BeginAsync(flow, facts, cancellationToken),
            SourceFlow.AwaitingPayer => await LookAsync(flow, facts, cancellationToken),
            SourceFlow.Stored or SourceFlow.Failed => new FlowDecision.Rest("at its end"),
            _ => throw new UnreachableException($"A source cannot be in state '{flow.State}'."),
        };
    }

    private async ValueTask<FlowDecision> BeginAsync(Flow flow, SourceFacts facts, CancellationToken cancellationToken) =>
        await _vaults[facts.Provider].BeginAsync(new SourceSetupRequest(facts.ReturnUrl, facts.CancelUrl, ProviderKeys.Of(flow.Id, "setup")), cancellationToken) switch
        {
            ProviderOutcome<SourceSetup>.Accepted { Value: { ApprovalUrl: { } url } setup } => Await(flow, facts, setup.Id, url),
            ProviderOutcome<SourceSetup>.Accepted accepted => new FlowDecision.Wait($"there is nowhere to send the payer: '{accepted.Value.RawStatus}'", Next(flow)),
            ProviderOutcome<SourceSetup>.Declined declined => Fail(facts, SourceEvents.Refused, OutsideEvidence.Code(declined.Code)),
            ProviderOutcome<SourceSetup>.Unknown unknown => new FlowDecision.Wait(unknown.Reason, Next(flow)),
            ProviderOutcome<SourceSetup>.NotSent notSent => new FlowDecision.Wait(notSent.Reason, notSent.RetryAfter ?? Next(flow)),
            _ => throw new UnreachableException(),
        };

    private FlowDecision.Move Await(Flow flow, SourceFacts facts, string setupId, string url) => new(
        SourceFlow.AwaitingPayer,
        FlowFacts.Write(facts with { SetupId = setupId, ApprovalUrl = url, ApprovalUntil = timeProvider.GetUtcNow() + options.SourceTime }),
        SourceEvents.Begun)
    {
        RestUntilSignal = true,
        Delay = Next(flow),
    };

    private async ValueTask<FlowDecision> LookAsync(Flow flow, SourceFacts facts, CancellationToken cancellationToken) =>
        await _vaults[facts.Provider].GetAsync(facts.SetupId!, cancellationToken) switch
        {
            // One that was completed was completed by us, and the answer was lost: the same request tells its token.
            ProviderLookup<SourceSetup>.Found { Value.Status: SourceSetupStatus.Approved or SourceSetupStatus.Completed } =>
                await CompleteAsync(flow, facts, cancellationToken),
            _ when timeProvider.GetUtcNow() >= facts.ApprovalUntil => Fail(facts, SourceEvents.Expired, FailureCodes.ActionExpired),
            _ => new FlowDecision.Wait("the payer has not agreed yet", Next(flow)),
        };

    private async ValueTask<FlowDecision> CompleteAsync(Flow flow, SourceFacts facts, CancellationToken cancellationToken) =>
        await _vaults[facts.Provider].CompleteAsync(facts.SetupId!, ProviderKeys.Of(flow.Id, "token"), cancellationToken) switch
        {
            ProviderOutcome<string>.Accepted { Value: { } token } =>
                new FlowDecision.Move(SourceFlow.Stored, FlowFacts.Write(facts with { Token = token, ApprovalUrl = null }), SourceEvents.Stored),
            ProviderOutcome<string>.Declined declined => Fail(facts, SourceEvents.Refused, OutsideEvidence.Code(declined.Code)),
            ProviderOutcome<string>.Unknown unknown => new FlowDecision.Wait(unknown.Reason, options.PollFirst),
            ProviderOutcome<string>.NotSent notSent => new FlowDecision.Wait(notSent.Reason, notSent.RetryAfter ?? options.PollFirst),
            _ => throw new UnreachableException(),
        };

    private static FlowDecision.Move Fail(SourceFacts facts, string reason, string code) =>
        new(SourceFlow.Failed, FlowFacts.Write(facts with { FailureCode = code, ApprovalUrl = null }), reason);

    private TimeSpan Next(Flow flow) => PollSchedule.Next(timeProvider.GetUtcNow() - flow.CreatedAt, options.PollFirst, options.PollMax);
}
