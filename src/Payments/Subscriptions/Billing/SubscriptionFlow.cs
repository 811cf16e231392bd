using Florin.Flows;

namespace Florin.Payments.Subscriptions.Billing;

/// <summary>The declared states and transitions of <c>subscription</c>.</summary>
internal static class SubscriptionFlow
{
    public const string Kind = "subscription";

    public const string Created = "created";
    public const string Trialing = "trialing";
    public const string Active = "active";
    public const string PastDue = "past_due";
    public const string Paused = "paused";
    public const string Unpaid = "unpaid";
    public const string Canceled = "canceled";

    public static FlowDefinition Definition { get; } = new(
        Kind,
        "Bills a customer for a plan, period by period, in advance. Each period is an invoice with a flow of its own; the subscription posts nothing itself.",
        [
            new(Created, IsFinal: false, IsReportable: false, "Durable; its trial or first period begins at once."),
            new(Trialing, IsFinal: false, IsReportable: true, "Costs nothing until the trial ends."),
            new(Active, IsFinal: false, IsReportable: true, "Billed; no attempt to collect an invoice has failed."),
            new(PastDue, IsFinal: false, IsReportable: true, "Billed; an attempt to collect an invoice has failed, and it is not paid yet."),
            new(Paused, IsFinal: false, IsReportable: true, "Not billed; what is left of the paid period or the trial is kept."),
            new(Unpaid, IsFinal: false, IsReportable: true, "Not billed: the retries of an invoice are over. Goes on when its invoices are paid."),
            new(Canceled, IsFinal: true, IsReportable: true, "Over. Open invoices are not collected any more."),
        ],
        [Created],
        [
            new(Created, Trialing, SubscriptionEvents.TrialBegan),
            new(Created, Active, SubscriptionEvents.Renewed),
            new(Trialing, Active, SubscriptionEvents.Renewed),
            new(Trialing, Canceled, SubscriptionEvents.Ended),
            new(Trialing, Trialing, SubscriptionEvents.Changed),
            new(Active, Active, SubscriptionEvents.Renewed),
            new(Active, PastDue, SubscriptionEvents.Overdue),
            new(Active, Unpaid, SubscriptionEvents.GaveUp),
            new(Active, Canceled, SubscriptionEvents.Ended),
            new(Active, Active, SubscriptionEvents.Changed),
            new(PastDue, PastDue, SubscriptionEvents.Renewed),
            new(PastDue, Active, SubscriptionEvents.Recovered),
            new(PastDue, Unpaid, SubscriptionEvents.GaveUp),
            new(PastDue, Canceled, SubscriptionEvents.Ended),
            new(PastDue, PastDue, SubscriptionEvents.Changed),
            new(Paused, Active, SubscriptionEvents.Resumed),
            new(Paused, Trialing, SubscriptionEvents.Resumed),
            new(Paused, Canceled, SubscriptionEvents.Ended),
            new(Paused, Paused, SubscriptionEvents.Changed),
            new(Unpaid, Active, SubscriptionEvents.Recovered),
            new(Unpaid, Canceled, SubscriptionEvents.Ended),
            new(Unpaid, Unpaid, SubscriptionEvents.Changed),
            new(Active, Paused, SubscriptionEvents.PausedByMerchant),
            new(Trialing, Paused, SubscriptionEvents.PausedByMerchant),
        ]);
}

/// <summary>The events that change a subscription; they are the reasons in its history.</summary>
internal static class SubscriptionEvents
{
    public const string TrialBegan = "trial_began";

    /// <summary>A period begins, with its invoice.</summary>
    public const string Renewed = "renewed";
    public const string Overdue = "overdue";
    public const string Recovered = "recovered";
    public const string GaveUp = "gave_up";
    public const string Ended = "ended";
    public const string PausedByMerchant = "paused";
    public const string Resumed = "resumed";

    /// <summary>A command of the merchant's was carried out, or cannot be.</summary>
    public const string Changed = "changed";
}
