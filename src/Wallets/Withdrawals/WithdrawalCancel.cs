using Florin.Flows;

namespace Florin.Wallets.Withdrawals;

/// <summary>Cancels what certainly was not handed to the provider: a withdrawal or a merchant's payout.</summary>
internal sealed class WithdrawalCancel(IFlows flows, WalletOptions options, TimeProvider timeProvider)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <returns>The flow as the cancellation left it, or as it is when it came too late.</returns>
    public async ValueTask<Flow> CancelAsync(Flow flow, string principal, CancellationToken cancellationToken)
    {
        if (!IsCancelable(flow))
        {
            return flow;
        }

        // One signal per flow: pressing twice is one cancellation.
        await flows.SignalAsync(
            flow.Id, "user", WithdrawalHandler.CancelSignal, WithdrawalHandler.CancelSignal, FlowFacts.Write(new { By = principal }), cancellationToken);
        return await AwaitEffectAsync(flow, cancellationToken);
    }

    public static bool IsCanceled(Flow flow) => flow.State == WithdrawalFlow.Canceled
        || (flow.State == WithdrawalFlow.HeldInSuspense && WithdrawalFacts.Of(flow).HeldAs == WithdrawalFlow.Canceled);

    /// <summary>Waits until the signal had its effect, whichever it is, or the patience ends.</summary>
    private async ValueTask<Flow> AwaitEffectAsync(Flow flow, CancellationToken cancellationToken)
    {
        DateTimeOffset until = timeProvider.GetUtcNow() + options.CancelPatience;
        Flow seen = flow;
        while (IsCancelable(seen) && timeProvider.GetUtcNow() < until)
        {
            await Task.Delay(Look, timeProvider, cancellationToken);
            seen = await flows.GetAsync(flow.Id, cancellationToken) ?? seen;
        }

        return seen;
    }

    private static bool IsCancelable(Flow flow) => flow.State is WithdrawalFlow.Debited or WithdrawalFlow.Queued;
}
