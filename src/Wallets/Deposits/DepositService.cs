using Florin.Flows;
using Florin.Ledger;
using Florin.Wallets.FundingSources;
using Florin.Wallets.Steps;

namespace Florin.Wallets.Deposits;

/// <summary>Starts and shows deposits.</summary>
internal sealed class DepositService(IFlows flows, FundingSourceStore sources, ILedger ledger, WalletOptions options)
{
    private const string Endpoint = "POST /wallets/deposit";

    public async ValueTask<MovementOutcome<Deposit>> StartAsync(
        WalletCaller caller, string idempotencyKey, Money amount, Guid sourceId, CancellationToken cancellationToken)
    {
        if (MovementStart.CheckAmount(amount, options) is { } refusal)
        {
            return new MovementOutcome<Deposit>.Refused(refusal);
        }

        FlowId id = FlowId.FromIdempotencyKey(caller.Principal, Endpoint, idempotencyKey);

        bool isRepeat = await flows.GetAsync(id, cancellationToken) is { Kind: DepositFlow.Kind };
        if (!isRepeat && !await CanReceiveAsync(caller, amount.Asset, cancellationToken))
        {
            return new MovementOutcome<Deposit>.Refused(MovementRefusal.AccountNotOpen);
        }

        DepositFacts? facts = await FactsAsync(id, caller, amount, sourceId, cancellationToken);
        if (facts is null)
        {
            return new MovementOutcome<Deposit>.Refused(MovementRefusal.SourceNotFound);
        }

        FlowStart start = new()
        {
            Id = id,
            Kind = DepositFlow.Kind,
            State = DepositFlow.Created,
            OwnerId = MovementStart.OwnerId(caller.UserId),
            Data = FlowFacts.Write(facts),
            RequestHash = RequestHash.Of(
                Endpoint, caller.UserId.ToString("D"), FlowFacts.AmountText(amount.MinorUnits), amount.Asset.Code, sourceId.ToString("D")),
            Actor = caller.Principal,
        };
        return MovementStart.Outcome(await flows.StartAsync(start, options.Patience, cancellationToken), Present);
    }

    public async ValueTask<Deposit?> GetAsync(Guid userId, Guid id, CancellationToken cancellationToken) =>
        await flows.OwnAsync(DepositFlow.Kind, userId, id, cancellationToken) is { } flow ? Present(flow) : null;

    public static Deposit Present(Flow flow)
    {
        DepositFacts facts = DepositFacts.Of(flow);
        return new Deposit(
            flow.Id.Value,
            Status(flow.State),
            facts.Ordered,
            facts.SourceId,
            flow.State == DepositFlow.Failed ? Failure(facts) : null,
            OutcomeUnknown: flow.State is DepositFlow.Unknown or DepositFlow.Created or DepositFlow.Submitting,
            UnderReview: flow.State == DepositFlow.Mismatch,
            PendingReason: flow.State == DepositFlow.HeldInSuspense ? PendingReasons.AccountNotOpen : null,
            flow.CreatedAt);
    }

    /// <summary>
    /// A courtesy to the payer, not a guard: who is frozen a moment later has his money held (fault L-12). A ledger that records nothing now does not
    /// answer, so that no deposit is begun (fault T-04).
    /// </summary>
    private async ValueTask<bool> CanReceiveAsync(WalletCaller caller, Asset asset, CancellationToken cancellationToken) =>
        await ledger.GetBalanceAsync(ChartOfAccounts.UserAvailable(caller.UserId, asset).Id, cancellationToken) is not { } balance
        || balance.Standing == AccountStanding.Open;

    /// <summary>The facts of a new deposit; of the stored one when the key was used before, because its source may be gone by now.</summary>
    private async ValueTask<DepositFacts?> FactsAsync(
        FlowId id, WalletCaller caller, Money amount, Guid sourceId, CancellationToken cancellationToken)
    {
        if (await flows.GetAsync(id, cancellationToken) is { Kind: DepositFlow.Kind } stored)
        {
            return DepositFacts.Of(stored);
        }

        FundingSourceRow? source = await sources.GetAsync(caller.UserId, sourceId, cancellationToken);
        string? customer = source is { IsActive: true }
            ? await sources.FindCustomerAsync(caller.UserId, source.Provider, cancellationToken)
            : null;
        return source is null || customer is null ? null : new DepositFacts
        {
            UserId = caller.UserId,
            Amount = FlowFacts.AmountText(amount.MinorUnits),
            Asset = amount.Asset.Code,
            SourceId = sourceId,
            Provider = source.Provider,
            PaymentMethodId = source.ProviderPaymentMethodId,
            MethodKind = source.MethodKind,
            CustomerId = customer,
        };
    }

    private static string Status(string state) => state switch
    {
        DepositFlow.Succeeded => "success",
        DepositFlow.Failed => "failed",

        // Also a state that only a newer program beside this one knows (fault T-05).
        _ => "pending",
    };

    private static MovementFailure Failure(DepositFacts facts)
    {
        string code = facts.FailureCode ?? FailureCodes.Declined;
        return new MovementFailure(code, FailureCodes.Describe(code));
    }
}
