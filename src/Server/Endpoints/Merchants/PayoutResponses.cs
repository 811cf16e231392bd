using Florin.Server.Endpoints.Wallets;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Merchants;

/// <param name="Status"><c>pending</c>, <c>in_transit</c>, <c>paid</c>, <c>failed</c> or <c>canceled</c> (the money is back) or <c>returned</c> (paid, and came back).</param>
/// <param name="Amount">Decimal string in major units of <paramref name="Currency"/>.</param>
/// <param name="DestinationId">The bank or PayPal account: a funding source of the business.</param>
/// <param name="OutcomeUnknown">The provider's answer was lost; the money stays debited until evidence says more.</param>
/// <param name="PendingReason"><c>account_not_open</c>: the money came back and waits in suspense until the merchant's account is open again; <c>unclaimed</c> or <c>on_hold</c>: PayPal has it and has not paid it; else null.</param>
/// <param name="BatchId">The batch that it belongs to, or null.</param>
internal sealed record PayoutResponse(
    Guid Id,
    string Status,
    string Amount,
    string Currency,
    Guid DestinationId,
    FailureResponse? Failure,
    bool OutcomeUnknown,
    string? PendingReason,
    Guid? BatchId,
    DateTimeOffset CreatedAt)
{
    public static PayoutResponse Of(Payout payout) => new(
        payout.Id,
        payout.Status,
        payout.Amount.ToMajorUnits(),
        payout.Amount.Asset.Code,
        payout.DestinationId,
        FailureResponse.Of(payout.Failure),
        payout.OutcomeUnknown,
        payout.PendingReason,
        payout.BatchId,
        payout.CreatedAt);
}

/// <param name="Status"><c>planned</c>, <c>paying</c>, <c>completed</c>, or <c>repeated</c>: completed, and run again; nothing was paid by that.</param>
/// <param name="Period">The day of the run, UTC.</param>
/// <param name="PayAt">When it is paid.</param>
internal sealed record PayoutBatchResponse(
    Guid Id, string Status, DateOnly Period, DateTimeOffset PayAt, IReadOnlyList<PayoutLineResponse> Lines, DateTimeOffset CreatedAt)
{
    public static PayoutBatchResponse Of(PayoutBatch batch) => new(
        batch.Id, batch.Status, batch.Period, batch.PayAt, [.. batch.Lines.Select(PayoutLineResponse.Of)], batch.CreatedAt);
}

/// <param name="Amount">What was there when the batch was planned: at most this is paid.</param>
/// <param name="Status"><c>planned</c>, <c>claimed</c> or <c>skipped</c>.</param>
/// <param name="ClaimedBy">Of a claimed line: <c>schedule</c> or <c>hand</c>.</param>
/// <param name="SkippedReason">Of a skipped line: <c>below_minimum</c>, <c>destination_not_found</c>, <c>owes</c> or <c>account_not_open</c>.</param>
/// <param name="PayoutId">Of a claimed line.</param>
internal sealed record PayoutLineResponse(
    string Id, string Amount, string Currency, Guid DestinationId, string Status, string? ClaimedBy, string? SkippedReason, Guid? PayoutId)
{
    public static PayoutLineResponse Of(PayoutLine line) => new(
        line.Id,
        line.Amount.ToMajorUnits(),
        line.Amount.Asset.Code,
        line.DestinationId,
        line.Status,
        line.ClaimedBy,
        line.SkippedReason,
        line.PayoutId);
}

/// <param name="Interval"><c>manual</c>, <c>daily</c>, <c>weekly</c> or <c>monthly</c>.</param>
/// <param name="Day">Weekly: 1 (Monday) to 7. Monthly: 1 to 31, the last day of shorter months.</param>
/// <param name="DelayDays">Days from the run, which counts what is there, to its payment.</param>
/// <param name="NextRun">The day of the next run, UTC.</param>
internal sealed record PayoutScheduleResponse(
    string Interval, int? Day, int DelayDays, IReadOnlyList<PayoutTermsResponse> Currencies, DateOnly? NextRun)
{
    public static PayoutScheduleResponse Of(PayoutSchedule schedule) => new(
        JsonConventions.SnakeCase(schedule.Interval.ToString()),
        schedule.Day,
        schedule.DelayDays,
        [.. schedule.Currencies.Select(PayoutTermsResponse.Of)],
        schedule.NextRun);
}

/// <param name="MinimumAmount">Less than this is not paid.</param>
internal sealed record PayoutTermsResponse(string Currency, string MinimumAmount, Guid DestinationId)
{
    public static PayoutTermsResponse Of(PayoutTerms terms) => new(terms.Minimum.Asset.Code, terms.Minimum.ToMajorUnits(), terms.DestinationId);
}
