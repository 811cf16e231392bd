namespace Florin.Providers;

/// <summary>
/// Tells what a provider has paid out to our bank, and of what each payout was made up: reports and balance transactions in one form. Implementations are
/// thread-safe. Nothing here moves money.
/// </summary>
/// <remarks>
/// A batch is one transfer to our bank. A line is one movement of our balance at the provider that the batch holds. Amounts are signed, in smallest units by
/// ISO 4217: above zero is money for us. A line's id is the provider's own; where a provider has none, the connector makes one of the line's content and its
/// place in the report, so that a report read twice gives the same ids, and two equal lines of one report have two (faults I-13, I-14).
/// Some providers keep one balance for all and do not say what a transfer out of it is made up of: see <see cref="NamesLines"/>.
/// </remarks>
public interface ISettlementSource
{
    /// <summary>The name in account addresses and references: <c>stripe</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Whether the provider says which lines a batch holds. Where it does not, <see cref="ListLinesAsync"/> lists what the balance did up to the batch, each
    /// with its time, and the caller decides which of it has left with the batch.
    /// </summary>
    bool NamesLines => true;

    /// <summary>Batches that were made after a cursor, oldest first, in whatever state they are.</summary>
    /// <param name="cursor"><see langword="null"/> starts at the oldest batch made after <paramref name="notBefore"/>.</param>
    /// <param name="notBefore">Without a cursor: how far to look back. Where lines are not named nothing earlier is listed, with or without one.</param>
    ValueTask<ProviderLookup<SettlementPage<SettlementBatch>>> ListBatchesAsync(string? cursor, DateTimeOffset notBefore, CancellationToken cancellationToken);

    ValueTask<ProviderLookup<SettlementBatch>> GetBatchAsync(string batchId, CancellationToken cancellationToken);

    /// <summary>The lines of a batch that is paid, always in the same order.</summary>
    /// <param name="cursor">
    /// <see langword="null"/> for the first page. Where lines are not named the last page's cursor is kept, and the next batch's lines are listed from it on:
    /// what was listed before may be listed again, and may have changed.
    /// </param>
    /// <param name="notBefore">
    /// Where lines are not named: what the balance did before it is not listed; without a cursor the first line is what the balance was then. Always the same
    /// for a provider.
    /// </param>
    ValueTask<ProviderLookup<SettlementPage<SettlementLine>>> ListLinesAsync(
        string batchId, string? cursor, DateTimeOffset notBefore, CancellationToken cancellationToken);
}

/// <param name="NextCursor">Where to go on; <see langword="null"/> or the given cursor when there was nothing.</param>
public sealed record SettlementPage<T>(IReadOnlyList<T> Items, string? NextCursor, bool HasMore);

public enum SettlementBatchStatus
{
    /// <summary>A state that this version does not know. Never taken for paid.</summary>
    Unrecognised = 0,

    /// <summary>On its way, or its lines are not known yet.</summary>
    Pending = 1,

    /// <summary>Said to be at our bank; may still fail (fault R-17).</summary>
    Paid = 2,

    /// <summary>It did not arrive, or came back: the provider holds the money again.</summary>
    Failed = 3,
}

/// <param name="Id">The provider's id of the transfer, or the name of its report.</param>
/// <param name="MinorUnits">What the bank gets; below zero what it is debited.</param>
/// <param name="Currency">Upper-case ISO 4217 code.</param>
/// <param name="RawStatus">The provider's own word.</param>
public sealed record SettlementBatch(string Id, SettlementBatchStatus Status, Int128 MinorUnits, string Currency, string RawStatus);

public enum SettlementLineKind
{
    /// <summary>None of the others: nobody is named for it.</summary>
    Other = 0,

    /// <summary>A captured payment.</summary>
    Payment = 1,
    Refund = 2,

    /// <summary>A refund that the payer's bank sent back (fault R-03).</summary>
    RefundReturned = 3,

    /// <summary>What was withheld for a dispute, with its fee.</summary>
    Dispute = 4,

    /// <summary>What a dispute that was won gave back.</summary>
    DisputeReversal = 5,

    /// <summary>What the provider takes for itself.</summary>
    Fee = 6,

    /// <summary>The scheme did not pay for a captured payment, or took the money back without a dispute (fault R-17).</summary>
    PaymentReversal = 7,

    /// <summary>A batch that had not arrived is in this one.</summary>
    BatchReturned = 8,

    /// <summary>Paid out to somebody by a payout of ours, or come back of one.</summary>
    Payout = 9,

    /// <summary>What the provider withholds of the balance for a while, or lets go: it is ours all the same.</summary>
    Withheld = 10,

    /// <summary>No line of the provider's: what a batch has brought ahead of the lines that are listed, or what lines had been brought before.</summary>
    Carried = 11,
}

/// <param name="Id">The provider's id of the line.</param>
/// <param name="SourceId">The provider's id of what it is about: a charge, a refund, a dispute, another batch; empty when it names none.</param>
/// <param name="PaymentId">The payment that it belongs to, as <see cref="IAcquirer"/> names payments, or null.</param>
/// <param name="OurReference">Of a payment: our flow's id, where the provider tells it.</param>
/// <param name="Gross">Signed.</param>
/// <param name="Fee">Signed: above zero is what the provider keeps. What the batch holds of the line is gross less fee.</param>
/// <param name="RawKind">The provider's own word.</param>
public sealed record SettlementLine(
    string Id,
    SettlementLineKind Kind,
    string SourceId,
    string? PaymentId,
    string? OurReference,
    Int128 Gross,
    Int128 Fee,
    string Currency,
    string RawKind)
{
    /// <summary>When the balance moved; only where lines are not named.</summary>
    public DateTimeOffset? At { get; init; }

    public Int128 Net => Gross - Fee;
}
