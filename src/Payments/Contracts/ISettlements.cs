using System.Collections.Immutable;

namespace Florin.Payments;

/// <summary>What providers have paid out to the house's bank, for its operators. Thread-safe.</summary>
public interface ISettlements
{
    /// <summary>Newest first.</summary>
    /// <param name="before">Only settlements made known before this one.</param>
    /// <param name="limit">1 to 200.</param>
    ValueTask<ImmutableArray<ProviderSettlement>> ListAsync(Guid? before, int limit, CancellationToken cancellationToken);

    /// <summary>The lines of a settlement in the provider's order; <see langword="null"/> when there is no such settlement.</summary>
    /// <param name="after">Only lines with a higher number; 0 for all.</param>
    /// <param name="limit">1 to 200.</param>
    ValueTask<ImmutableArray<SettlementEntry>?> ListLinesAsync(Guid settlementId, int after, int limit, CancellationToken cancellationToken);
}

/// <param name="BatchId">The provider's id of the transfer.</param>
/// <param name="Status"><c>pending</c>, <c>posting</c>, <c>settled</c>, <c>returned</c> or <c>duplicate</c>.</param>
/// <param name="MinorUnits">Signed smallest units: what the bank gets.</param>
/// <param name="Currency">Upper-case code.</param>
/// <param name="Lines">Lines that came with it for the first time.</param>
/// <param name="Duplicates">Lines that came before, with another transfer; they are not posted again (fault I-13).</param>
/// <param name="ParkedReason">Why it waits for a person, or null.</param>
public sealed record ProviderSettlement(
    Guid Id,
    string Provider,
    string BatchId,
    string Status,
    Int128 MinorUnits,
    string Currency,
    int Lines,
    int Duplicates,
    string? ParkedReason,
    DateTimeOffset NoticedAt);

/// <param name="Number">Its place, from 1.</param>
/// <param name="LineId">The provider's id.</param>
/// <param name="Type"><c>payment</c>, <c>refund</c>, <c>refund_returned</c>, <c>dispute</c>, <c>dispute_reversal</c>, <c>fee</c>, <c>payment_reversal</c>, <c>batch_returned</c>, <c>payout</c>, <c>withheld</c>, <c>carried</c> or <c>other</c>.</param>
/// <param name="Gross">Signed smallest units.</param>
/// <param name="Fee">Signed smallest units: what the provider kept.</param>
/// <param name="PaymentId">The payment or deposit that it belongs to, or null.</param>
/// <param name="Difference">Signed smallest units: what was settled more than was captured (fault R-14).</param>
/// <param name="InSuspense">Nobody is named for it.</param>
public sealed record SettlementEntry(
    int Number, string LineId, string Type, string SourceId, Int128 Gross, Int128 Fee, string Currency, Guid? PaymentId, Int128 Difference, bool InSuspense);
