using System.Diagnostics;
using Florin.Flows;
using Florin.Ledger;
using Florin.Providers;
using Florin.Wallets.Steps;

namespace Florin.Wallets.Withdrawals;

/// <summary>Decides what the provider's payout, or its absence, means for a withdrawal. Pure but for the clock and the permits.</summary>
internal sealed class WithdrawalJudge(SubmissionPermits permits, WalletOptions options, TimeProvider timeProvider)
{
    /// <summary>Makes the intent durable before the call.</summary>
    /// <remarks>
    /// A database that was restored from a backup does not know of calls that were made after it (fault I-15). Made again under its key such a
    /// call is harmless, until the provider may have forgotten the key: a first call that late gets no permit, so that it is looked for instead.
    /// </remarks>
    public FlowDecision.Move Submit(Flow flow, WithdrawalFacts facts, string reason)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        if (facts.FirstSubmittedAt is null && now - flow.CreatedAt >= options.ResubmitUntil)
        {
            WithdrawalFacts unsure = facts with { FirstSubmittedAt = flow.CreatedAt, SubmittedAt = now, Permit = null };
            return new FlowDecision.Move(WithdrawalFlow.Submitting, FlowFacts.Write(unsure), reason);
        }

        WithdrawalFacts intent = facts with { FirstSubmittedAt = facts.FirstSubmittedAt ?? now, SubmittedAt = now, Permit = permits.Issue() };
        return new FlowDecision.Move(WithdrawalFlow.Submitting, FlowFacts.Write(intent), reason);
    }

    /// <summary>
    /// This call certainly was not sent: it may wait, and may be cancelled while it does. Unless an earlier call may have left: then nothing is
    /// certain and the withdrawal stays unknown.
    /// </summary>
    public FlowDecision.Move NotSent(Flow flow, WithdrawalFacts facts, string reason, TimeSpan? retryAfter)
    {
        if (facts.FirstSubmittedAt != facts.SubmittedAt)
        {
            return Lose(facts, OutsideEvidence.OfUnknown(reason, rawBody: null));
        }

        WithdrawalFacts unsent = facts with { FirstSubmittedAt = null, SubmittedAt = null, Permit = null };
        return new FlowDecision.Move(WithdrawalFlow.Queued, FlowFacts.Write(unsent), WithdrawalEvents.NotSent)
        {
            Delay = retryAfter ?? PollSchedule.Next(timeProvider.GetUtcNow() - flow.CreatedAt, options.PollFirst, options.PollMax),

            // A cancel that came while the call was tried has its effect now; the queue leads on, so no signal is seen there twice.
            KeepSignals = true,
        };
    }

    public FlowDecision Decide(Flow flow, WithdrawalFacts facts, ProviderPayout payout)
    {
        if (payout.OurReference is not null && payout.OurReference != flow.Id.ToString())
        {
            return new FlowDecision.Park($"The provider's {payout.Id} carries the reference of another flow.");
        }

        if (payout.MinorUnits != facts.Ordered.MinorUnits || payout.Currency != facts.Asset)
        {
            return new FlowDecision.Park($"The provider's {payout.Id} is about another amount or currency than was ordered.");
        }

        WithdrawalFacts known = facts with { PayoutId = payout.Id, WaitsFor = WaitsFor(payout.Status) };
        return payout.Status switch
        {
            ProviderPayoutStatus.Pending or ProviderPayoutStatus.InTransit or ProviderPayoutStatus.Unclaimed or ProviderPayoutStatus.OnHold =>
                UnderWay(flow, known, payout, isNews: known.WaitsFor != facts.WaitsFor),
            ProviderPayoutStatus.Paid => Pay(flow, known, payout),
            ProviderPayoutStatus.Failed or ProviderPayoutStatus.Canceled => Undo(flow, known, payout),
            ProviderPayoutStatus.Unrecognised => Unrecognised(flow, known, payout),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>
    /// The provider has none. Within the settle window that means "not yet". Afterwards it is sent again under the same idempotency key, so that
    /// even a payout that hides from the list is not made twice; once the provider may have forgotten that key, a person decides.
    /// </summary>
    public FlowDecision DecideNotFound(Flow flow, WithdrawalFacts facts)
    {
        if (IsAtItsEnd(flow))
        {
            return new FlowDecision.Rest("the provider has no such payout");
        }

        DateTimeOffset now = timeProvider.GetUtcNow();
        bool isYoung = now - (facts.SubmittedAt ?? flow.CreatedAt) < options.SettleWindow;
        if (facts.PayoutId is { } id && !isYoung)
        {
            return new FlowDecision.Park($"The provider does not know its own {id} any more.");
        }

        if (flow.State == WithdrawalFlow.Submitting || isYoung)
        {
            return Keep(flow, facts, "no such payout yet");
        }

        return now - (facts.FirstSubmittedAt ?? flow.CreatedAt) < options.ResubmitUntil
            ? Submit(flow, facts, WithdrawalEvents.Resubmit)
            : new FlowDecision.Park("No evidence of the payout, and its idempotency key may have been forgotten by the provider.");
    }

    /// <summary>
    /// Why a call whose answer was lost may not be repeated any more: a repeat that arrives when the provider has forgotten the key pays a second time.
    /// </summary>
    /// <param name="life">How long the provider remembers the key.</param>
    /// <returns><see langword="null"/> while it may.</returns>
    public FlowDecision? RefuseRepeat(Flow flow, WithdrawalFacts facts, TimeSpan life)
    {
        TimeSpan age = timeProvider.GetUtcNow() - (facts.FirstSubmittedAt ?? flow.CreatedAt);
        TimeSpan margin = options.SettleWindow + options.ClockSkew;
        return age < (margin < life / 2 ? life - margin : life / 2)
            ? null
            : new FlowDecision.Park("No evidence of the payout, and the provider may have forgotten its idempotency key.");
    }

    /// <summary>
    /// The repeat was refused, and not as a duplicate. That ends it when the provider itself says so and the first call cannot be under way any more: a payout
    /// that was taken would have been found. A refusal of ours asked nobody.
    /// </summary>
    public FlowDecision DecideRefusedRepeat(Flow flow, WithdrawalFacts facts, ProviderOutcome<ProviderPayout>.Declined declined) =>
        declined.IsOurs || timeProvider.GetUtcNow() - (facts.SubmittedAt ?? flow.CreatedAt) < options.SettleWindow
            ? Keep(flow, facts, $"a repeat was refused: {OutsideEvidence.Code(declined.Code)}")
            : Fail(flow, facts, OutsideEvidence.Code(declined.Code), OutsideEvidence.OfDecline(declined.Code));

    /// <summary>Nothing new is known: the money stays where it is.</summary>
    public FlowDecision Keep(Flow flow, WithdrawalFacts facts, string reason) => flow.State == WithdrawalFlow.Submitting
        ? Lose(facts, OutsideEvidence.OfUnknown(reason, rawBody: null))
        : new FlowDecision.Wait(reason, NextLook(facts));

    /// <summary>The answer of the call was lost.</summary>
    public FlowDecision.Move Lose(WithdrawalFacts facts, string evidence) =>
        new(WithdrawalFlow.Unknown, FlowFacts.Write(facts), WithdrawalEvents.AnswerLost)
        {
            Evidence = evidence,
            RestUntilSignal = true,
            Delay = NextLook(facts),
            ProviderReference = ReferenceOf(facts),
        };

    public FlowDecision.Move Cancel(Flow flow, WithdrawalFacts facts) =>
        GiveBack(flow, facts with { FailureCode = FailureCodes.Canceled }, WithdrawalFlow.Canceled, WithdrawalEvents.Cancel, WithdrawalEvents.CancelNotOpen, evidence: null);

    public FlowDecision.Move Fail(Flow flow, WithdrawalFacts facts, string code, string evidence) =>
        GiveBack(flow, facts with { FailureCode = code }, WithdrawalFlow.Failed, WithdrawalEvents.Failure, WithdrawalEvents.FailureNotOpen, evidence);

    /// <summary>By rule: as soon as the account is open again; when that takes too long a person decides, and nothing is lost meanwhile.</summary>
    public FlowDecision PayOver(Flow flow, WithdrawalFacts facts) =>
        new FlowDecision.Move(facts.HeldAs ?? WithdrawalFlow.Failed, FlowFacts.Write(facts with { HeldAs = null }), WithdrawalEvents.Released)
        {
            Accounts = WithdrawalPostings.DebitAccounts(facts),
            Transactions = [WithdrawalPostings.PayOver(flow.Id, facts)],

            // What the provider said meanwhile is looked at in the state that is reached.
            KeepSignals = true,
            IfAccountNotOpen = SuspenseRule.StillNotOpen(flow, timeProvider.GetUtcNow(), options),
        };

    /// <summary>Reverses the debit; what its account does not take goes to suspense (fault L-12).</summary>
    private FlowDecision.Move GiveBack(Flow flow, WithdrawalFacts facts, string to, string reason, string reasonNotOpen, string? evidence)
    {
        Transaction[] unpay = flow.State == WithdrawalFlow.Succeeded ? [WithdrawalPostings.Unpay(flow.Id)] : [];
        return new FlowDecision.Move(to, FlowFacts.Write(facts), reason)
        {
            Transactions = [.. unpay, WithdrawalPostings.Refund(flow.Id)],
            Evidence = evidence,
            ProviderReference = ReferenceOf(facts),
            IfAccountNotOpen = new FlowDecision.Move(WithdrawalFlow.HeldInSuspense, FlowFacts.Write(facts with { HeldAs = to }), reasonNotOpen)
            {
                Accounts = WithdrawalPostings.SuspenseAccounts(facts),
                Transactions = [.. unpay, WithdrawalPostings.Hold(flow.Id, facts)],
                Evidence = evidence,
                ProviderReference = ReferenceOf(facts),
                RestUntilSignal = true,
                Delay = options.PollFirst,
            },
        };
    }

    private FlowDecision UnderWay(Flow flow, WithdrawalFacts facts, ProviderPayout payout, bool isNews) => flow.State switch
    {
        WithdrawalFlow.InTransit when !isNews => new FlowDecision.Wait("the payout is under way", NextLook(facts)),
        WithdrawalFlow.InTransit or WithdrawalFlow.Submitting or WithdrawalFlow.Unknown =>
            new FlowDecision.Move(
                WithdrawalFlow.InTransit, FlowFacts.Write(facts), flow.State == WithdrawalFlow.InTransit ? WithdrawalEvents.HeldUp : WithdrawalEvents.Accepted)
            {
                Evidence = ProviderEvidence.Of(payout),
                ProviderReference = ReferenceOf(facts),
                RestUntilSignal = true,
                Delay = NextLook(facts),
            },
        _ => Contradiction(payout),
    };

    private static FlowDecision Pay(Flow flow, WithdrawalFacts facts, ProviderPayout payout) => flow.State switch
    {
        WithdrawalFlow.Succeeded => new FlowDecision.Rest("the provider confirms the payout"),
        WithdrawalFlow.Submitting or WithdrawalFlow.Unknown or WithdrawalFlow.InTransit =>
            new FlowDecision.Move(WithdrawalFlow.Succeeded, FlowFacts.Write(facts), WithdrawalEvents.Paid)
            {
                Accounts = WithdrawalPostings.PaidAccounts(facts),
                Transactions = [WithdrawalPostings.Paid(flow.Id, facts)],
                Evidence = ProviderEvidence.Of(payout),
                ProviderReference = ReferenceOf(facts),
            },
        _ => Contradiction(payout),
    };

    private FlowDecision Undo(Flow flow, WithdrawalFacts facts, ProviderPayout payout)
    {
        string code = OutsideEvidence.Code(payout.FailureCode ?? (payout.Status == ProviderPayoutStatus.Canceled ? FailureCodes.Canceled : null));
        return flow.State switch
        {
            WithdrawalFlow.Failed or WithdrawalFlow.Canceled or WithdrawalFlow.Returned => new FlowDecision.Rest("the provider confirms the failure"),
            WithdrawalFlow.Succeeded => GiveBack(
                flow,
                facts with { FailureCode = code },
                WithdrawalFlow.Returned,
                WithdrawalEvents.Return,
                WithdrawalEvents.ReturnNotOpen,
                ProviderEvidence.Of(payout)),
            _ => Fail(flow, facts, code, ProviderEvidence.Of(payout)),
        };
    }

    /// <summary>A state that this version does not know is never taken for success or failure (fault T-08).</summary>
    private FlowDecision Unrecognised(Flow flow, WithdrawalFacts facts, ProviderPayout payout) => flow.State switch
    {
        WithdrawalFlow.Submitting => Lose(facts, ProviderEvidence.Of(payout)),
        WithdrawalFlow.Unknown or WithdrawalFlow.InTransit => new FlowDecision.Wait($"unrecognised state '{payout.RawStatus}'", NextLook(facts)),
        _ => Contradiction(payout),
    };

    /// <summary>The user has the money back, or was told that it is paid, and the provider says otherwise: never silently, a person looks.</summary>
    private static FlowDecision.Park Contradiction(ProviderPayout payout) => new($"The provider says '{payout.RawStatus}' of {payout.Id} after its end.");

    private TimeSpan NextLook(WithdrawalFacts facts)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        return PollSchedule.Next(now - (facts.SubmittedAt ?? now), options.PollFirst, options.PollMax);
    }

    private static string? WaitsFor(ProviderPayoutStatus status) => status switch
    {
        ProviderPayoutStatus.Unclaimed => PendingReasons.Unclaimed,
        ProviderPayoutStatus.OnHold => PendingReasons.OnHold,
        _ => null,
    };

    private static string? ReferenceOf(WithdrawalFacts facts) => facts.PayoutId is { } id ? $"{facts.Provider}:{id}" : null;

    private static bool IsAtItsEnd(Flow flow) => WithdrawalFlow.Definition.State(flow.State).IsFinal;
}
