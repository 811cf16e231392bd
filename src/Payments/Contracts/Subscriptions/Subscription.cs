using System.Collections.Immutable;
using Florin.Ledger;

namespace Florin.Payments;

/// <param name="PlanVersion"><see langword="null"/> takes the newest.</param>
/// <param name="Customer">The merchant's own reference of the payer, 1 to <see cref="CustomerLengthMax"/> characters. Nothing personal.</param>
/// <param name="PaymentSource">The provider's token of a payment method: never a card number.</param>
public sealed record SubscriptionOrder(Guid PlanId, int? PlanVersion, string Customer, string PaymentSource)
{
    public const int CustomerLengthMax = 120;
}

/// <summary>When a subscription ends.</summary>
public enum CancelAt
{
    Now = 1,
    PeriodEnd = 2,
}

/// <summary>A subscription as its merchant sees it.</summary>
/// <param name="Status"><c>trialing</c>, <c>active</c>, <c>past_due</c>, <c>paused</c>, <c>unpaid</c> or <c>canceled</c>.</param>
/// <param name="PeriodStart">Of the present period; <see langword="null"/> before the first.</param>
/// <param name="PeriodEnd">When the next one begins, or the trial ends; <see langword="null"/> while paused.</param>
/// <param name="NextPlan">What takes effect with the next period.</param>
/// <param name="EndReason"><c>requested</c>, <c>period_end</c> or <c>unpaid</c>, of a cancelled one.</param>
/// <param name="LatestInvoiceId">The newest invoice that was issued, or is being issued.</param>
public sealed record Subscription(
    Guid Id,
    string Status,
    string Customer,
    Plan Plan,
    Plan? NextPlan,
    DateTimeOffset? PeriodStart,
    DateTimeOffset? PeriodEnd,
    bool CancelsAtPeriodEnd,
    string? EndReason,
    Guid? LatestInvoiceId,
    DateTimeOffset CreatedAt);

/// <param name="Kind"><c>period</c>, <c>proration_charge</c>, <c>proration_credit</c> or <c>customer_credit</c>.</param>
/// <param name="From">Of the time that it is for.</param>
/// <param name="IsCredit">Whether it lowers the total.</param>
public sealed record InvoiceLine(
    string Kind, Guid? PlanId, int? PlanVersion, DateTimeOffset? From, DateTimeOffset? To, Money Amount, bool IsCredit);

/// <summary>An invoice as its merchant sees it.</summary>
/// <param name="Number">From 1 without a gap for each merchant, in the order in which they were issued.</param>
/// <param name="Status"><c>open</c>, <c>past_due</c>, <c>paid</c> or <c>uncollectible</c>.</param>
/// <param name="Total">What is to be paid: charges less credits.</param>
/// <param name="Credited">What the credits are above the charges; the customer has it to the good, and later invoices use it.</param>
/// <param name="Obligation">What <c>POST /payments</c> names to pay it by hand.</param>
/// <param name="PaymentId">The payment that paid it.</param>
/// <param name="Attempts">Payments that were begun for it by schedule.</param>
/// <param name="FailureCode">Why the last one failed.</param>
/// <param name="NextAttemptAt">When it is tried again; <see langword="null"/> when it is not, as after a hard decline.</param>
public sealed record Invoice(
    Guid Id,
    long Number,
    string Status,
    Guid SubscriptionId,
    string Customer,
    Money Total,
    Money Credited,
    ImmutableArray<InvoiceLine> Lines,
    string Obligation,
    Guid? PaymentId,
    int Attempts,
    string? FailureCode,
    DateTimeOffset? NextAttemptAt,
    DateTimeOffset IssuedAt);

/// <summary>What is known of the card that a subscription charges, for events.</summary>
/// <param name="Status"><c>unread</c>, <c>valid</c>, <c>expiring</c>, <c>expired</c> or <c>released</c>.</param>
/// <param name="LastDay">The last day, in UTC, on which it can be charged.</param>
public sealed record CardNotice(Guid Id, string Status, Guid SubscriptionId, string Customer, string PaymentSource, DateOnly? LastDay);
