using System.Collections.Immutable;
using System.Diagnostics;
using Florin.Flows;
using Florin.Ledger;
using Florin.Payments.Charging;

namespace Florin.Payments.Refunds;

/// <summary>Starts and shows refunds.</summary>
internal sealed class RefundService(IFlows flows, ILedger ledger, PaymentService payments, PaymentOptions options)
{
    private const int PageMax = 200;

    public async ValueTask<PaymentOutcome<Refund>> StartAsync(
        MerchantCaller caller, string idempotencyKey, Guid paymentId, UInt128? amount, string reason, CancellationToken cancellationToken)
    {
        string endpoint = $"POST /payments/{paymentId:D}/refunds";
        FlowId id = FlowId.FromIdempotencyKey(caller.Principal, endpoint, idempotencyKey);
        RefundFacts? facts = await flows.GetAsync(id, cancellationToken) is { Kind: RefundFlow.Kind } stored
            ? RefundFacts.Of(stored)
            : null;
        if (facts is null)
        {
            if (await payments.FindAsync(caller.MerchantId, paymentId, cancellationToken) is not { } payment)
            {
                return new PaymentOutcome<Refund>.Refused(PaymentRefusal.NotFound);
            }

            // What is only reserved is voided, not refunded; what is disputed would be lost twice.
            if (payment.State is not (PaymentFlow.Captured or PaymentFlow.Settled or PaymentFlow.PartiallyRefunded or PaymentFlow.Refunded))
            {
                return new PaymentOutcome<Refund>.Refused(PaymentRefusal.InvalidTransition);
            }

            facts = await FactsAsync(payment, amount, reason, cancellationToken);
            if (facts is null)
            {
                return new PaymentOutcome<Refund>.Refused(PaymentRefusal.ExceedsRest);
            }
        }

        FlowStart start = new()
        {
            Id = id,
            Kind = RefundFlow.Kind,
            State = RefundFlow.Created,
            OwnerId = PaymentService.OwnerId(caller.MerchantId),
            Data = FlowFacts.Write(facts),
            RequestHash = RequestHash.Of(endpoint, amount is { } units ? FlowFacts.AmountText(units) : null, reason),
            Actor = caller.Principal,
            Transactions = [RefundPostings.Reserve(id, facts)],
        };
        return PaymentService.Outcome(await flows.StartAsync(start, options.Patience, cancellationToken), Present);
    }

    /// <summary>Reads the merchant's refunds back to the day of the payment.</summary>
    public async ValueTask<ImmutableArray<Refund>?> ListAsync(Guid merchant, Guid paymentId, CancellationToken cancellationToken)
    {
        if (await payments.FindAsync(merchant, paymentId, cancellationToken) is not { } payment)
        {
            return null;
        }

        return [.. (await FlowsOfAsync(payment, cancellationToken)).Select(Present)];
    }

    /// <summary>The refunds of a payment that succeeded, newest first.</summary>
    public async ValueTask<ImmutableArray<(RefundFacts Facts, DateTimeOffset At)>> GivenBackAsync(Flow payment, CancellationToken cancellationToken) =>
        [.. (await FlowsOfAsync(payment, cancellationToken)).Where(flow => flow.State == RefundFlow.Succeeded).Select(flow => (RefundFacts.Of(flow), flow.CreatedAt))];

    private async ValueTask<ImmutableArray<Flow>> FlowsOfAsync(Flow payment, CancellationToken cancellationToken)
    {
        ImmutableArray<Flow>.Builder refunds = ImmutableArray.CreateBuilder<Flow>();
        FlowId? before = null;
        ImmutableArray<Flow> page;
        do
        {
            page = await flows.ListAsync(payment.OwnerId, [RefundFlow.Kind], before, PageMax, cancellationToken);
            refunds.AddRange(page.Where(flow => RefundFacts.Of(flow).PaymentId == payment.Id.Value));
            before = page.IsEmpty ? null : page[^1].Id;
        }
        while (page.Length == PageMax && page[^1].CreatedAt >= payment.CreatedAt);

        return refunds.ToImmutable();
    }

    public static Refund Present(Flow flow)
    {
        RefundFacts facts = RefundFacts.Of(flow);
        bool isUnknown = flow.State is RefundFlow.Unknown or RefundFlow.Created or RefundFlow.Submitting;
        return new Refund(
            flow.Id.Value,
            facts.PaymentId,
            Status(flow.State),
            facts.Ordered,
            facts.Reason,
            flow.State == RefundFlow.AwaitingFunds ? RefundEvents.Short : isUnknown ? "outcome_unknown" : Status(flow.State) == "pending" ? "processing" : null,
            flow.State is RefundFlow.Failed or RefundFlow.PartiallySucceeded ? facts.FailureCode ?? FailureCodes.Declined : null,
            isUnknown,
            flow.CreatedAt)
        {
            GivenBack = new Money(facts.GivenBack, facts.Ordered.Asset),
        };
    }

    /// <returns><see langword="null"/> when nothing is left, or less than asked for; the ledger decides when several ask at once.</returns>
    private async ValueTask<RefundFacts?> FactsAsync(Flow payment, UInt128? amount, string reason, CancellationToken cancellationToken)
    {
        PaymentFacts facts = PaymentFacts.Of(payment);
        AccountId account = MerchantAccounts.Refundable(payment.Id.Value, facts.Ordered.Asset).Id;
        UInt128 rest = await ledger.GetBalanceAsync(account, cancellationToken) is { } balance ? balance.Available : UInt128.Zero;
        UInt128 asked = amount ?? rest;
        if (asked == 0 || asked > rest)
        {
            return null;
        }

        UInt128 share = facts.RefundsFees ? MerchantFees.ShareOf(facts.FeeUnits, asked, facts.CapturedUnits) : UInt128.Zero;
        return new RefundFacts
        {
            PaymentId = payment.Id.Value,
            MerchantId = facts.MerchantId,
            Provider = facts.Provider,
            ProviderPaymentId = facts.PaymentId!,
            CaptureId = facts.CaptureIds.IsEmpty ? null : facts.CaptureIds[0],
            IsSpread = facts.CaptureIds.Length > 1,
            Amount = FlowFacts.AmountText(asked),
            Asset = facts.Asset,
            FeeShare = FlowFacts.AmountText(share),
            Reason = reason,
        };
    }

    private static string Status(string state) => state switch
    {
        RefundFlow.Created or RefundFlow.AwaitingFunds or RefundFlow.Submitting or RefundFlow.Queued or RefundFlow.Pending or RefundFlow.Unknown => "pending",
        RefundFlow.Succeeded or RefundFlow.PartiallySucceeded or RefundFlow.Failed => state,
        _ => throw new UnreachableException($"A refund cannot be in state '{state}'."),
    };
}
