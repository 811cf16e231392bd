using System.Diagnostics;
using Florin.Flows;
using Florin.Payments.Subscriptions.Invoices;
using Florin.Payments.Subscriptions.Plans;

namespace Florin.Payments.Subscriptions.Billing;

/// <summary>What the merchant's commands make of a subscription. Pure: the time is an argument.</summary>
internal static class SubscriptionChanges
{
    public static FlowDecision.Move Apply(Flow flow, SubscriptionFacts facts, SubscriptionCommand command, DateTimeOffset now)
    {
        SubscriptionFacts done = facts.Considered(command, isDone: true);
        FlowDecision.Move? move = command.Type switch
        {
            SubscriptionCommand.CancelNow => End(done, "requested"),
            SubscriptionCommand.CancelWithCredit => End(WithCredit(flow, done, now), "requested"),
            SubscriptionCommand.CancelAtPeriodEnd => IsBilled(flow) ? Stay(flow, done with { CancelsAtPeriodEnd = true }) : null,
            SubscriptionCommand.Pause => Pause(flow, done, now),
            SubscriptionCommand.Resume => Resume(flow, done, now),
            SubscriptionCommand.ChangeSource => Stay(
                flow, done with { PaymentSource = command.PaymentSource!, SourceChanges = done.SourceChanges + 1 }),
            SubscriptionCommand.ChangePlan => ChangePlan(flow, done, command.Plan!, now),
            _ => throw new UnreachableException($"There is no command '{command.Type}'."),
        };
        return move ?? Stay(flow, facts.Considered(command, isDone: false));
    }

    /// <summary>Ends it; the turn after the change issues what is drafted and ends the collection of what is open.</summary>
    public static FlowDecision.Move End(SubscriptionFacts facts, string reason) =>
        new(SubscriptionFlow.Canceled, FlowFacts.Write(facts with { EndReason = reason, NextPlan = null, CancelsAtPeriodEnd = false }), SubscriptionEvents.Ended)
        {
            Delay = TimeSpan.Zero,
        };

    private static FlowDecision.Move Stay(Flow flow, SubscriptionFacts facts) => new(flow.State, FlowFacts.Write(facts), SubscriptionEvents.Changed);

    /// <summary>Gives back the unused part of a period that is paid; of one that is not, there is nothing to give back.</summary>
    private static SubscriptionFacts WithCredit(Flow flow, SubscriptionFacts facts, DateTimeOffset now)
    {
        bool isPaid = !facts.IsTrial && flow.State is SubscriptionFlow.Active or SubscriptionFlow.Paused && facts.Open.IsEmpty;
        return isPaid && Unused(facts, now) is { Amount: not "0" } line ? facts.WithDraft(flow.Id, now, line) : facts;
    }

    private static FlowDecision.Move? Pause(Flow flow, SubscriptionFacts facts, DateTimeOffset now) =>
        flow.State is SubscriptionFlow.Active or SubscriptionFlow.Trialing && facts.Open.IsEmpty && !facts.CancelsAtPeriodEnd
            ? new FlowDecision.Move(
                SubscriptionFlow.Paused,
                FlowFacts.Write(facts with { PausedSeconds = (long)facts.Left(now).TotalSeconds }),
                SubscriptionEvents.PausedByMerchant)
            : null;

    /// <summary>Lets the rest of the period begin now, and counts further periods from its end; or takes back the end of the period as the end of all.</summary>
    private static FlowDecision.Move? Resume(Flow flow, SubscriptionFacts facts, DateTimeOffset now)
    {
        if (flow.State != SubscriptionFlow.Paused)
        {
            return IsBilled(flow) && facts.CancelsAtPeriodEnd ? Stay(flow, facts with { CancelsAtPeriodEnd = false }) : null;
        }

        DateTimeOffset end = now + facts.Left(now);
        SubscriptionFacts resumed = facts with { PausedSeconds = null, Anchor = end, Periods = 0, PeriodEnd = end };
        return new FlowDecision.Move(
            facts.IsTrial ? SubscriptionFlow.Trialing : SubscriptionFlow.Active, FlowFacts.Write(resumed), SubscriptionEvents.Resumed);
    }

    private static FlowDecision.Move? ChangePlan(Flow flow, SubscriptionFacts facts, PlanFacts plan, DateTimeOffset now)
    {
        if (flow.State == SubscriptionFlow.Trialing)
        {
            return Stay(flow, facts with { Plan = plan, NextPlan = null });
        }

        // A period that is not paid has nothing to prorate.
        if (flow.State != SubscriptionFlow.Active || !facts.Open.IsEmpty)
        {
            return null;
        }

        return plan.Prorates
            ? Stay(flow, plan.HasRhythmOf(facts.Plan) ? Swap(flow, facts, plan, now) : Restart(flow, facts, plan, now))
            : Stay(flow, facts with { NextPlan = plan });
    }

    /// <summary>The period goes on under the new plan: credit and charge are shares of the same rest.</summary>
    private static SubscriptionFacts Swap(Flow flow, SubscriptionFacts facts, PlanFacts plan, DateTimeOffset now)
    {
        string charge = FlowFacts.AmountText(Proration.Share(plan.Price.MinorUnits, facts.Left(now), facts.Period));
        DraftLine charged = new(LineKinds.ProrationCharge, plan.PlanId, plan.Version, now, facts.PeriodEnd, charge, IsCredit: false);
        return (facts with { Plan = plan, NextPlan = null }).WithDraft(flow.Id, now, Unused(facts, now), charged);
    }

    /// <summary>Another rhythm: the old plan's rest is credited, and a period of the new one begins now.</summary>
    private static SubscriptionFacts Restart(Flow flow, SubscriptionFacts facts, PlanFacts plan, DateTimeOffset now)
    {
        DateTimeOffset end = plan.After(now, 1);
        SubscriptionFacts restarted = facts with
        {
            Plan = plan,
            NextPlan = null,
            Anchor = now,
            Periods = 1,
            PeriodStart = now,
            PeriodEnd = end,
            PeriodSeconds = (long)(end - now).TotalSeconds,
        };
        DraftLine charged = new(LineKinds.Period, plan.PlanId, plan.Version, now, end, plan.Amount, IsCredit: false);
        return restarted.WithDraft(flow.Id, now, Unused(facts, now), charged);
    }

    private static DraftLine Unused(SubscriptionFacts facts, DateTimeOffset now)
    {
        TimeSpan left = facts.Left(now);
        string share = FlowFacts.AmountText(Proration.Share(facts.Plan.Price.MinorUnits, left, facts.Period));
        return new DraftLine(LineKinds.ProrationCredit, facts.Plan.PlanId, facts.Plan.Version, now, now + left, share, IsCredit: true);
    }

    private static bool IsBilled(Flow flow) => flow.State is SubscriptionFlow.Trialing or SubscriptionFlow.Active or SubscriptionFlow.PastDue;
}
