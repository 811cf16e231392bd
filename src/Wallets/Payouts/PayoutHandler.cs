using System.Collections.Immutable;
using Florin.Flows;
using Florin.Wallets.Withdrawals;

namespace Florin.Wallets.Payouts;

/// <summary>Takes a merchant's payout from state to state, as a withdrawal is.</summary>
internal sealed class PayoutHandler(PayoutRails rails, SubmissionPermits permits, WalletOptions options, TimeProvider timeProvider) : IFlowHandler
{
    private readonly WithdrawalHandler _rail = new(rails, permits, options, timeProvider);

    public FlowDefinition Definition => PayoutFlow.Definition;

    public ValueTask<FlowDecision> DecideAsync(Flow flow, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken) =>
        _rail.DecideAsync(flow, signals, cancellationToken);
}
