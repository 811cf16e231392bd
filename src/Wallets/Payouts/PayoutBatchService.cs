using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;
using Florin.Wallets.Steps;
using Florin.Wallets.Withdrawals;

namespace Florin.Wallets.Payouts;

/// <summary>Shows batches, has them run, and pays their lines by hand.</summary>
internal sealed class PayoutBatchService(IFlows flows, PayoutLines lines, WalletOptions options, TimeProvider timeProvider)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    public async ValueTask<PayoutBatch?> GetAsync(Guid merchant, Guid id, CancellationToken cancellationToken) =>
        await flows.OwnAsync(PayoutBatchFlow.Kind, merchant, id, cancellationToken) is { } flow ? await PresentAsync(flow, cancellationToken) : null;

    public async ValueTask<ImmutableArray<PayoutBatch>> ListAsync(Guid merchant, Guid? before, int limit, CancellationToken cancellationToken)
    {
        FlowId? cursor = before is { } id ? new FlowId(id) : null;
        ImmutableArray<Flow> page = await flows.ListAsync(MovementStart.OwnerId(merchant), [PayoutBatchFlow.Kind], cursor, limit, cancellationToken);
        ImmutableArray<PayoutBatch>.Builder batches = ImmutableArray.CreateBuilder<PayoutBatch>(page.Length);
        foreach (Flow flow in page)
        {
            batches.Add(await PresentAsync(flow, cancellationToken));
        }

        return batches.ToImmutable();
    }

    public async ValueTask<PayoutBatch?> RunAsync(WalletCaller caller, string idempotencyKey, Guid id, CancellationToken cancellationToken)
    {
        if (await flows.OwnAsync(PayoutBatchFlow.Kind, caller.UserId, id, cancellationToken) is not { } flow)
        {
            return null;
        }

        // Of the request: sent twice it is one run, and two runs are two.
        Guid request = FlowId.FromIdempotencyKey(caller.Principal, $"POST /merchants/payout-batches/{id:D}/run", idempotencyKey).Value;
        bool isNew = await flows.SignalAsync(
            flow.Id, caller.Principal, request.ToString("D"), PayoutBatchEvents.Run, FlowFacts.Write(new { By = caller.Principal }), cancellationToken);
        Flow seen = isNew ? await AwaitEffectAsync(flow, cancellationToken) : flow;
        return await PresentAsync(seen, cancellationToken);
    }

    public async ValueTask<MovementOutcome<Payout>> PayLineAsync(
        WalletCaller caller, string idempotencyKey, Guid batchId, string currency, CancellationToken cancellationToken)
    {
        Flow? flow = await flows.OwnAsync(PayoutBatchFlow.Kind, caller.UserId, batchId, cancellationToken);
        if (flow is null || PayoutBatchFacts.Of(flow).Lines.FirstOrDefault(line => line.Asset == currency) is not { } line)
        {
            return new MovementOutcome<Payout>.Refused(MovementRefusal.NotFound);
        }

        string name = line.IdIn(flow.Id);
        string endpoint = $"POST /merchants/payout-batches/{batchId:D}/lines/{currency}/pay";
        FlowId id = FlowId.FromIdempotencyKey(caller.Principal, endpoint, idempotencyKey);
        (WithdrawalFacts? facts, MovementOutcome<Payout>.Refused? refused) = await FactsAsync(flow, line, id, caller.UserId, cancellationToken);
        return refused is not null
            ? refused
            : MovementStart.Outcome(
                await lines.StartAsync(
                    id, facts!, name, RequestHash.Of(endpoint, caller.UserId.ToString("D")), caller.Principal, options.Patience, cancellationToken),
                PayoutService.Present);
    }

    private async ValueTask<(WithdrawalFacts? Facts, MovementOutcome<Payout>.Refused? Refused)> FactsAsync(
        Flow batch, PayoutLineFacts line, FlowId id, Guid merchant, CancellationToken cancellationToken)
    {
        if (await flows.GetAsync(id, cancellationToken) is { Kind: PayoutFlow.Kind } stored)
        {
            return (WithdrawalFacts.Of(stored), null);
        }

        if (await lines.HolderAsync(line.IdIn(batch.Id), cancellationToken) is { } holder)
        {
            return (null, new MovementOutcome<Payout>.Refused(MovementRefusal.AlreadyClaimed, holder.Value));
        }

        UInt128 amount = UInt128.Min(line.Ordered.MinorUnits, await lines.AvailableAsync(merchant, line.Ordered.Asset, cancellationToken));
        MovementRefusal? refusal = line.Status == PayoutLineFacts.Skipped ? MovementRefusal.InvalidTransition
            : amount == 0 ? MovementRefusal.InsufficientFunds
            : null;
        if (refusal is { } reason)
        {
            return (null, new MovementOutcome<Payout>.Refused(reason));
        }

        WithdrawalFacts? facts = await lines.FactsAsync(
            merchant, new Money(amount, line.Ordered.Asset), line.DestinationId, batch.Id.Value, cancellationToken);
        if (facts is null)
        {
            return (null, new MovementOutcome<Payout>.Refused(MovementRefusal.SourceNotFound));
        }

        WithdrawalFacts payable = lines.Payable(facts);
        return payable.Ordered.MinorUnits == UInt128.Zero
            ? (null, new MovementOutcome<Payout>.Refused(lines.Refuse(facts) ?? MovementRefusal.SourceNotFound))
            : (payable, null);
    }

    /// <summary>A line that was claimed by hand shows it at once, also before the batch has come to it.</summary>
    private async ValueTask<PayoutBatch> PresentAsync(Flow flow, CancellationToken cancellationToken)
    {
        PayoutBatchFacts facts = PayoutBatchFacts.Of(flow);
        foreach (PayoutLineFacts line in facts.Lines.Where(line => line.Status == PayoutLineFacts.Planned))
        {
            string name = line.IdIn(flow.Id);
            if (await lines.HolderAsync(name, cancellationToken) is { } holder)
            {
                facts = facts.With(line.ClaimedAs(
                    holder.Value, holder == PayoutLines.IdBySchedule(name) ? PayoutLineFacts.BySchedule : PayoutLineFacts.ByHand));
            }
        }

        return facts.Present(flow);
    }

    /// <summary>Waits until the batch is at an end that it was not at before, or the patience ends.</summary>
    private async ValueTask<Flow> AwaitEffectAsync(Flow before, CancellationToken cancellationToken)
    {
        DateTimeOffset until = timeProvider.GetUtcNow() + options.CancelPatience;
        Flow seen = before;
        while (seen.Version == before.Version || seen.State is PayoutBatchFlow.Planned or PayoutBatchFlow.Paying)
        {
            if (timeProvider.GetUtcNow() >= until)
            {
                break;
            }

            await Task.Delay(Look, timeProvider, cancellationToken);
            seen = await flows.GetAsync(before.Id, cancellationToken) ?? seen;
        }

        return seen;
    }
}
