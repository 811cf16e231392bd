using System.Collections.Immutable;
using System.Diagnostics;
using Florin.Flows;
using Florin.Ledger;
using Florin.Wallets.Steps;
using Florin.Wallets.Withdrawals;

namespace Florin.Wallets.Payouts;

/// <summary>
/// Pays a batch when it is due, a line at a time. A server that dies finds each line that it had begun by its obligation, so that it goes on where it was; a run
/// that comes again after the end finds nothing left and is made known (fault I-12).
/// </summary>
internal sealed class PayoutBatchHandler(PayoutLines lines, TimeProvider timeProvider) : IFlowHandler
{
    /// <summary>How soon a line is tried again that met a balance which had just changed.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(100);

    public FlowDefinition Definition => PayoutBatchFlow.Definition;

    public async ValueTask<FlowDecision> DecideAsync(Flow flow, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        PayoutBatchFacts facts = PayoutBatchFacts.Of(flow);
        bool isRun = signals.Any(signal => signal.Type == PayoutBatchEvents.Run);
        bool isRunAgain = signals.Any(signal => signal.Type == PayoutBatchEvents.RunAgain);
        return flow.State switch
        {
            PayoutBatchFlow.Planned when timeProvider.GetUtcNow() >= facts.PayAt =>
                new FlowDecision.Move(PayoutBatchFlow.Paying, flow.Data, PayoutBatchEvents.Due) { KeepSignals = isRunAgain },
            PayoutBatchFlow.Planned when isRun =>
                new FlowDecision.Move(PayoutBatchFlow.Paying, flow.Data, PayoutBatchEvents.Run) { KeepSignals = isRunAgain },
            PayoutBatchFlow.Planned => new FlowDecision.Wait("its delay is not over", facts.PayAt - timeProvider.GetUtcNow()),
            PayoutBatchFlow.Paying => await PayAsync(flow, facts, cancellationToken),
            PayoutBatchFlow.Completed or PayoutBatchFlow.Repeated when isRun || isRunAgain =>
                new FlowDecision.Move(PayoutBatchFlow.Repeated, flow.Data, PayoutBatchEvents.RunAgain),
            PayoutBatchFlow.Completed or PayoutBatchFlow.Repeated => new FlowDecision.Rest("at its end"),
            _ => throw new UnreachableException($"A batch cannot be in state '{flow.State}'."),
        };
    }

    private async ValueTask<FlowDecision> PayAsync(Flow flow, PayoutBatchFacts facts, CancellationToken cancellationToken)
    {
        PayoutLineFacts? next = facts.Lines.FirstOrDefault(line => line.Status == PayoutLineFacts.Planned);
        if (next is null)
        {
            return new FlowDecision.Move(PayoutBatchFlow.Completed, flow.Data, PayoutBatchEvents.Completed) { KeepSignals = true };
        }

        PayoutLineFacts? done = await LineAsync(flow, facts, next, cancellationToken);
        return done is null
            ? new FlowDecision.Wait("a balance changed meanwhile", Again)
            : new FlowDecision.Move(
                PayoutBatchFlow.Paying,
                FlowFacts.Write(facts.With(done)),
                done.Status == PayoutLineFacts.Claimed ? PayoutBatchEvents.Claimed : PayoutBatchEvents.Skipped) { KeepSignals = true };
    }

    /// <returns><see langword="null"/> when it is to be tried again.</returns>
    private async ValueTask<PayoutLineFacts?> LineAsync(Flow flow, PayoutBatchFacts facts, PayoutLineFacts line, CancellationToken cancellationToken)
    {
        string name = line.IdIn(flow.Id);
        FlowId id = PayoutLines.IdBySchedule(name);

        // Before the balance is looked at: what this batch has begun itself, before it died, has lowered it.
        if (await lines.HolderAsync(name, cancellationToken) is { } holder)
        {
            return line.ClaimedAs(holder.Value, holder == id ? PayoutLineFacts.BySchedule : PayoutLineFacts.ByHand);
        }

        UInt128 amount = UInt128.Min(line.Ordered.MinorUnits, await lines.AvailableAsync(facts.MerchantId, line.Ordered.Asset, cancellationToken));
        if (amount < line.MinimumUnits || amount == 0)
        {
            return line.LeftOut("below_minimum");
        }

        WithdrawalFacts? payout = await lines.FactsAsync(
            facts.MerchantId, new Money(amount, line.Ordered.Asset), line.DestinationId, flow.Id.Value, cancellationToken);
        if (payout is null)
        {
            return line.LeftOut("destination_not_found");
        }

        WithdrawalFacts payable = lines.Payable(payout);
        return payable.Ordered.MinorUnits < line.MinimumUnits || payable.Ordered.MinorUnits == UInt128.Zero
            ? line.LeftOut("below_minimum")
            : await lines.StartAsync(
                id, payable, name, RequestHash.Of("payout_line", name), $"batch:{flow.Id}", TimeSpan.Zero, cancellationToken) switch
            {
                FlowStartOutcome.Started or FlowStartOutcome.Replayed or FlowStartOutcome.InProgress => line.ClaimedAs(id.Value, PayoutLineFacts.BySchedule),
                FlowStartOutcome.ObligationTaken taken => line.ClaimedAs(taken.Holder.Value, PayoutLineFacts.ByHand),
                FlowStartOutcome.Refused refused => MovementStart.Reason(refused.Result) switch
                {
                    MovementRefusal.InsufficientFunds => null,
                    MovementRefusal.PayerOwes => line.LeftOut("owes"),
                    MovementRefusal.AccountNotOpen => line.LeftOut("account_not_open"),
                    var other => throw new UnreachableException($"A payout was refused: {other}."),
                },
                _ => throw new UnreachableException(),
            };
    }
}
