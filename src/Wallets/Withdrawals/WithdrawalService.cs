using Florin.Flows;
using Florin.Ledger;
using Florin.Wallets.FundingSources;
using Florin.Wallets.Steps;

namespace Florin.Wallets.Withdrawals;

/// <summary>Starts, cancels and shows withdrawals.</summary>
internal sealed class WithdrawalService(
    IFlows flows, FundingSourceStore sources, PayoutRails rails, WithdrawalCancel cancel, WalletOptions options)
{
    private const string Endpoint = "POST /wallets/withdraw";

    public async ValueTask<MovementOutcome<Withdrawal>> StartAsync(
        WalletCaller caller, string idempotencyKey, Money amount, Guid destinationId, CancellationToken cancellationToken)
    {
        if (MovementStart.CheckAmount(amount, options) is { } refusal)
        {
            return new MovementOutcome<Withdrawal>.Refused(refusal);
        }

        FlowId id = FlowId.FromIdempotencyKey(caller.Principal, Endpoint, idempotencyKey);
        (WithdrawalFacts? facts, MovementRefusal? refused) = await FactsAsync(id, caller, amount, destinationId, cancellationToken);
        if (facts is null)
        {
            return new MovementOutcome<Withdrawal>.Refused(refused!.Value);
        }

        FlowStart start = new()
        {
            Id = id,
            Kind = WithdrawalFlow.Kind,
            State = WithdrawalFlow.Debited,
            OwnerId = MovementStart.OwnerId(caller.UserId),
            Data = FlowFacts.Write(facts),
            RequestHash = RequestHash.Of(
                Endpoint, caller.UserId.ToString("D"), FlowFacts.AmountText(amount.MinorUnits), amount.Asset.Code, destinationId.ToString("D")),
            Actor = caller.Principal,
            Accounts = WithdrawalPostings.DebitAccounts(facts),
            Transactions = [WithdrawalPostings.Debit(id, facts)],
        };
        return MovementStart.Outcome(await flows.StartAsync(start, options.Patience, cancellationToken), Present);
    }

    public async ValueTask<Withdrawal?> GetAsync(Guid userId, Guid id, CancellationToken cancellationToken) =>
        await flows.OwnAsync(WithdrawalFlow.Kind, userId, id, cancellationToken) is { } flow ? Present(flow) : null;

    public async ValueTask<CancelOutcome> CancelAsync(WalletCaller caller, Guid id, CancellationToken cancellationToken)
    {
        Flow? flow = await flows.OwnAsync(WithdrawalFlow.Kind, caller.UserId, id, cancellationToken);
        if (flow is null)
        {
            return new CancelOutcome.NotFound();
        }

        Flow seen = await cancel.CancelAsync(flow, caller.Principal, cancellationToken);
        return WithdrawalCancel.IsCanceled(seen) ? new CancelOutcome.Canceled(Present(seen)) : new CancelOutcome.TooLate(Present(seen));
    }

    public static Withdrawal Present(Flow flow)
    {
        WithdrawalFacts facts = WithdrawalFacts.Of(flow);
        return new Withdrawal(
            flow.Id.Value,
            Status(flow.State),
            facts.Ordered,
            facts.DestinationId,
            flow.State is WithdrawalFlow.Failed or WithdrawalFlow.Canceled or WithdrawalFlow.Returned ? Failure(facts) : null,
            OutcomeUnknown: flow.State is WithdrawalFlow.Unknown or WithdrawalFlow.Debited or WithdrawalFlow.Submitting,
            PendingReason(flow, facts),
            flow.CreatedAt);
    }

    /// <summary>The facts of a new withdrawal; of the stored one when the key was used before, because its destination may be gone by now.</summary>
    private async ValueTask<(WithdrawalFacts? Facts, MovementRefusal? Refused)> FactsAsync(
        FlowId id, WalletCaller caller, Money amount, Guid destinationId, CancellationToken cancellationToken)
    {
        if (await flows.GetAsync(id, cancellationToken) is { Kind: WithdrawalFlow.Kind } stored)
        {
            return (WithdrawalFacts.Of(stored), null);
        }

        FundingSourceRow? destination = await sources.GetAsync(caller.UserId, destinationId, cancellationToken);
        if (destination is not { IsActive: true })
        {
            return (null, MovementRefusal.SourceNotFound);
        }

        return rails.Refuse(destination.Provider, amount) is { } refusal
            ? (null, refusal)
            : (new WithdrawalFacts
            {
                UserId = caller.UserId,
                Amount = FlowFacts.AmountText(amount.MinorUnits),
                Asset = amount.Asset.Code,
                DestinationId = destinationId,
                Provider = destination.Provider,
                PayoutDestination = destination.PayoutDestination,
            }, null);
    }

    private static string Status(string state) => state switch
    {
        WithdrawalFlow.InTransit => "in_transit",
        WithdrawalFlow.Succeeded => "success",
        WithdrawalFlow.Failed or WithdrawalFlow.Canceled => "failed",
        WithdrawalFlow.Returned => "returned",

        // Also a state that only a newer program beside this one knows (fault T-05).
        _ => "pending",
    };

    /// <summary>Why it does not go on, although nobody is waited for but others; of a merchant's payout as well.</summary>
    public static string? PendingReason(Flow flow, WithdrawalFacts facts) => flow.State switch
    {
        WithdrawalFlow.HeldInSuspense => PendingReasons.AccountNotOpen,
        WithdrawalFlow.InTransit => facts.WaitsFor,
        _ => null,
    };

    public static MovementFailure Failure(WithdrawalFacts facts)
    {
        string code = facts.FailureCode ?? FailureCodes.Declined;
        return new MovementFailure(code, FailureCodes.Describe(code));
    }
}
