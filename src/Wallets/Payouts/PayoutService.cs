using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;
using Florin.Wallets.Steps;
using Florin.Wallets.Withdrawals;

namespace Florin.Wallets.Payouts;

/// <summary>Starts, cancels and shows payouts of merchants.</summary>
internal sealed class PayoutService(IFlows flows, PayoutLines lines, WithdrawalCancel cancel, WalletOptions options)
{
    private const string Endpoint = "POST /merchants/payouts";

    public async ValueTask<MovementOutcome<Payout>> StartAsync(
        WalletCaller caller, string idempotencyKey, Money amount, Guid destinationId, CancellationToken cancellationToken)
    {
        if (MovementStart.CheckAmount(amount, options) is { } refusal)
        {
            return new MovementOutcome<Payout>.Refused(refusal);
        }

        FlowId id = FlowId.FromIdempotencyKey(caller.Principal, Endpoint, idempotencyKey);

        // Of the stored one when the key was used before, because its destination may be gone by now.
        WithdrawalFacts? stored = await flows.GetAsync(id, cancellationToken) is { Kind: PayoutFlow.Kind } flow ? WithdrawalFacts.Of(flow) : null;
        WithdrawalFacts? facts = stored
            ?? await lines.FactsAsync(caller.UserId, amount, destinationId, batch: null, cancellationToken);
        return facts is null ? new MovementOutcome<Payout>.Refused(MovementRefusal.SourceNotFound)
            : stored is null && lines.Refuse(facts) is { } refused ? new MovementOutcome<Payout>.Refused(refused)
            : MovementStart.Outcome(
                await lines.StartAsync(
                    id,
                    facts,
                    line: null,
                    RequestHash.Of(
                        Endpoint, caller.UserId.ToString("D"), FlowFacts.AmountText(amount.MinorUnits), amount.Asset.Code, destinationId.ToString("D")),
                    caller.Principal,
                    options.Patience,
                    cancellationToken),
                Present);
    }

    public async ValueTask<Payout?> GetAsync(Guid merchant, Guid id, CancellationToken cancellationToken) =>
        await flows.OwnAsync(PayoutFlow.Kind, merchant, id, cancellationToken) is { } flow ? Present(flow) : null;

    public async ValueTask<ImmutableArray<Payout>> ListAsync(Guid merchant, Guid? before, int limit, CancellationToken cancellationToken)
    {
        FlowId? cursor = before is { } id ? new FlowId(id) : null;
        return [.. (await flows.ListAsync(MovementStart.OwnerId(merchant), [PayoutFlow.Kind], cursor, limit, cancellationToken)).Select(Present)];
    }

    public async ValueTask<PayoutCancellation?> CancelAsync(WalletCaller caller, Guid id, CancellationToken cancellationToken)
    {
        if (await flows.OwnAsync(PayoutFlow.Kind, caller.UserId, id, cancellationToken) is not { } flow)
        {
            return null;
        }

        Flow seen = await cancel.CancelAsync(flow, caller.Principal, cancellationToken);
        return new PayoutCancellation(Present(seen), WithdrawalCancel.IsCanceled(seen));
    }

    public static Payout Present(Flow flow)
    {
        WithdrawalFacts facts = WithdrawalFacts.Of(flow);
        return new Payout(
            flow.Id.Value,
            Status(flow.State),
            facts.Ordered,
            facts.DestinationId,
            flow.State is WithdrawalFlow.Failed or WithdrawalFlow.Canceled or WithdrawalFlow.Returned ? WithdrawalService.Failure(facts) : null,
            OutcomeUnknown: flow.State is WithdrawalFlow.Unknown or WithdrawalFlow.Debited or WithdrawalFlow.Submitting,
            WithdrawalService.PendingReason(flow, facts),
            facts.BatchId,
            flow.CreatedAt);
    }

    private static string Status(string state) => state switch
    {
        WithdrawalFlow.Succeeded => "paid",
        WithdrawalFlow.InTransit or WithdrawalFlow.Failed or WithdrawalFlow.Canceled or WithdrawalFlow.Returned => state,

        // Also a state that only a newer program beside this one knows (fault T-05).
        _ => "pending",
    };
}
