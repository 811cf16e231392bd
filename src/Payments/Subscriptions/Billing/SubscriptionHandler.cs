using System.Collections.Immutable;
using Florin.Flows;
using Florin.Payments.Subscriptions.Cards;
using Florin.Payments.Subscriptions.Invoices;
using Florin.Payments.Subscriptions.Plans;

namespace Florin.Payments.Subscriptions.Billing;

/// <summary>
/// Bills a subscription. A turn first issues what was decided on before, then looks at what became of its invoices, then at the calendar, then at the
/// merchant's commands; so what is due is never overtaken by what was asked for later, and a server that was away catches up period by period.
/// </summary>
internal sealed class SubscriptionHandler(
    SubscriptionInvoices invoices, CardWatches cards, SubscriptionOptions options, TimeProvider timeProvider) : IFlowHandler
{
    public FlowDefinition Definition => SubscriptionFlow.Definition;

    public async ValueTask<FlowDecision> DecideAsync(Flow flow, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        SubscriptionFacts facts = SubscriptionFacts.Of(flow);
        await invoices.IssueAsync(flow, facts, cancellationToken);
        if (flow.State == SubscriptionFlow.Canceled)
        {
            await invoices.CloseAsync(facts, cancellationToken);
            await cards.ReleaseAsync(flow, facts, cancellationToken);
            return new FlowDecision.Rest("at its end");
        }

        await cards.WatchAsync(flow, facts, cancellationToken);
        InvoiceStanding standing = await invoices.ReadAsync(facts, cancellationToken);
        SubscriptionFacts seen = facts with { Open = standing.Open };
        ImmutableArray<SubscriptionCommand> commands = SubscriptionCommand.In(signals, seen);
        DateTimeOffset now = timeProvider.BillingNow();
        FlowDecision.Move? move = Settle(flow, seen, standing, now) ?? OnCalendar(flow, seen, now);
        if (move is not null)
        {
            return move with { KeepSignals = !commands.IsEmpty };
        }

        return commands.IsEmpty
            ? Rest(flow, seen)
            : SubscriptionChanges.Apply(flow, seen, commands[0], now) with { KeepSignals = commands.Length > 1 };
    }

    /// <summary>What the invoices make of the state.</summary>
    private FlowDecision.Move? Settle(Flow flow, SubscriptionFacts facts, InvoiceStanding standing, DateTimeOffset now) => flow.State switch
    {
        SubscriptionFlow.Active or SubscriptionFlow.PastDue when standing.IsGivenUp && options.AfterDunning == AfterDunning.Unpaid =>
            new FlowDecision.Move(SubscriptionFlow.Unpaid, FlowFacts.Write(facts), SubscriptionEvents.GaveUp),
        SubscriptionFlow.Active or SubscriptionFlow.PastDue when standing.IsGivenUp => SubscriptionChanges.End(facts, "unpaid"),
        SubscriptionFlow.Active when standing.IsOverdue =>
            new FlowDecision.Move(SubscriptionFlow.PastDue, FlowFacts.Write(facts), SubscriptionEvents.Overdue),
        SubscriptionFlow.PastDue when !standing.IsOverdue =>
            new FlowDecision.Move(SubscriptionFlow.Active, FlowFacts.Write(facts), SubscriptionEvents.Recovered),

        // What was not served is not billed: a period that ran out meanwhile is followed by one that begins now.
        SubscriptionFlow.Unpaid when standing.Open.IsEmpty => new FlowDecision.Move(
            SubscriptionFlow.Active,
            FlowFacts.Write(now < facts.PeriodEnd ? facts : facts with { Anchor = now, Periods = 0, PeriodEnd = now }),
            SubscriptionEvents.Recovered),
        _ => null,
    };

    private static FlowDecision.Move? OnCalendar(Flow flow, SubscriptionFacts facts, DateTimeOffset now)
    {
        bool isBilled = flow.State is SubscriptionFlow.Created or SubscriptionFlow.Trialing or SubscriptionFlow.Active or SubscriptionFlow.PastDue;
        if (!isBilled)
        {
            return null;
        }

        if (now >= facts.PeriodEnd)
        {
            return facts.CancelsAtPeriodEnd ? SubscriptionChanges.End(facts, "period_end") : Renew(flow, facts, now);
        }

        return flow.State == SubscriptionFlow.Created
            ? new FlowDecision.Move(SubscriptionFlow.Trialing, FlowFacts.Write(facts), SubscriptionEvents.TrialBegan)
            : null;
    }

    /// <summary>Begins the next period with its invoice. Another rhythm begins to count where the last period ends.</summary>
    private static FlowDecision.Move Renew(Flow flow, SubscriptionFacts facts, DateTimeOffset now)
    {
        PlanFacts plan = facts.NextPlan ?? facts.Plan;
        bool goesOn = plan.HasRhythmOf(facts.Plan);
        DateTimeOffset anchor = goesOn ? facts.Anchor : facts.PeriodEnd;
        int periods = goesOn ? facts.Periods + 1 : 1;
        DateTimeOffset start = facts.PeriodEnd;
        DateTimeOffset end = plan.After(anchor, periods);
        SubscriptionFacts renewed = facts with
        {
            Plan = plan,
            NextPlan = null,
            Anchor = anchor,
            Periods = periods,
            PeriodStart = start,
            PeriodEnd = end,
            PeriodSeconds = (long)(end - start).TotalSeconds,
        };
        DraftLine line = new(LineKinds.Period, plan.PlanId, plan.Version, start, end, plan.Amount, IsCredit: false);
        return new FlowDecision.Move(
            flow.State == SubscriptionFlow.PastDue ? SubscriptionFlow.PastDue : SubscriptionFlow.Active,
            FlowFacts.Write(renewed.WithDraft(flow.Id, now, line)),
            SubscriptionEvents.Renewed);
    }

    private FlowDecision Rest(Flow flow, SubscriptionFacts facts) => flow.State is SubscriptionFlow.Paused or SubscriptionFlow.Unpaid
        ? new FlowDecision.Rest(flow.State)
        : new FlowDecision.Wait("the period goes on", facts.PeriodEnd - timeProvider.GetUtcNow());
}
