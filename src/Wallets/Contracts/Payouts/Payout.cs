using System.Collections.Immutable;
using Florin.Ledger;

namespace Florin.Wallets;

/// <summary>A payout as its merchant sees it.</summary>
/// <param name="Status"><c>pending</c>, <c>in_transit</c>, <c>paid</c>, <c>failed</c> or <c>canceled</c> (the money is back) or <c>returned</c> (paid, and came back).</param>
/// <param name="OutcomeUnknown">The provider's answer was lost; the money stays debited until evidence says more (fault U-07).</param>
/// <param name="PendingReason">One of <see cref="PendingReasons"/>, or null.</param>
/// <param name="BatchId">The batch that it belongs to, or null.</param>
public sealed record Payout(
    Guid Id,
    string Status,
    Money Amount,
    Guid DestinationId,
    MovementFailure? Failure,
    bool OutcomeUnknown,
    string? PendingReason,
    Guid? BatchId,
    DateTimeOffset CreatedAt);

/// <param name="IsCanceled">Otherwise it was handed to the provider already, or is at its end.</param>
public sealed record PayoutCancellation(Payout Payout, bool IsCanceled);

/// <summary>One run of a schedule.</summary>
/// <param name="Status"><c>planned</c>, <c>paying</c>, <c>completed</c>, or <c>repeated</c>: completed, and run again; nothing was paid by that.</param>
/// <param name="Period">The day of the run, UTC. A merchant has one batch for a day, whatever repeats.</param>
/// <param name="PayAt">When it is paid.</param>
/// <param name="Lines">One for each currency that had enough.</param>
public sealed record PayoutBatch(Guid Id, string Status, DateOnly Period, DateTimeOffset PayAt, ImmutableArray<PayoutLine> Lines, DateTimeOffset CreatedAt);

/// <param name="Id">Follows from batch and currency, so that the same line is paid once.</param>
/// <param name="Amount">What was there when the batch was planned: at most this is paid.</param>
/// <param name="Status"><c>planned</c>, <c>claimed</c> or <c>skipped</c>.</param>
/// <param name="ClaimedBy">Of a claimed line: <c>schedule</c> or <c>hand</c>.</param>
/// <param name="SkippedReason">Of a skipped line: <c>below_minimum</c>, <c>destination_not_found</c>, <c>owes</c> or <c>account_not_open</c>.</param>
/// <param name="PayoutId">Of a claimed line.</param>
public sealed record PayoutLine(
    string Id, Money Amount, Guid DestinationId, string Status, string? ClaimedBy, string? SkippedReason, Guid? PayoutId);
