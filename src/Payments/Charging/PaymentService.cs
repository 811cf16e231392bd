using System.Collections.Immutable;
using System.Diagnostics;
using Florin.Flows;
using Florin.Ledger;
using Florin.Providers;

namespace Florin.Payments.Charging;

/// <summary>Starts and shows payments.</summary>
internal sealed class PaymentService(IFlows flows, PaymentRivals rivals, PaymentRouter router, DuplicateSuspects suspects, PaymentOptions options)
{
    private const string Endpoint = "POST /payments";

    public ValueTask<PaymentOutcome<Payment>> PayAsync(
        MerchantCaller caller, string idempotencyKey, PaymentOrder order, CancellationToken cancellationToken) =>
        PayAsync(caller, idempotencyKey, order, options.Patience, cancellationToken);

    /// <param name="patience">How long to wait for the provider; a flow that pays does not hold its place for it.</param>
    public async ValueTask<PaymentOutcome<Payment>> PayAsync(
        MerchantCaller caller, string idempotencyKey, PaymentOrder order, TimeSpan patience, CancellationToken cancellationToken)
    {
        FlowId id = FlowId.FromIdempotencyKey(caller.Principal, Endpoint, idempotencyKey);
        FlowId? twin = await suspects.FindAsync(id, caller, order, cancellationToken);
        if (twin is { } first && options.Duplicates == DuplicatePolicy.Hold && !order.AllowsDuplicate)
        {
            await suspects.ForgetAsync(id, cancellationToken);
            return new PaymentOutcome<Payment>.Refused(PaymentRefusal.DuplicateSuspected, first.Value);
        }

        for (int attempt = 0; attempt < PaymentRivals.AttemptsMax; attempt++)
        {
            FlowStartOutcome outcome = await flows.StartAsync(Start(id, caller, order, attempt, twin), patience, cancellationToken);
            if (outcome is not FlowStartOutcome.ObligationTaken taken)
            {
                return Outcome(outcome, Present);
            }

            if (await rivals.HolderAsync(taken.Holder, cancellationToken) is { } holder && !PaymentRivals.IsOver(holder))
            {
                return new PaymentOutcome<Payment>.Refused(PaymentRefusal.ObligationTaken, holder.Id.Value);
            }
        }

        return new PaymentOutcome<Payment>.Refused(PaymentRefusal.ObligationTaken);
    }

    public async ValueTask<Flow?> FindAsync(Guid merchant, Guid id, CancellationToken cancellationToken)
    {
        Flow? flow = await flows.GetAsync(new FlowId(id), cancellationToken);
        return flow is { Kind: PaymentFlow.Kind } && flow.OwnerId == OwnerId(merchant) ? flow : null;
    }

    public async ValueTask<ImmutableArray<PaymentEvent>> TimelineAsync(Guid merchant, Guid id, CancellationToken cancellationToken)
    {
        if (await FindAsync(merchant, id, cancellationToken) is null)
        {
            return [];
        }

        ImmutableArray<FlowHistoryEntry> history = await flows.GetHistoryAsync(new FlowId(id), cancellationToken);
        return [.. history.OrderBy(entry => entry.Version).Select(entry => new PaymentEvent(Status(entry.To), entry.Reason, entry.At))];
    }

    public static string OwnerId(Guid merchant) => merchant.ToString("D");

    public static Payment Present(Flow flow)
    {
        PaymentFacts facts = PaymentFacts.Of(flow);
        return new Payment(
            flow.Id.Value,
            Status(flow.State),
            facts.Ordered,
            facts.Units(facts.CapturableUnits),
            facts.Units(facts.CapturedUnits),
            facts.Units(facts.Units(facts.Refunded)),
            facts.Units(facts.Units(facts.Settled)),
            facts.Units(facts.FeeUnits),
            facts.Capture,
            facts.Obligation,
            facts.Description,
            flow.State is PaymentFlow.Failed or PaymentFlow.Reversed ? facts.FailureCode ?? FailureCodes.Declined : null,
            OutcomeUnknown: flow.State is PaymentFlow.Created or PaymentFlow.Submitting or PaymentFlow.Capturing or PaymentFlow.Voiding or PaymentFlow.Unknown
                or PaymentFlow.Contested or PaymentFlow.Completing or PaymentFlow.Expiring or PaymentFlow.Canceling,
            UnderReview: flow.State == PaymentFlow.Mismatch,
            flow.CreatedAt)
        {
            DuplicateOf = facts.DuplicateOf,
            NextAction = flow.State == PaymentFlow.RequiresAction && facts is { NextActionUrl: { } url, ActionUntil: { } until } ? new PaymentAction(url, until) : null,
        };
    }

    /// <summary>What became of a flow's start.</summary>
    public static PaymentOutcome<T> Outcome<T>(FlowStartOutcome outcome, Func<Flow, T> present) => outcome switch
    {
        FlowStartOutcome.Started started => new PaymentOutcome<T>.Done(present(started.Flow), IsReplayed: false),
        FlowStartOutcome.Replayed replayed => new PaymentOutcome<T>.Done(present(replayed.Flow), IsReplayed: true),
        FlowStartOutcome.InProgress => new PaymentOutcome<T>.InProgress(),
        FlowStartOutcome.RequestDiffers => new PaymentOutcome<T>.KeyBelongsToOtherRequest(),
        FlowStartOutcome.Refused refused => new PaymentOutcome<T>.Refused(Reason(refused.Result)),
        FlowStartOutcome.ObligationTaken taken => new PaymentOutcome<T>.Refused(PaymentRefusal.ObligationTaken, taken.Holder.Value),
        _ => throw new UnreachableException(),
    };

    /// <exception cref="InvariantException">The ledger refused for a reason that a request cannot cause: a bug of ours.</exception>
    private static PaymentRefusal Reason(SubmissionResult result)
    {
        PaymentRefusal? reason = result.Status switch
        {
            TransactionStatus.ExceedsCredits => PaymentRefusal.ExceedsRest,
            TransactionStatus.DebitAccountNotOpen or TransactionStatus.CreditAccountNotOpen => PaymentRefusal.AccountNotOpen,
            _ => null,
        };
        Invariant.Assert(reason is not null);
        return reason.Value;
    }

    private FlowStart Start(FlowId id, MerchantCaller caller, PaymentOrder order, int attempt, FlowId? twin) => Start(
        id,
        caller,
        order,
        attempt,
        twin,
        router.Of(caller.MerchantId, order.Amount, order.PaymentSource),
        order.FallbackSource is { } other ? router.Of(caller.MerchantId, order.Amount, other) : null);

    private FlowStart Start(
        FlowId id, MerchantCaller caller, PaymentOrder order, int attempt, FlowId? twin, PaymentPlace place, PaymentPlace? fallback) => new()
    {
        Id = id,
        Kind = PaymentFlow.Kind,
        State = PaymentFlow.Created,
        OwnerId = OwnerId(caller.MerchantId),
        Obligation = order.Obligation is { } obligation ? PaymentRivals.Name(caller.MerchantId, obligation, attempt) : null,
        Data = FlowFacts.Write(new PaymentFacts
        {
            MerchantId = caller.MerchantId,
            Amount = FlowFacts.AmountText(order.Amount.MinorUnits),
            Asset = order.Amount.Asset.Code,
            Provider = place.Provider,
            PaymentSource = place.Source,
            Fallback = fallback,
            ReturnUrl = order.ReturnUrl,
            CancelUrl = order.CancelUrl,
            Capture = order.Capture,
            Description = order.Description,
            Obligation = order.Obligation,
            ObligationAttempt = attempt,
            DuplicateOf = twin?.Value,
            Fees = options.FeesOf(caller.MerchantId),
            RefundsFees = options.RefundsFees,
        }),
        RequestHash = HashOf(caller, order),
        Actor = caller.Principal,
    };

    private static string HashOf(MerchantCaller caller, PaymentOrder order)
    {
        string?[] parts =
        [
            OwnerId(caller.MerchantId),
            FlowFacts.AmountText(order.Amount.MinorUnits),
            order.Amount.Asset.Code,
            order.PaymentSource,
            order.Capture == CaptureMode.Manual ? "manual" : "automatic",
            order.Obligation,
            order.Description,
        ];

        // A key from before there were fallbacks and returns names the same request still.
        return RequestHash.Of(
            Endpoint,
            order.CancelUrl is { } cancelUrl ? [.. parts, order.FallbackSource, order.ReturnUrl, cancelUrl]
            : order.ReturnUrl is { } returnUrl ? [.. parts, order.FallbackSource, returnUrl]
            : order.FallbackSource is { } fallback ? [.. parts, fallback]
            : parts);
    }

    private static string Status(string state) => state switch
    {
        PaymentFlow.Created or PaymentFlow.Submitting or PaymentFlow.Queued or PaymentFlow.Processing => "created",
        PaymentFlow.RequiresAction or PaymentFlow.Completing or PaymentFlow.Expiring or PaymentFlow.Canceling => PaymentFlow.RequiresAction,
        PaymentFlow.Authorized or PaymentFlow.Capturing or PaymentFlow.Voiding => "authorized",
        PaymentFlow.Unknown or PaymentFlow.Mismatch or PaymentFlow.Contested or PaymentFlow.Returning => "unknown",
        PaymentFlow.Returned => "refunded",
        PaymentFlow.Reversed => PaymentFlow.Failed,
        PaymentFlow.Captured or PaymentFlow.Settled or PaymentFlow.PartiallyRefunded or PaymentFlow.Refunded or PaymentFlow.Disputed or PaymentFlow.Voided or PaymentFlow.Failed =>
            state,
        _ => throw new UnreachableException($"A payment cannot be in state '{state}'."),
    };
}
