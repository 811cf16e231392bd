using System.Collections.Immutable;
using System.Diagnostics;
using Florin.Flows;
using Florin.Ledger;
using Florin.Payments.Charging;
using Florin.Providers;

namespace Florin.Payments.Disputes;

/// <summary>Follows a dispute: every signal only says that it should be read from the provider (faults W-03, W-16).</summary>
internal sealed class DisputeHandler(AcquirerSet acquirers, PaymentBell bell, DisputeCover cover, ILedger ledger, IServiceProvider services, PaymentOptions options, TimeProvider timeProvider) : IFlowHandler
{
    /// <summary>How soon a posting is tried again that met a balance which had just changed.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(100);

    /// <summary>Tells a payment to look at the provider's object.</summary>
    private const string LookSignal = "look";

    public FlowDefinition Definition => DisputeFlow.Definition;

    public async ValueTask<FlowDecision> DecideAsync(Flow flow, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        DisputeFacts facts = DisputeFacts.Of(flow);
        if (flow.State != DisputeFlow.Noticed && !facts.IsTold)
        {
            string payload = FlowFacts.Write(new PaymentDispute(flow.Id.Value, flow.State));
            await bell.RingAsync(facts.PaymentId, flow, PaymentCount.DisputeSignal, payload, cancellationToken);
            return new FlowDecision.Move(flow.State, FlowFacts.Write(facts with { IsTold = true }), DisputeEvents.Told) { KeepSignals = true };
        }

        if (flow.State == DisputeFlow.Lost && await cover.RepayAsync(flow, facts, Next(flow), cancellationToken) is { } repaid)
        {
            return repaid;
        }

        return await acquirers.Of(facts.Provider).GetDisputeAsync(facts.DisputeId, cancellationToken) switch
        {
            ProviderLookup<AcquirerDispute>.Found found => await FollowAsync(flow, facts, found.Value, cancellationToken),
            ProviderLookup<AcquirerDispute>.NotFound => new FlowDecision.Wait("the provider does not know it yet", Next(flow)),
            ProviderLookup<AcquirerDispute>.Unavailable unavailable => new FlowDecision.Wait(unavailable.Reason, Next(flow)),
            _ => throw new UnreachableException(),
        };
    }

    private async ValueTask<FlowDecision> FollowAsync(Flow flow, DisputeFacts facts, AcquirerDispute dispute, CancellationToken cancellationToken)
    {
        if (facts.Read(dispute) is not { } known)
        {
            return new FlowDecision.Park($"The provider's {dispute.Id} is about another amount or currency than what is held.");
        }

        if (State(dispute.Status) is not { } state)
        {
            return new FlowDecision.Wait($"unrecognised state '{OutsideEvidence.Code(dispute.RawStatus)}'", Next(flow));
        }

        UInt128 fee = FlowFacts.Amount(facts.FeePosted, facts.Asset).MinorUnits;
        return state == flow.State && dispute.FeeMinorUnits <= fee
            ? await KeepAsync(flow, facts, cancellationToken) ?? Stay(flow)
            : await MoveAsync(flow, known, dispute, state, fee, cancellationToken);
    }

    /// <summary>What a refund freed that was under way when the dispute opened, and failed, is disputed as well.</summary>
    /// <returns><see langword="null"/> when there is nothing to keep.</returns>
    private async ValueTask<FlowDecision?> KeepAsync(Flow flow, DisputeFacts facts, CancellationToken cancellationToken)
    {
        bool isLost = flow.State == DisputeFlow.Lost;
        if (facts.Unreserved == 0 || !(isLost || DisputeFlow.IsHeld(flow.State)))
        {
            return null;
        }

        UInt128 refundable = await ledger.AvailableAsync(MerchantAccounts.Refundable(facts.PaymentId, facts.Disputed.Asset), cancellationToken);
        UInt128 more = UInt128.Min(facts.Unreserved, refundable);
        DisputeFacts after = facts.Keeping(more);

        // What a refund did not give back after all was lost once, and is the merchant's loss.
        UInt128 unclaimed = UInt128.Min(more, facts.ClaimedMoney.MinorUnits);
        List<Transaction> withdrawn = [];
        if (unclaimed > 0)
        {
            UInt128 available = await ledger.AvailableAsync(MerchantAccounts.Available(facts.MerchantId, facts.Disputed.Asset), cancellationToken);
            after = after with { Claimed = FlowFacts.AmountText(facts.ClaimedMoney.MinorUnits - unclaimed) };
            withdrawn.Add(new DisputeClaimPostings(flow, after, options.SettlementBank).Withdraw(after.MemoCount, unclaimed, available));
        }

        return more == 0 ? null : new FlowDecision.Move(flow.State, FlowFacts.Write(after with { IsTold = false }), DisputeEvents.Kept)
        {
            Transactions = [new DisputePostings(flow, after).Memo(after.MemoCount, more, isLost), .. withdrawn],
            KeepSignals = true,
            IfShort = new FlowDecision.Wait("a balance changed meanwhile", Again),
        };
    }

    /// <summary>Ended ones are heard of by events; the others are looked at as well.</summary>
    private FlowDecision Stay(Flow flow) => flow.State is DisputeFlow.Won or DisputeFlow.Lost
        ? new FlowDecision.Rest("the provider confirms it")
        : new FlowDecision.Wait("the provider says the same", Next(flow));

    private async ValueTask<FlowDecision> MoveAsync(
        Flow flow, DisputeFacts facts, AcquirerDispute dispute, string state, UInt128 fee, CancellationToken cancellationToken)
    {
        bool isHeld = DisputeFlow.IsHeld(flow.State);
        bool isTaken = state == DisputeFlow.Lost || DisputeFlow.IsHeld(state);
        bool opens = isTaken && !isHeld && flow.State != DisputeFlow.Lost;
        Flow? payment = opens ? await services.Require<IFlows>().GetAsync(new FlowId(facts.PaymentId), cancellationToken) : null;
        if (payment is { State: PaymentFlow.Reversed })
        {
            return new FlowDecision.Park("The provider had taken the money of the payment back before it told of the dispute.");
        }

        if (payment is not null && await IsBehindAsync(flow, payment, dispute, cancellationToken))
        {
            return new FlowDecision.Wait("the payment has not taken its money yet", Next(flow));
        }

        bool regains = isHeld && !isTaken;
        UInt128 regained = UInt128.Zero;
        if (facts.Exchange is { } exchange && dispute.Exchange is { } now && (opens || regains))
        {
            if ((opens ? exchange.Opened(now) : exchange.Regained(now, out regained)) is not { } moved)
            {
                return new FlowDecision.Wait("the provider does not say yet what it moved", Next(flow));
            }

            facts = facts with { Exchange = moved };
        }

        DisputeFacts after = facts;
        List<Transaction> transactions = [];
        if (opens)
        {
            UInt128 refundable = await ledger.AvailableAsync(MerchantAccounts.Refundable(facts.PaymentId, facts.Disputed.Asset), cancellationToken);
            UInt128 reserved = UInt128.Min(facts.Disputed.MinorUnits, refundable);
            after = (facts with { Legs = facts.Legs + 1, HasReserve = false, Reserved = "0", Memos = 0, Repaid = "0" }).Keeping(reserved);
            DisputePostings opening = new(flow, after);
            transactions.Add(opening.Open(await ledger.AvailableAsync(MerchantAccounts.Available(facts.MerchantId, facts.Disputed.Asset), cancellationToken)));
            transactions.AddRange(reserved == 0 ? [] : [opening.Memo(after.MemoCount, reserved, isLost: false)]);
            transactions.AddRange(new DisputeExchangePostings(flow, after).Open());
        }

        DisputePostings postings = new(flow, after);
        DisputeExchangePostings exchanges = new(flow, after);
        DisputeClaimPostings claims = new(flow, after, options.SettlementBank);
        UInt128 owed = await ledger.AvailableAsync(MerchantAccounts.Receivable(facts.MerchantId, facts.Disputed.Asset), cancellationToken);
        if (state == DisputeFlow.Lost && (opens || isHeld))
        {
            transactions.AddRange(exchanges.Lose());
            transactions.AddRange(postings.Lose());
            if (after.Unreserved > 0)
            {
                transactions.Add(claims.Claim(after.Unreserved, owed));
                after = after with { Claimed = FlowFacts.AmountText(after.Unreserved) };
            }
        }
        else if (regains)
        {
            transactions.AddRange(exchanges.Regain(regained));
            transactions.AddRange(postings.Regain(owed));
        }

        if (dispute.FeeMinorUnits > fee)
        {
            transactions.Add(postings.Fee(fee, dispute.FeeMinorUnits));
            after = after with { FeePosted = FlowFacts.AmountText(dispute.FeeMinorUnits) };
        }

        return new FlowDecision.Move(state, FlowFacts.Write(after with { IsTold = false }), state)
        {
            Accounts = transactions.Count > 0 ? [.. postings.Accounts(), .. exchanges.Accounts(), .. after.ClaimedMoney.MinorUnits > 0 ? claims.Accounts() : []] : [],
            Transactions = [.. transactions],
            Evidence = PaymentEvidence.Of(dispute),
            ProviderReference = $"{facts.Provider}:{dispute.Id}",
            KeepSignals = true,
            IfShort = new FlowDecision.Wait("a balance changed meanwhile", Again),
        };
    }

    /// <summary>
    /// A payment whose answer was lost is disputed before it is known to be captured: it is told to look at what the dispute names, and its capture is posted
    /// before the dispute.
    /// </summary>
    private async ValueTask<bool> IsBehindAsync(Flow flow, Flow payment, AcquirerDispute dispute, CancellationToken cancellationToken)
    {
        if (PaymentFlow.IsTaken(payment.State) || payment.State == PaymentFlow.Mismatch)
        {
            return false;
        }

        await bell.RingAsync(
            payment.Id.Value, flow, LookSignal, OutsideEvidence.SignalPayload(dispute.PaymentId), cancellationToken, attempt: flow.Attempts);
        return true;
    }

    private TimeSpan Next(Flow flow) => PollSchedule.Next(timeProvider.GetUtcNow() - flow.UpdatedAt, options.PollFirst, options.PollMax);

    private static string? State(AcquirerDisputeStatus status) => status switch
    {
        AcquirerDisputeStatus.Unrecognised => null,
        AcquirerDisputeStatus.Inquiry => DisputeFlow.Inquiry,
        AcquirerDisputeStatus.NeedsResponse => DisputeFlow.NeedsResponse,
        AcquirerDisputeStatus.UnderReview => DisputeFlow.UnderReview,
        AcquirerDisputeStatus.Won => DisputeFlow.Won,
        AcquirerDisputeStatus.Lost => DisputeFlow.Lost,
        _ => throw new UnreachableException(),
    };
}
