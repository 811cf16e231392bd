using Florin.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Subscriptions;

/// <param name="Amount">Of one period, a decimal string in major units of <paramref name="Currency"/>.</param>
/// <param name="Interval"><c>day</c>, <c>week</c>, <c>month</c> or <c>year</c>, by the calendar in UTC.</param>
/// <param name="Proration"><c>on</c>: a change to this plan takes effect at once; <c>off</c>: with the next period.</param>
internal sealed record PlanResponse(
    Guid Id,
    int Version,
    string Name,
    string Amount,
    string Currency,
    string Interval,
    int IntervalCount,
    int TrialDays,
    string Proration,
    DateTimeOffset CreatedAt)
{
    public static PlanResponse Of(Plan plan) => new(
        plan.Id,
        plan.Version,
        plan.Terms.Name,
        plan.Terms.Amount.ToMajorUnits(),
        plan.Terms.Amount.Asset.Code,
        JsonConventions.SnakeCase(plan.Terms.Interval.ToString()),
        plan.Terms.IntervalCount,
        plan.Terms.TrialDays,
        plan.Terms.Prorates ? "on" : "off",
        plan.CreatedAt);
}

/// <param name="Status"><c>trialing</c>, <c>active</c>, <c>past_due</c>, <c>paused</c>, <c>unpaid</c> or <c>canceled</c>.</param>
/// <param name="Customer">The merchant's own reference of the payer.</param>
/// <param name="NextPlan">What takes effect with the next period.</param>
/// <param name="CurrentPeriodStart">Absent before the first period.</param>
/// <param name="CurrentPeriodEnd">When the next period begins, or the trial ends; absent while paused.</param>
/// <param name="EndReason"><c>requested</c>, <c>period_end</c> or <c>unpaid</c>, of a cancelled one.</param>
internal sealed record SubscriptionResponse(
    Guid Id,
    string Status,
    string Customer,
    PlanResponse Plan,
    PlanResponse? NextPlan,
    DateTimeOffset? CurrentPeriodStart,
    DateTimeOffset? CurrentPeriodEnd,
    bool CancelAtPeriodEnd,
    string? EndReason,
    Guid? LatestInvoiceId,
    DateTimeOffset CreatedAt)
{
    public static SubscriptionResponse Of(Subscription subscription) => new(
        subscription.Id,
        subscription.Status,
        subscription.Customer,
        PlanResponse.Of(subscription.Plan),
        subscription.NextPlan is { } next ? PlanResponse.Of(next) : null,
        subscription.PeriodStart,
        subscription.PeriodEnd,
        subscription.CancelsAtPeriodEnd,
        subscription.EndReason,
        subscription.LatestInvoiceId,
        subscription.CreatedAt);
}

/// <param name="Number">From 1 without a gap for each merchant.</param>
/// <param name="Status"><c>open</c>, <c>past_due</c>, <c>paid</c> or <c>uncollectible</c>.</param>
/// <param name="Total">What is to be paid; all amounts are decimal strings in major units of <paramref name="Currency"/>.</param>
/// <param name="Credited">What the credits are above the charges; later invoices of the customer use it.</param>
/// <param name="Obligation">Named in <c>POST /payments</c>, with the total and <c>capture</c> <c>automatic</c>, it pays the invoice by hand.</param>
/// <param name="Attempts">Payments that were begun for it by schedule.</param>
/// <param name="NextAttemptAt">When it is tried again; absent when it waits for another payment source.</param>
internal sealed record InvoiceResponse(
    Guid Id,
    long Number,
    string Status,
    Guid SubscriptionId,
    string Customer,
    string Total,
    string Credited,
    string Currency,
    IReadOnlyList<InvoiceLineResponse> Lines,
    string Obligation,
    Guid? PaymentId,
    int Attempts,
    string? FailureCode,
    DateTimeOffset? NextAttemptAt,
    DateTimeOffset IssuedAt)
{
    public static InvoiceResponse Of(Invoice invoice) => new(
        invoice.Id,
        invoice.Number,
        invoice.Status,
        invoice.SubscriptionId,
        invoice.Customer,
        invoice.Total.ToMajorUnits(),
        invoice.Credited.ToMajorUnits(),
        invoice.Total.Asset.Code,
        [.. invoice.Lines.Select(InvoiceLineResponse.Of)],
        invoice.Obligation,
        invoice.PaymentId,
        invoice.Attempts,
        invoice.FailureCode,
        invoice.NextAttemptAt,
        invoice.IssuedAt);
}

/// <param name="Type"><c>charge</c> or <c>credit</c>, which lowers the total.</param>
/// <param name="Kind"><c>period</c>, <c>proration_charge</c>, <c>proration_credit</c> or <c>customer_credit</c>.</param>
internal sealed record InvoiceLineResponse(
    string Type, string Kind, string Amount, Guid? PlanId, int? PlanVersion, DateTimeOffset? PeriodFrom, DateTimeOffset? PeriodTo)
{
    public static InvoiceLineResponse Of(InvoiceLine line) => new(
        line.IsCredit ? "credit" : "charge", line.Kind, line.Amount.ToMajorUnits(), line.PlanId, line.PlanVersion, line.From, line.To);
}
