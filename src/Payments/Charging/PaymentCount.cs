using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;
using Florin.Payments.Settlement;

namespace Florin.Payments.Charging;

/// <summary>
/// Says what settlements, refunds and disputes have made of a captured payment. The ledger says how much was given back and the lines of settlements how
/// much is at the bank; signals only say that they should be asked, and where disputes stand.
/// </summary>
internal sealed class PaymentCount(ILedger ledger, SettlementStore settlements, TakenBack takenBack, PaymentBell bell)
{
    /// <summary>The source of signals from a payment's refunds and disputes.</summary>
    public const string Source = "payments";

    public const string RefundSignal = "refund";
    public const string DisputeSignal = "dispute";
    public const string SettlementSignal = "settlement";

    /// <summary>How soon a posting is tried again that met a balance which had just changed.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(100);

    public async ValueTask<FlowDecision> DecideAsync(
        Flow flow, PaymentFacts facts, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        AccountId account = MerchantAccounts.Refundable(flow.Id.Value, facts.Ordered.Asset).Id;
        if (await ledger.GetBalanceAsync(account, cancellationToken) is not { } balance)
        {
            return new FlowDecision.Park("A captured payment has no account of what can be refunded.");
        }

        SettledOf settled = await settlements.OfAsync(flow.Id.Value, cancellationToken);
        if (settled.Reversed > facts.Units(facts.Reversed))
        {
            return await ReverseAsync(flow, facts, settled.Reversed, PaymentEvents.Reversed, balance.Available, cancellationToken);
        }

        switch (await takenBack.AskAsync(flow, facts, signals, cancellationToken))
        {
            case TakenBackAnswer.Amount { Total: { } total } answer when total > facts.Units(facts.Reversed):
                return await ReverseAsync(flow, facts, total, PaymentEvents.TakenBack, balance.Available, cancellationToken) with { Evidence = answer.Evidence };
            case TakenBackAnswer.Undecided { Decision: { } decision }:
                return decision;
            default:
                break;
        }

        // What came back of a refund that failed was credited again, so neither total alone says how much is gone.
        UInt128 gone = facts.CapturedUnits - balance.Posted(out bool isNegative);
        Invariant.Assert(!isNegative);
        PaymentFacts counted = facts with
        {
            Refunded = FlowFacts.AmountText(gone),
            Settled = FlowFacts.AmountText(settled.Covered),
            Disputes = signals.Where(signal => signal is { Source: Source, Type: DisputeSignal })
                .Select(signal => FlowFacts.Read<PaymentDispute>(signal.Payload)).Aggregate(facts.Disputes, Put),
        };
        if (balance.Available > 0)
        {
            await TellAsync(flow, counted, signals, cancellationToken);
        }

        string state = State(flow, counted, settled, gone);
        return state == flow.State && counted.Refunded == facts.Refunded && counted.Settled == facts.Settled && counted.Disputes.SequenceEqual(facts.Disputes)
            ? new FlowDecision.Rest("nothing has changed")
            : new FlowDecision.Move(state, FlowFacts.Write(counted), PaymentEvents.OfCount(flow.State, state));
    }

    /// <summary>
    /// A dispute keeps what is disputed from being refunded, as far as a refund that was under way had not got it. When that refund ends without it, the dispute
    /// is told, for only it knows how much it has.
    /// </summary>
    private async ValueTask TellAsync(Flow flow, PaymentFacts counted, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        FlowSignal? last = signals.LastOrDefault(signal => signal is { Source: Source, Type: RefundSignal or DisputeSignal });
        foreach (PaymentDispute dispute in counted.Disputes.Where(dispute => last is not null && IsAgainst(dispute)))
        {
            await bell.RingAsync(dispute.Id, flow, RefundSignal, "{}", cancellationToken, attempt: last!.Id);
        }
    }

    private static bool IsAgainst(PaymentDispute dispute) => dispute.State is "needs_response" or "under_review" or "lost";

    private static string State(Flow flow, PaymentFacts counted, SettledOf settled, UInt128 gone) =>
        flow.State == PaymentFlow.Reversed ? PaymentFlow.Reversed
        : counted.Disputes.Any(IsAgainst) ? PaymentFlow.Disputed
        : gone == counted.CapturedUnits ? PaymentFlow.Refunded
        : gone > 0 ? PaymentFlow.PartiallyRefunded
        : settled.Covered >= counted.CapturedUnits ? PaymentFlow.Settled
        : PaymentFlow.Captured;

    /// <summary>
    /// The scheme did not pay, or the provider took the money back: what the merchant was credited is taken back, and what the balance does not cover is owed
    /// (faults R-17, U-11).
    /// </summary>
    /// <param name="total">What is reversed in all.</param>
    /// <param name="refundable">What is left of the payment to be refunded.</param>
    private async ValueTask<FlowDecision.Move> ReverseAsync(
        Flow flow, PaymentFacts facts, UInt128 total, string reason, UInt128 refundable, CancellationToken cancellationToken)
    {
        UInt128 amount = total - facts.Units(facts.Reversed);
        AccountId account = MerchantAccounts.Available(facts.MerchantId, facts.Ordered.Asset).Id;
        UInt128 available = await ledger.GetBalanceAsync(account, cancellationToken) is { } balance ? balance.Available : UInt128.Zero;
        PaymentFacts after = facts with
        {
            Reversed = FlowFacts.AmountText(total),
            Refunded = FlowFacts.AmountText(facts.Units(facts.Refunded) + UInt128.Min(amount, refundable)),
            FailureCode = reason,
        };
        return new FlowDecision.Move(PaymentFlow.Reversed, FlowFacts.Write(after), flow.State == PaymentFlow.Reversed ? PaymentEvents.Counted : reason)
        {
            Accounts = PaymentPostings.Accounts(flow, facts),
            Transactions = [PaymentPostings.Reverse(flow, facts, total, amount, available, refundable)],
            KeepSignals = true,
            IfShort = new FlowDecision.Wait("a balance changed meanwhile", Again),
        };
    }

    private static ImmutableArray<PaymentDispute> Put(ImmutableArray<PaymentDispute> disputes, PaymentDispute dispute) =>
        [.. disputes.Where(other => other.Id != dispute.Id), dispute];
}
