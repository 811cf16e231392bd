using Florin.Flows;

namespace Florin.Payments.Subscriptions.Invoices;

/// <summary>The declared states and transitions of <c>subscription.invoice</c>.</summary>
internal static class InvoiceFlow
{
    public const string Kind = "subscription.invoice";

    public const string Open = "open";
    public const string Collecting = "collecting";
    public const string Retrying = "retrying";
    public const string AwaitingSource = "awaiting_source";
    public const string Paid = "paid";
    public const string Uncollectible = "uncollectible";

    public static FlowDefinition Definition { get; } = new(
        Kind,
        "Collects an invoice: payments for the obligation `invoice:{id}`, one after another, until one has taken the money or the retries are over. It posts nothing itself.",
        [
            new(Open, IsFinal: false, IsReportable: true, "Issued under its number; no payment was begun by schedule."),
            new(Collecting, IsFinal: false, IsReportable: true, "A payment is under way, or its outcome is unknown; no other is begun meanwhile."),
            new(Retrying, IsFinal: false, IsReportable: true, "Declined; tried again on the next day of the schedule, or at once with another payment source."),
            new(AwaitingSource, IsFinal: false, IsReportable: true, "Declined in a way that the same payment source will not get over; tried again with another one only."),
            new(Paid, IsFinal: true, IsReportable: true, "Paid, by schedule or by hand, or there was nothing to pay."),
            new(Uncollectible, IsFinal: true, IsReportable: true, "Not collected any more; a payment by hand still pays it."),
        ],
        [Open],
        [
            new(Open, Collecting, InvoiceEvents.Attempt),
            .. From(Open),
            .. From(Collecting),
            new(Collecting, Collecting, InvoiceEvents.SourceChanged),
            new(Collecting, Retrying, InvoiceEvents.Declined),
            new(Collecting, AwaitingSource, InvoiceEvents.HardDeclined),
            new(Retrying, Collecting, InvoiceEvents.Attempt),
            .. From(Retrying),
            new(AwaitingSource, Collecting, InvoiceEvents.SourceChanged),
            .. From(AwaitingSource),
            new(Uncollectible, Paid, InvoiceEvents.Paid),
        ]);

    private static IEnumerable<FlowTransition> From(string state) =>
    [
        new(state, Paid, InvoiceEvents.Paid),
        new(state, Uncollectible, InvoiceEvents.GaveUp),
    ];
}

/// <summary>The events that change an invoice; they are the reasons in its history.</summary>
internal static class InvoiceEvents
{
    public const string Attempt = "attempt";
    public const string SourceChanged = "source_changed";
    public const string Declined = "declined";
    public const string HardDeclined = "hard_declined";
    public const string Paid = "paid";

    /// <summary>The retries are over, or the subscription has ended.</summary>
    public const string GaveUp = "gave_up";
}
