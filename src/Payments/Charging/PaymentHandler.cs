using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Florin.Flows;
using Florin.Ledger;
using Florin.Payments.Settlement;
using Florin.Providers;

namespace Florin.Payments.Charging;

/// <summary>
/// Takes a payment from state to state. Each call that may move money is made once, after its intent is durable; whatever is not known afterwards is
/// looked up, or repeated under the same key while the acquirer answers that by the state of the original; never tried anew. Signals are hints (faults W-03, W-06, W-16) or the merchant's commands, which are carried out one after another.
/// </summary>
internal sealed class PaymentHandler(
    AcquirerSet acquirers, SubmissionPermits permits, ILedger ledger, PaymentRivals rivals, SettlementStore settlements, PaymentBell bell, PaymentOptions options, TimeProvider timeProvider) : IFlowHandler
{
    private const string AuthorizeStep = "authorize";
    private const string FallbackStep = "authorize_fallback";

    private readonly PaymentReturn _return = new(acquirers, permits, options, timeProvider);
    private readonly PaymentChallenge _challenge = new(permits, options, timeProvider);
    private readonly PaymentApproval _approval = new(permits, options, timeProvider);
    private readonly PaymentJudge _judge = new(
        ledger, rivals, permits, new PaymentReturn(acquirers, permits, options, timeProvider), new PaymentChallenge(permits, options, timeProvider),
        new PaymentApproval(permits, options, timeProvider), options, timeProvider);
    private readonly KeyMemory _keys = new(options, timeProvider);
    private readonly PaymentCount _count = new(ledger, settlements, new TakenBack(acquirers, options, timeProvider), bell);

    public FlowDefinition Definition => PaymentFlow.Definition;

    public async ValueTask<FlowDecision> DecideAsync(Flow flow, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        PaymentFacts facts = PaymentFacts.Of(flow);
        return flow.State switch
        {
            PaymentFlow.Created or PaymentFlow.Queued => Submit(flow, facts),
            PaymentFlow.Submitting when permits.TryUse(facts.Permit) => await AuthorizeAsync(flow, facts, cancellationToken),
            PaymentFlow.Capturing when permits.TryUse(facts.Permit) => await CaptureAsync(flow, facts, cancellationToken),
            PaymentFlow.Voiding when permits.TryUse(facts.Permit) => await VoidAsync(flow, facts, cancellationToken),
            PaymentFlow.Completing when permits.TryUse(facts.Permit) => await CompleteAsync(flow, facts, cancellationToken),
            PaymentFlow.RequiresAction or PaymentFlow.Expiring when PaymentCommands.NextVoid(signals, facts) is { } unwanted =>
                facts.IsApproval ? PaymentApproval.Void(facts, unwanted) : _challenge.Void(facts, unwanted),
            PaymentFlow.RequiresAction or PaymentFlow.Unknown when _approval.IsOver(flow, facts) => PaymentApproval.Expire(flow, facts),
            PaymentFlow.Expiring or PaymentFlow.Canceling when permits.TryUse(facts.Permit) => await CancelAsync(flow, facts, cancellationToken),
            PaymentFlow.Authorized when PaymentCommands.Next(signals, facts) is { } command => Begin(facts, command),
            PaymentFlow.Submitting or PaymentFlow.Capturing or PaymentFlow.Voiding or PaymentFlow.Unknown or PaymentFlow.Processing or PaymentFlow.Authorized
                or PaymentFlow.Contested or PaymentFlow.RequiresAction or PaymentFlow.Completing or PaymentFlow.Expiring or PaymentFlow.Canceling => await LookAsync(flow, facts, signals, cancellationToken),
            PaymentFlow.Returning when _return.MaySend(facts) => await _return.SendAsync(flow, facts, cancellationToken),
            PaymentFlow.Returning => await _return.LookAsync(flow, facts, cancellationToken),
            PaymentFlow.Returned when !signals.IsEmpty => await _return.LookAsync(flow, facts, cancellationToken),
            PaymentFlow.Failed or PaymentFlow.Voided when !signals.IsEmpty => await LookAsync(flow, facts, signals, cancellationToken),
            _ when PaymentFlow.IsTaken(flow.State) => await _count.DecideAsync(flow, facts, signals, cancellationToken),
            PaymentFlow.Failed or PaymentFlow.Voided or PaymentFlow.Mismatch or PaymentFlow.Returned => new FlowDecision.Rest("at its end"),
            _ => throw new UnreachableException($"A payment cannot be in state '{flow.State}'."),
        };
    }

    private FlowDecision.Move Submit(Flow flow, PaymentFacts facts)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        if (now - flow.CreatedAt >= options.SettleWindow)
        {
            // Nobody expects a charge long after the request; nothing was sent, so failing it is certain.
            return PaymentJudge.Fail(flow, facts, PaymentEvents.GiveUp, FailureCodes.ProviderUnavailable, evidence: null);
        }

        PaymentFacts intent = facts with { SubmittedAt = now, Permit = permits.Issue() };
        return new FlowDecision.Move(PaymentFlow.Submitting, FlowFacts.Write(intent), PaymentEvents.Submit);
    }

    private FlowDecision.Move Begin(PaymentFacts facts, PaymentCommand command)
    {
        UInt128 rest = facts.CapturableUnits;
        bool isVoid = command.Type == PaymentCommand.VoidType;
        if (!isVoid && command.Amount is { } amount && facts.Units(amount) > rest)
        {
            PaymentFacts refused = facts.With(command with { Outcome = PaymentCommand.Refused });
            return new FlowDecision.Move(PaymentFlow.Authorized, FlowFacts.Write(refused), PaymentEvents.CommandRefused) { KeepSignals = true };
        }

        PaymentFacts intent = facts.With(command) with { SubmittedAt = timeProvider.GetUtcNow(), Permit = permits.Issue() };
        return isVoid
            ? new FlowDecision.Move(PaymentFlow.Voiding, FlowFacts.Write(intent), PaymentEvents.Void) { KeepSignals = true }
            : new FlowDecision.Move(PaymentFlow.Capturing, FlowFacts.Write(intent), PaymentEvents.Capture) { KeepSignals = true };
    }

    private static AuthorizationRequest Request(Flow flow, PaymentFacts facts) => new(
        facts.Ordered.MinorUnits,
        facts.Asset,
        facts.PaymentSource,
        CustomerId: null,
        facts.Capture,
        facts.Description,
        flow.Id.ToString(),
        ProviderKeys.Of(flow.Id, facts.HasFailedOver ? FallbackStep : AuthorizeStep))
    {
        ReturnUrl = facts.ReturnUrl,
        CancelUrl = facts.CancelUrl,
    };

    private async ValueTask<FlowDecision> AuthorizeAsync(Flow flow, PaymentFacts facts, CancellationToken cancellationToken) =>
        await acquirers.Of(facts.Provider).AuthorizeAsync(Request(flow, facts), cancellationToken) switch
        {
            ProviderOutcome<AcquirerPayment>.Accepted accepted => await _judge.DecideAsync(flow, facts, accepted.Value, cancellationToken),
            ProviderOutcome<AcquirerPayment>.Declined { IsOurs: true } refused when flow.State == PaymentFlow.Submitting && facts.FailedOver() is { } other =>
                Queue(other, TimeSpan.Zero, OutsideEvidence.OfDecline(refused.Code)),
            ProviderOutcome<AcquirerPayment>.Declined declined => PaymentJudge.Fail(
                flow, facts, PaymentEvents.Failure, OutsideEvidence.Code(declined.Code), OutsideEvidence.OfDecline(declined.Code)),
            ProviderOutcome<AcquirerPayment>.Unknown unknown =>
                _judge.Keep(flow, facts, unknown.Reason, OutsideEvidence.OfUnknown(unknown.Reason, unknown.RawBody)),

            // A repeat that did not leave says nothing of the original.
            ProviderOutcome<AcquirerPayment>.NotSent notSent when flow.State == PaymentFlow.Unknown => _judge.Keep(flow, facts, notSent.Reason),
            ProviderOutcome<AcquirerPayment>.NotSent notSent => facts.FailedOver() is { } other
                ? Queue(other, TimeSpan.Zero, FlowFacts.Write(new { NotSent = notSent.Reason, facts.Provider }))
                : Queue(facts.NotSubmitted(), notSent.RetryAfter ?? _judge.NextLook(flow, facts), evidence: null),
            _ => throw new UnreachableException(),
        };

    /// <summary>Asks for what the payer has approved, here and nowhere else: the payer approved it at this acquirer.</summary>
    private async ValueTask<FlowDecision> CompleteAsync(Flow flow, PaymentFacts facts, CancellationToken cancellationToken) =>
        await acquirers.ApprovalOf(facts.Provider).CompleteAsync(Request(flow, facts), facts.PaymentId!, cancellationToken) switch
        {
            ProviderOutcome<AcquirerPayment>.Accepted accepted => await _judge.DecideAsync(flow, facts, accepted.Value, cancellationToken),
            ProviderOutcome<AcquirerPayment>.Declined declined => PaymentJudge.Fail(
                flow, facts, PaymentEvents.Failure, OutsideEvidence.Code(declined.Code), OutsideEvidence.OfDecline(declined.Code)),
            ProviderOutcome<AcquirerPayment>.Unknown unknown =>
                _judge.Keep(flow, facts, unknown.Reason, OutsideEvidence.OfUnknown(unknown.Reason, unknown.RawBody)),
            ProviderOutcome<AcquirerPayment>.NotSent notSent => flow.State == PaymentFlow.Unknown
                ? _judge.Keep(flow, facts, notSent.Reason)
                : _approval.NotCompleted(facts, notSent.RetryAfter),
            _ => throw new UnreachableException(),
        };

    /// <summary>Nothing was sent, so that it may be tried again, and elsewhere as well.</summary>
    private static FlowDecision.Move Queue(PaymentFacts facts, TimeSpan delay, string? evidence) =>
        new(PaymentFlow.Queued, FlowFacts.Write(facts), PaymentEvents.NotSent) { Delay = delay, Evidence = evidence };

    private async ValueTask<FlowDecision> CaptureAsync(Flow flow, PaymentFacts facts, CancellationToken cancellationToken)
    {
        PaymentCommand command = OpenCommand(facts);
        string amount = command.Amount ?? facts.Capturable;
        CaptureRequest request = new(
            facts.PaymentId!,
            facts.Units(amount),
            facts.Asset,
            command.IsFinal || amount == facts.Capturable,
            flow.Id.ToString(),
            ProviderKeys.Of(flow.Id, $"capture:{command.Id}"));
        return await AfterCommandAsync(flow, facts, await acquirers.Of(facts.Provider).CaptureAsync(request, cancellationToken), cancellationToken);
    }

    private async ValueTask<FlowDecision> VoidAsync(Flow flow, PaymentFacts facts, CancellationToken cancellationToken)
    {
        // A void may be sent as often as it takes, and a provider may answer a key for long with what it said first.
        PaymentCommand command = OpenCommand(facts);
        string key = ProviderKeys.Of(flow.Id, command.Attempt == 0 ? $"void:{command.Id}" : $"void:{command.Id}:{command.Attempt.ToString(CultureInfo.InvariantCulture)}");
        return await AfterCommandAsync(flow, facts, await acquirers.Of(facts.Provider).VoidAsync(facts.PaymentId!, key, cancellationToken), cancellationToken);
    }

    /// <summary>Takes back what the payer did not complete, or the merchant does not want any more. Whatever else is answered, the payment itself tells: the payer may have been quicker (fault U-13).</summary>
    private async ValueTask<FlowDecision> CancelAsync(Flow flow, PaymentFacts facts, CancellationToken cancellationToken) =>
        await acquirers.Of(facts.Provider).VoidAsync(facts.PaymentId!, ProviderKeys.Of(flow.Id, $"expire:{facts.Expiries}"), cancellationToken) switch
        {
            ProviderOutcome<AcquirerPayment>.Accepted accepted => await _judge.DecideAsync(flow, facts, accepted.Value, cancellationToken),
            _ => await LookAsync(flow, facts, [], cancellationToken),
        };

    private async ValueTask<FlowDecision> AfterCommandAsync(
        Flow flow, PaymentFacts facts, ProviderOutcome<AcquirerPayment> outcome, CancellationToken cancellationToken) => outcome switch
        {
            ProviderOutcome<AcquirerPayment>.Accepted accepted => await _judge.DecideAsync(flow, facts, accepted.Value, cancellationToken),
            ProviderOutcome<AcquirerPayment>.Declined declined => await AfterDeclineAsync(flow, facts, declined.Code, cancellationToken),
            ProviderOutcome<AcquirerPayment>.Unknown unknown =>
                _judge.Keep(flow, facts, unknown.Reason, OutsideEvidence.OfUnknown(unknown.Reason, unknown.RawBody)),
            ProviderOutcome<AcquirerPayment>.NotSent notSent when flow.State == PaymentFlow.Unknown => _judge.Keep(flow, facts, notSent.Reason),
            ProviderOutcome<AcquirerPayment>.NotSent => _judge.CommandFailed(flow, facts, FailureCodes.ProviderUnavailable, evidence: null),
            _ => throw new UnreachableException(),
        };

    /// <summary>A decline may say that it happened already, by another hand: the payment itself tells.</summary>
    private async ValueTask<FlowDecision> AfterDeclineAsync(Flow flow, PaymentFacts facts, string code, CancellationToken cancellationToken) =>
        await acquirers.Of(facts.Provider).GetPaymentAsync(facts.PaymentId!, cancellationToken) switch
        {
            ProviderLookup<AcquirerPayment>.Found { Value: var held } when PaymentJudge.IsAsBefore(facts, held) =>
                _judge.CommandFailed(flow, facts, OutsideEvidence.Code(code), OutsideEvidence.OfDecline(code)),
            ProviderLookup<AcquirerPayment>.Found found => await _judge.DecideAsync(flow, facts, found.Value, cancellationToken),
            ProviderLookup<AcquirerPayment>.NotFound => _judge.DecideNotFound(flow, facts),
            ProviderLookup<AcquirerPayment>.Unavailable unavailable => _judge.Keep(flow, facts, unavailable.Reason),
            _ => throw new UnreachableException(),
        };

    private async ValueTask<FlowDecision> LookAsync(
        Flow flow, PaymentFacts facts, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        ProviderLookup<AcquirerPayment> lookup = await ReadAsync(flow, facts, signals, cancellationToken);
        KeyState key = flow.State == PaymentFlow.Unknown && !IsDecidedBy(lookup, facts) ? _keys.Of(acquirers.Of(facts.Provider), facts.SubmittedAt) : KeyState.Gone;
        return key switch
        {
            KeyState.Known => await RepeatAsync(flow, facts, cancellationToken),
            KeyState.Fading => _judge.Keep(flow, facts, "the acquirer is about to forget the key"),
            KeyState.Gone => lookup switch
            {
                ProviderLookup<AcquirerPayment>.Found found => await _judge.DecideAsync(flow, facts, found.Value, cancellationToken),
                ProviderLookup<AcquirerPayment>.NotFound => _judge.DecideNotFound(flow, facts),
                ProviderLookup<AcquirerPayment>.Unavailable unavailable => _judge.Keep(flow, facts, unavailable.Reason),
                _ => throw new UnreachableException(),
            },
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>Whether what was read tells what became of the call whose answer was lost, or tells that it cannot be told now.</summary>
    private static bool IsDecidedBy(ProviderLookup<AcquirerPayment> lookup, PaymentFacts facts) => lookup is ProviderLookup<AcquirerPayment>.Found found
        ? found.Value.Status != AcquirerPaymentStatus.Approved && (facts.Open is null || !PaymentJudge.IsAsBefore(facts, found.Value))
        : facts.PaymentId is not null;

    /// <summary>The call whose answer was lost once more, under its key and with its content: its answer is the state of the original.</summary>
    private ValueTask<FlowDecision> RepeatAsync(Flow flow, PaymentFacts facts, CancellationToken cancellationToken) => facts.Open switch
    {
        null when facts.ApprovedAt is not null => CompleteAsync(flow, facts, cancellationToken),
        null => AuthorizeAsync(flow, facts, cancellationToken),
        { Type: PaymentCommand.VoidType } => VoidAsync(flow, facts, cancellationToken),
        _ => CaptureAsync(flow, facts, cancellationToken),
    };

    /// <summary>By the id that we know; else by the id that a signal names, when that object carries our reference; else by our reference.</summary>
    private async ValueTask<ProviderLookup<AcquirerPayment>> ReadAsync(
        Flow flow, PaymentFacts facts, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        IAcquirer acquirer = acquirers.Of(facts.Provider);
        if (facts.PaymentId is { } known)
        {
            return await acquirer.GetPaymentAsync(known, cancellationToken);
        }

        string ourReference = flow.Id.ToString();
        if (OutsideEvidence.ObjectIn(signals) is { } named)
        {
            ProviderLookup<AcquirerPayment> byName = await acquirer.GetPaymentAsync(named, cancellationToken);
            if (byName is ProviderLookup<AcquirerPayment>.Found found && found.Value.OurReference == ourReference)
            {
                return byName;
            }
        }

        DateTimeOffset notBefore = (facts.SubmittedAt ?? flow.CreatedAt) - options.ClockSkew;
        return await acquirer.FindPaymentAsync(ourReference, notBefore, cancellationToken);
    }

    private static PaymentCommand OpenCommand(PaymentFacts facts) =>
        facts.Open ?? throw new InvariantException("A payment that captures or voids has a command that says so.");
}
