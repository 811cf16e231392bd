using System.Diagnostics;
using Florin.Flows;
using Florin.Ledger;
using Florin.Providers;

namespace Florin.Payments.Charging;

/// <summary>Decides what the provider's payment, or its absence, means for ours. Reads balances and nothing else.</summary>
internal sealed class PaymentJudge(
    ILedger ledger, PaymentRivals rivals, SubmissionPermits permits, PaymentReturn giveBack, PaymentChallenge challenge, PaymentApproval approval,
    PaymentOptions options, TimeProvider timeProvider)
{
    /// <summary>How soon a posting is tried again that met a balance which had just changed.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(100);

    public async ValueTask<FlowDecision> DecideAsync(Flow flow, PaymentFacts facts, AcquirerPayment payment, CancellationToken cancellationToken)
    {
        if (payment.OurReference is not null && payment.OurReference != flow.Id.ToString())
        {
            return new FlowDecision.Park($"The provider's {payment.Id} carries the reference of another flow.");
        }

        PaymentFacts known = facts with
        {
            PaymentId = payment.Id,
            CaptureIds = [.. payment.CaptureIds],
            Capturable = FlowFacts.AmountText(payment.CapturableMinorUnits),
            NextActionUrl = null,
        };
        return payment.Status switch
        {
            // Some providers keep saying "captured" of a payment of which a part is reserved still.
            AcquirerPaymentStatus.Captured when IsAsBefore(known, payment) => Authorized(flow, known, payment),
            AcquirerPaymentStatus.Captured when payment.CapturedMinorUnits == known.CapturedUnits && known.CapturedUnits > 0 =>
                Ended(flow, known, payment, PaymentFlow.Captured, PaymentEvents.Released, FailureCodes.Canceled),
            AcquirerPaymentStatus.Captured => await CapturedAsync(flow, known, payment, cancellationToken),
            AcquirerPaymentStatus.Authorized or AcquirerPaymentStatus.Voided when payment.CapturedMinorUnits > known.CapturedUnits =>
                await CapturedAsync(flow, known, payment, cancellationToken),
            AcquirerPaymentStatus.Authorized when flow.State == PaymentFlow.Failed
                && await rivals.ClaimAsync(flow, known, cancellationToken) != RivalStanding.Clear => VoidLate(flow, known, payment),
            AcquirerPaymentStatus.Authorized => Authorized(flow, known, payment),
            AcquirerPaymentStatus.Processing => Processing(flow, known, payment),
            AcquirerPaymentStatus.Voided when flow.State == PaymentFlow.Expiring =>
                Ended(flow, known, payment, PaymentFlow.Failed, PaymentEvents.Expired, FailureCodes.ActionExpired),
            AcquirerPaymentStatus.Voided => Ended(flow, known, payment, PaymentFlow.Voided, PaymentEvents.Voided, FailureCodes.Canceled),
            AcquirerPaymentStatus.Failed =>
                Ended(flow, known, payment, PaymentFlow.Failed, PaymentEvents.Failure, OutsideEvidence.Code(payment.FailureCode)),
            AcquirerPaymentStatus.RequiresAction or AcquirerPaymentStatus.Approved when IsAtItsEnd(flow) && facts.IsApproval =>
                new FlowDecision.Rest("nobody asks for it any more"),
            AcquirerPaymentStatus.RequiresAction when facts.IsApproval => approval.Decide(flow, known, payment, ReferenceOf(known)),
            AcquirerPaymentStatus.Approved when facts is { IsApproval: true, ApprovedAt: null } => approval.Decide(flow, known, payment, ReferenceOf(known)),
            AcquirerPaymentStatus.Approved => NotCharged(flow, known, payment),
            AcquirerPaymentStatus.RequiresAction when PaymentChallenge.IsOpen(flow, known) => challenge.Decide(flow, known, payment, ReferenceOf(known)),
            AcquirerPaymentStatus.RequiresAction =>
                Ended(flow, known, payment, PaymentFlow.Failed, PaymentEvents.Failure, FailureCodes.AuthenticationRequired),
            AcquirerPaymentStatus.Unrecognised => Keep(flow, known, $"unrecognised state '{payment.RawStatus}'", PaymentEvidence.Of(payment)),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>Whether a rest is reserved still and nothing more was captured than what is known.</summary>
    public static bool IsAsBefore(PaymentFacts facts, AcquirerPayment payment) =>
        payment.Status is AcquirerPaymentStatus.Authorized or AcquirerPaymentStatus.Captured
        && payment.CapturableMinorUnits > 0 && payment.CapturedMinorUnits == facts.CapturedUnits;

    /// <summary>The provider has none. Right after a lost answer that only means "not yet" (fault U-03).</summary>
    public FlowDecision DecideNotFound(Flow flow, PaymentFacts facts)
    {
        if (IsAtItsEnd(flow))
        {
            return new FlowDecision.Rest("the provider has no such payment");
        }

        if (facts.PaymentId is not null)
        {
            return new FlowDecision.Park($"The provider does not know its own {facts.PaymentId} any more.");
        }

        return flow.State == PaymentFlow.Submitting || !IsSettled(flow, facts)
            ? Keep(flow, facts, "no such payment yet")
            : Fail(flow, facts, PaymentEvents.Failure, FailureCodes.NeverArrived, FlowFacts.Write(new { NotFound = true }));
    }

    /// <summary>A read that failed, or an answer that was lost, says nothing (faults U-06, U-08).</summary>
    public FlowDecision Keep(Flow flow, PaymentFacts facts, string reason, string? evidence = null) => flow.State switch
    {
        PaymentFlow.Submitting or PaymentFlow.Capturing or PaymentFlow.Voiding or PaymentFlow.Completing =>
            new FlowDecision.Move(PaymentFlow.Unknown, FlowFacts.Write(facts), PaymentEvents.AnswerLost)
            {
                Evidence = evidence ?? OutsideEvidence.OfUnknown(reason, rawBody: null),
                RestUntilSignal = true,
                KeepSignals = true,
                Delay = NextLook(flow, facts),
                ProviderReference = ReferenceOf(facts),
            },
        _ => new FlowDecision.Wait(reason, NextLook(flow, facts)),
    };

    public static FlowDecision.Move Fail(Flow flow, PaymentFacts facts, string reason, string code, string? evidence) =>
        new(PaymentFlow.Failed, FlowFacts.Write(facts with { FailureCode = code, Capturable = "0" }), reason)
        {
            Evidence = evidence,
            ProviderReference = ReferenceOf(facts),
        };

    /// <summary>
    /// The capture or void that is open certainly did not happen. What must be given back does not become the merchant's to capture by that: it is voided again,
    /// until it is gone or has expired.
    /// </summary>
    public FlowDecision.Move CommandFailed(Flow flow, PaymentFacts facts, string code, string? evidence) => facts is { IsPaidOtherwise: true, Open: { } open }
        ? VoidAgain(facts, open, evidence) with { Delay = NextLook(flow, facts) }
        : new FlowDecision.Move(
            PaymentFlow.Authorized, FlowFacts.Write(facts.Closed(code) with { SubmittedAt = null, Permit = null }), PaymentEvents.CommandFailed)
        {
            Evidence = evidence,
            KeepSignals = true,
        };

    private FlowDecision.Move VoidAgain(PaymentFacts facts, PaymentCommand open, string? evidence) => new(
        PaymentFlow.Voiding, FlowFacts.Write(facts.With(open with { Attempt = open.Attempt + 1 }) with { Permit = permits.Issue() }), PaymentEvents.VoidAgain)
    {
        Evidence = evidence,
        ProviderReference = ReferenceOf(facts),
    };

    public TimeSpan NextLook(Flow flow, PaymentFacts facts) =>
        PollSchedule.Next(timeProvider.GetUtcNow() - Since(flow, facts), options.PollFirst, options.PollMax);

    private async ValueTask<FlowDecision> CapturedAsync(Flow flow, PaymentFacts facts, AcquirerPayment payment, CancellationToken cancellationToken)
    {
        if (PaymentFlow.IsTaken(flow.State) || flow.State == PaymentFlow.Mismatch)
        {
            return new FlowDecision.Rest("the provider confirms the capture");
        }

        bool isOrdered = payment.Currency == facts.Asset && payment.MinorUnits == facts.Ordered.MinorUnits
            && payment.CapturedMinorUnits <= facts.Ordered.MinorUnits && payment.CapturedMinorUnits > facts.CapturedUnits
            && (facts.Capture == CaptureMode.Manual || payment.CapturedMinorUnits == facts.Ordered.MinorUnits);
        if (!isOrdered)
        {
            return Divert(flow, facts, payment);
        }

        UInt128 delta = payment.CapturedMinorUnits - facts.CapturedUnits;
        RivalStanding standing = facts.IsPaidOtherwise ? RivalStanding.Paid : await rivals.ClaimAsync(flow, facts, cancellationToken);
        if (standing != RivalStanding.Clear)
        {
            return flow.State == PaymentFlow.Contested && standing == RivalStanding.Open
                ? new FlowDecision.Wait("another payment of the obligation may have paid", NextLook(flow, facts))
                : Contest(flow, facts, payment, delta, standing);
        }

        UInt128 fee = facts.Fees.Of(delta, isFirst: facts.Captures == 0);
        UInt128 owed = await OwedAsync(facts, cancellationToken);
        bool mayCaptureMore = payment.CapturableMinorUnits > 0;
        PaymentFacts after = facts.Closed(flow.State == PaymentFlow.Canceling ? PaymentCommand.TooLate : PaymentCommand.Done) with
        {
            Captured = FlowFacts.AmountText(payment.CapturedMinorUnits),
            Captures = facts.Captures + 1,
            Fee = FlowFacts.AmountText(checked(facts.FeeUnits + fee)),
            FailureCode = null,
            SubmittedAt = null,
            Permit = null,
        };
        bool isContested = flow.State == PaymentFlow.Contested;
        bool isLate = IsAtItsEnd(flow) || isContested;
        Transaction credit = PaymentPostings.Capture(flow, facts, delta, fee, owed);
        return new FlowDecision.Move(
            mayCaptureMore && !isLate ? PaymentFlow.Authorized : PaymentFlow.Captured,
            FlowFacts.Write(after),
            isLate ? PaymentEvents.LateSuccess : PaymentEvents.Captured)
        {
            Accounts = PaymentPostings.Accounts(flow, facts),
            Transactions =
            [
                .. isContested ? [PaymentPostings.Unsuspend(flow)] : Array.Empty<Transaction>(),
                credit,
                .. PaymentPostings.Reserve(flow, facts, delta, fee, owed, options),
            ],
            Evidence = PaymentEvidence.Of(payment),
            ProviderReference = ReferenceOf(facts),
            KeepSignals = mayCaptureMore,

            // What the merchant owes was repaid meanwhile.
            IfShort = new FlowDecision.Wait("the merchant's receivable changed meanwhile", Again),
        };
    }

    /// <summary>Another payment of the obligation has paid, or may have: the money waits in suspense, or goes back to the payer (faults I-09, U-05).</summary>
    private FlowDecision.Move Contest(Flow flow, PaymentFacts facts, AcquirerPayment payment, UInt128 received, RivalStanding standing)
    {
        bool isContested = flow.State == PaymentFlow.Contested;
        PaymentFacts suspended = isContested ? facts : facts with { Suspended = FlowFacts.AmountText(received), SubmittedAt = null };
        FlowDecision.Move move = standing == RivalStanding.Paid
            ? giveBack.Begin(suspended)
            : new FlowDecision.Move(PaymentFlow.Contested, FlowFacts.Write(suspended), PaymentEvents.LateSuccess)
            {
                RestUntilSignal = true,
                Delay = options.PollFirst,
            };
        return move with
        {
            Accounts = isContested ? [] : PaymentPostings.SuspenseAccounts(facts, facts.Ordered.Asset),
            Transactions = isContested ? [] : [PaymentPostings.Suspense(flow, facts, facts.Units(received))],
            Evidence = PaymentEvidence.Of(payment),
            ProviderReference = ReferenceOf(facts),
        };
    }

    /// <summary>Reserved after all, when another payment of the obligation has paid or may: nobody waits for it, so it is given back.</summary>
    private FlowDecision.Move VoidLate(Flow flow, PaymentFacts facts, AcquirerPayment payment)
    {
        PaymentCommand command = new(
            FlowId.FromIdempotencyKey(PaymentCount.Source, PaymentEvents.PaidOtherwise, flow.Id.ToString()).Value,
            string.Empty,
            PaymentCommand.VoidType,
            Amount: null,
            Outcome: null);
        PaymentFacts intent = facts.With(command) with { IsPaidOtherwise = true, SubmittedAt = timeProvider.GetUtcNow(), Permit = permits.Issue() };
        return new FlowDecision.Move(PaymentFlow.Voiding, FlowFacts.Write(intent), PaymentEvents.PaidOtherwise)
        {
            Evidence = PaymentEvidence.Of(payment),
            ProviderReference = ReferenceOf(facts),
        };
    }

    private async ValueTask<UInt128> OwedAsync(PaymentFacts facts, CancellationToken cancellationToken)
    {
        AccountId account = MerchantAccounts.Receivable(facts.MerchantId, facts.Ordered.Asset).Id;
        return await ledger.GetBalanceAsync(account, cancellationToken) is { } balance ? balance.Available : UInt128.Zero;
    }

    /// <summary>What was really received goes to suspense, never to the merchant (faults W-11, I-09).</summary>
    private static FlowDecision Divert(Flow flow, PaymentFacts facts, AcquirerPayment payment)
    {
        if (!Assets.TryGet(payment.Currency, out Asset? asset) || payment.CapturedMinorUnits < facts.CapturedUnits || flow.State == PaymentFlow.Contested)
        {
            return new FlowDecision.Park($"The provider's {payment.Id} does not agree with what is posted: '{OutsideEvidence.Code(payment.RawStatus)}'.");
        }

        Money received = new(payment.CapturedMinorUnits - facts.CapturedUnits, asset);
        return new FlowDecision.Move(
            PaymentFlow.Mismatch, FlowFacts.Write(facts), IsAtItsEnd(flow) ? PaymentEvents.LateMismatch : PaymentEvents.Mismatch)
        {
            Accounts = received.MinorUnits > 0 ? PaymentPostings.SuspenseAccounts(facts, asset) : [],
            Transactions = received.MinorUnits > 0 ? [PaymentPostings.Suspense(flow, facts, received)] : [],
            Evidence = PaymentEvidence.Of(payment),
            ProviderReference = ReferenceOf(facts),
        };
    }

    private FlowDecision Authorized(Flow flow, PaymentFacts facts, AcquirerPayment payment)
    {
        if (flow.State == PaymentFlow.Authorized || PaymentFlow.IsTaken(flow.State) || flow.State is PaymentFlow.Mismatch or PaymentFlow.Voided)
        {
            return flow.State == PaymentFlow.Authorized
                ? new FlowDecision.Wait("reserved", NextLook(flow, facts))
                : new FlowDecision.Rest("an earlier state of the payment");
        }

        if (payment.Currency != facts.Asset || payment.MinorUnits != facts.Ordered.MinorUnits || facts.Capture == CaptureMode.Automatic)
        {
            return new FlowDecision.Park($"The provider reserved something else than was ordered with {payment.Id}.");
        }

        if (flow.State == PaymentFlow.Canceling && facts.Open is { } wish)
        {
            // The payer was quicker, and what is reserved only by that is given back as any other.
            return VoidAgain(facts with { SubmittedAt = timeProvider.GetUtcNow() }, wish, PaymentEvidence.Of(payment));
        }

        if (facts.Open is not null)
        {
            // The capture or void is not seen yet. After the settle window it never arrived.
            return IsSettled(flow, facts)
                ? CommandFailed(flow, facts, FailureCodes.NeverArrived, PaymentEvidence.Of(payment))
                : Keep(flow, facts, "the request is not seen at the provider yet", PaymentEvidence.Of(payment));
        }

        // While the outcome was unknown a capture or void may have come, which waits its turn.
        bool mayBeAsked = flow.State is PaymentFlow.Unknown or PaymentFlow.Completing;
        return new FlowDecision.Move(
            PaymentFlow.Authorized,
            FlowFacts.Write(facts with { SubmittedAt = null, Permit = null, FailureCode = null }),
            flow.State == PaymentFlow.Failed ? PaymentEvents.LateSuccess : PaymentEvents.Authorized)
        {
            Evidence = PaymentEvidence.Of(payment),
            ProviderReference = ReferenceOf(facts),
            KeepSignals = mayBeAsked,
            RestUntilSignal = !mayBeAsked,
            Delay = mayBeAsked ? null : options.PollMax,
        };
    }

    private FlowDecision Processing(Flow flow, PaymentFacts facts, AcquirerPayment payment)
    {
        if (flow.State is PaymentFlow.Submitting or PaymentFlow.Unknown or PaymentFlow.RequiresAction or PaymentFlow.Expiring or PaymentFlow.Completing)
        {
            return new FlowDecision.Move(PaymentFlow.Processing, FlowFacts.Write(facts), PaymentEvents.Processing)
            {
                Evidence = PaymentEvidence.Of(payment),
                ProviderReference = ReferenceOf(facts),
                RestUntilSignal = true,
                Delay = NextLook(flow, facts),
            };
        }

        return IsAtItsEnd(flow)
            ? new FlowDecision.Rest("an earlier state of the payment")
            : new FlowDecision.Wait("the provider still works on it", NextLook(flow, facts));
    }

    /// <summary>
    /// Approved, and what was asked for is not seen. The request is repeated under its key while the provider knows that one; afterwards, and after the
    /// settle window, it never arrived.
    /// </summary>
    private FlowDecision NotCharged(Flow flow, PaymentFacts facts, AcquirerPayment payment) => IsAtItsEnd(flow)
        ? new FlowDecision.Rest("an earlier state of the payment")
        : flow.State == PaymentFlow.Unknown && IsSettled(flow, facts)
            ? Fail(flow, facts, PaymentEvents.Failure, FailureCodes.NeverArrived, PaymentEvidence.Of(payment))
            : Keep(flow, facts, "approved, and not charged yet", PaymentEvidence.Of(payment));

    /// <summary>The provider says that nothing more will be taken.</summary>
    private static FlowDecision Ended(Flow flow, PaymentFacts facts, AcquirerPayment payment, string state, string reason, string code)
    {
        if (IsAtItsEnd(flow) || flow.State == PaymentFlow.Contested)
        {
            // Only a named reversal leaves a success (fault W-05), and this is none.
            return PaymentFlow.IsTaken(flow.State) || flow.State == PaymentFlow.Contested
                ? new FlowDecision.Park($"The provider says '{OutsideEvidence.Code(payment.RawStatus)}' of {payment.Id} after its capture.")
                : new FlowDecision.Rest("the provider confirms it");
        }

        // What was captured before stays the merchant's; only the rest is gone (fault R-11).
        string outcome = facts.Open is not { Type: PaymentCommand.VoidType } ? code : PaymentCommand.Done;
        bool isCaptured = facts.CapturedUnits > 0;
        return new FlowDecision.Move(
            isCaptured ? PaymentFlow.Captured : state,
            FlowFacts.Write(facts.Closed(outcome) with { FailureCode = state == PaymentFlow.Failed && !isCaptured ? code : null, Capturable = "0" }),
            isCaptured ? PaymentEvents.Released : reason)
        {
            Evidence = PaymentEvidence.Of(payment),
            ProviderReference = ReferenceOf(facts),
        };
    }

    private bool IsSettled(Flow flow, PaymentFacts facts) => timeProvider.GetUtcNow() - Since(flow, facts) >= options.SettleWindow;

    private static DateTimeOffset Since(Flow flow, PaymentFacts facts) => facts.SubmittedAt ?? flow.UpdatedAt;

    private static string? ReferenceOf(PaymentFacts facts) => facts.PaymentId is { } id ? $"{facts.Provider}:{id}" : null;

    private static bool IsAtItsEnd(Flow flow) => PaymentFlow.Definition.State(flow.State).IsFinal;
}
