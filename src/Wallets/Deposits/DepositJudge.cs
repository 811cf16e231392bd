using System.Diagnostics;
using Florin.Flows;
using Florin.Ledger;
using Florin.Providers;
using Florin.Wallets.Steps;

namespace Florin.Wallets.Deposits;

/// <summary>Decides what the provider's object, or its absence, means for a deposit. Pure but for the clock.</summary>
internal sealed class DepositJudge(WalletOptions options, TimeProvider timeProvider)
{
    public FlowDecision Decide(Flow flow, DepositFacts facts, ProviderPayment payment)
    {
        if (payment.OurReference is not null && payment.OurReference != flow.Id.ToString())
        {
            return new FlowDecision.Park($"The provider's {payment.Id} carries the reference of another flow.");
        }

        DepositFacts known = facts with { PaymentId = payment.Id };
        return payment.Status switch
        {
            ProviderPaymentStatus.Succeeded => Succeed(flow, known, payment),
            ProviderPaymentStatus.Processing => Process(flow, known, payment),
            ProviderPaymentStatus.Failed => Refuse(flow, known, payment, OutsideEvidence.Code(payment.FailureCode)),
            ProviderPaymentStatus.RequiresAction => Refuse(flow, known, payment, FailureCodes.AuthenticationRequired),
            ProviderPaymentStatus.Unrecognised => Unrecognised(flow, known, payment),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>The provider has none. Right after a lost answer that only means "not yet" (fault U-03).</summary>
    public FlowDecision DecideNotFound(Flow flow, DepositFacts facts)
    {
        if (IsAtItsEnd(flow))
        {
            return new FlowDecision.Rest("the provider has no such payment");
        }

        if (facts.PaymentId is not null)
        {
            return new FlowDecision.Park($"The provider does not know its own {facts.PaymentId} any more.");
        }

        bool settled = timeProvider.GetUtcNow() - Since(flow, facts) >= options.SettleWindow;
        return !settled || flow.State == DepositFlow.Submitting
            ? Keep(flow, facts, "no such payment yet")
            : Fail(flow, facts, DepositEvents.Failure, FailureCodes.NeverArrived, FlowFacts.Write(new { NotFound = true }));
    }

    /// <summary>The read failed: it says nothing (fault U-08).</summary>
    public FlowDecision DecideUnavailable(Flow flow, DepositFacts facts, string reason) => Keep(flow, facts, reason);

    /// <summary>The answer of the charge was lost.</summary>
    public FlowDecision.Move Lose(Flow flow, DepositFacts facts, string evidence) =>
        new(DepositFlow.Unknown, FlowFacts.Write(facts), DepositEvents.AnswerLost)
        {
            Evidence = evidence,
            RestUntilSignal = true,
            Delay = NextLook(flow, facts),
            ProviderReference = ReferenceOf(facts),
        };

    public static FlowDecision.Move Fail(Flow flow, DepositFacts facts, string reason, string code, string? evidence) =>
        new(DepositFlow.Failed, FlowFacts.Write(facts with { FailureCode = code }), reason)
        {
            Evidence = evidence,
            Transactions = HasPending(flow, facts) ? [DepositPostings.Release(flow)] : [],
            ProviderReference = ReferenceOf(facts),
        };

    private FlowDecision Succeed(Flow flow, DepositFacts facts, ProviderPayment payment)
    {
        if (flow.State == DepositFlow.Succeeded)
        {
            return new FlowDecision.Rest("the provider confirms the success");
        }

        if (!facts.Matches(payment.MinorUnits, payment.Currency) || !facts.Matches(payment.ReceivedMinorUnits, payment.Currency))
        {
            return flow.State == DepositFlow.HeldInSuspense ? Contradiction(payment) : Divert(flow, facts, payment);
        }

        if (flow.State == DepositFlow.HeldInSuspense)
        {
            return PayOver(flow, facts, payment);
        }

        Transaction posting = flow.State switch
        {
            DepositFlow.Pending when HasPending(flow, facts) => DepositPostings.Settle(flow),
            DepositFlow.Failed => DepositPostings.LateCredit(flow, facts),
            _ => DepositPostings.Credit(flow, facts),
        };
        string reason = flow.State == DepositFlow.Failed ? DepositEvents.LateSuccess : DepositEvents.Success;
        return new FlowDecision.Move(DepositFlow.Succeeded, FlowFacts.Write(facts with { FailureCode = null }), reason)
        {
            Accounts = DepositPostings.Accounts(facts),
            Transactions = [posting],
            Evidence = ProviderEvidence.Of(payment),
            ProviderReference = ReferenceOf(facts),
            IfAccountNotOpen = Hold(flow, facts, payment),
        };
    }

    /// <summary>The money is there and the account takes none: it is booked at once, where it can be seen (fault L-12).</summary>
    private FlowDecision.Move Hold(Flow flow, DepositFacts facts, ProviderPayment payment)
    {
        Transaction[] release = HasPending(flow, facts) ? [DepositPostings.Release(flow)] : [];
        string reason = flow.State == DepositFlow.Failed ? DepositEvents.LateSuccessNotOpen : DepositEvents.SuccessNotOpen;
        return new FlowDecision.Move(DepositFlow.HeldInSuspense, FlowFacts.Write(facts with { FailureCode = null }), reason)
        {
            Accounts = DepositPostings.HoldAccounts(facts),
            Transactions = [.. release, DepositPostings.Hold(flow, facts)],
            Evidence = ProviderEvidence.Of(payment),
            ProviderReference = ReferenceOf(facts),
            RestUntilSignal = true,
            Delay = options.PollFirst,
        };
    }

    /// <summary>By rule: as soon as the account is open again; when that takes too long a person decides, and nothing is lost meanwhile.</summary>
    private FlowDecision.Move PayOver(Flow flow, DepositFacts facts, ProviderPayment payment) =>
        new(DepositFlow.Succeeded, FlowFacts.Write(facts), DepositEvents.Released)
        {
            Accounts = DepositPostings.PayOverAccounts(facts),
            Transactions = [DepositPostings.PayOver(flow, facts)],
            Evidence = ProviderEvidence.Of(payment),
            IfAccountNotOpen = SuspenseRule.StillNotOpen(flow, timeProvider.GetUtcNow(), options),
        };

    /// <summary>What was really received goes to suspense, never to the user (fault W-11).</summary>
    private static FlowDecision Divert(Flow flow, DepositFacts facts, ProviderPayment payment)
    {
        if (!Ledger.Assets.TryGet(payment.Currency, out Asset? asset))
        {
            return new FlowDecision.Park($"The provider took money in '{OutsideEvidence.Code(payment.Currency)}', which the ledger does not know.");
        }

        Money received = new(payment.ReceivedMinorUnits, asset);
        Transaction[] release = HasPending(flow, facts) ? [DepositPostings.Release(flow)] : [];
        Transaction[] suspend = received.MinorUnits > 0 ? [DepositPostings.Suspense(flow, facts, received)] : [];
        string reason = flow.State == DepositFlow.Failed ? DepositEvents.LateMismatch : DepositEvents.Mismatch;
        return new FlowDecision.Move(DepositFlow.Mismatch, FlowFacts.Write(facts), reason)
        {
            Accounts = suspend.Length > 0 ? DepositPostings.SuspenseAccounts(facts, asset) : [],
            Transactions = [.. release, .. suspend],
            Evidence = ProviderEvidence.Of(payment),
            ProviderReference = ReferenceOf(facts),
        };
    }

    private FlowDecision Process(Flow flow, DepositFacts facts, ProviderPayment payment)
    {
        if (flow.State == DepositFlow.Pending)
        {
            return new FlowDecision.Wait("the provider still works on it", NextLook(flow, facts));
        }

        if (flow.State == DepositFlow.HeldInSuspense)
        {
            return Contradiction(payment);
        }

        if (IsAtItsEnd(flow))
        {
            // A payment that failed is being tried again at the provider: look until it ends.
            return flow.State == DepositFlow.Failed
                ? new FlowDecision.Wait("the provider works on it again", NextLook(flow, facts))
                : Contradiction(payment);
        }

        return new FlowDecision.Move(DepositFlow.Pending, FlowFacts.Write(facts), DepositEvents.Processing)
        {
            Accounts = DepositPostings.Accounts(facts),
            Transactions = [DepositPostings.Pending(flow, facts)],
            Evidence = ProviderEvidence.Of(payment),
            ProviderReference = ReferenceOf(facts),
            RestUntilSignal = true,
            Delay = NextLook(flow, facts),
            IfAccountNotOpen = new FlowDecision.Move(
                DepositFlow.Pending, FlowFacts.Write(facts with { IsUnreserved = true }), DepositEvents.ProcessingNotOpen)
            {
                Evidence = ProviderEvidence.Of(payment),
                ProviderReference = ReferenceOf(facts),
                RestUntilSignal = true,
                Delay = NextLook(flow, facts),
            },
        };
    }

    private static FlowDecision Refuse(Flow flow, DepositFacts facts, ProviderPayment payment, string code) => flow.State switch
    {
        DepositFlow.Failed => new FlowDecision.Rest("the provider confirms the failure"),

        // Only a named reversal may leave a success (fault W-05), and this is none: a person looks, nobody is told otherwise silently (U-11).
        DepositFlow.Succeeded or DepositFlow.HeldInSuspense => Contradiction(payment),
        _ => Fail(flow, facts, DepositEvents.Failure, code, ProviderEvidence.Of(payment)),
    };

    /// <summary>A state that this version does not know is never taken for success or failure (fault T-08).</summary>
    private FlowDecision Unrecognised(Flow flow, DepositFacts facts, ProviderPayment payment) => flow.State switch
    {
        DepositFlow.Submitting => Lose(flow, facts, ProviderEvidence.Of(payment)),
        DepositFlow.Unknown or DepositFlow.Pending => new FlowDecision.Wait($"unrecognised state '{payment.RawStatus}'", NextLook(flow, facts)),
        _ => new FlowDecision.Park($"The provider says '{payment.RawStatus}' of {payment.Id} after its end."),
    };

    private FlowDecision Keep(Flow flow, DepositFacts facts, string reason) => flow.State == DepositFlow.Submitting
        ? Lose(flow, facts, OutsideEvidence.OfUnknown(reason, rawBody: null))
        : new FlowDecision.Wait(reason, NextLook(flow, facts));

    private static FlowDecision.Park Contradiction(ProviderPayment payment) =>
        new($"The provider says '{payment.RawStatus}' of {payment.Id} after its success.");

    /// <summary>Whether a pending posting waits for its end.</summary>
    private static bool HasPending(Flow flow, DepositFacts facts) => flow.State == DepositFlow.Pending && facts.IsUnreserved is not true;

    private TimeSpan NextLook(Flow flow, DepositFacts facts) => PollSchedule.Next(timeProvider.GetUtcNow() - Since(flow, facts), options.PollFirst, options.PollMax);

    private static DateTimeOffset Since(Flow flow, DepositFacts facts) => facts.SubmittedAt ?? flow.CreatedAt;

    private static string? ReferenceOf(DepositFacts facts) => facts.PaymentId is { } id ? $"{facts.Provider}:{id}" : null;

    private static bool IsAtItsEnd(Flow flow) => DepositFlow.Definition.State(flow.State).IsFinal;
}
