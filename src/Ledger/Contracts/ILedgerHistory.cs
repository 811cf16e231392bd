using System.Collections.Immutable;

namespace Florin.Ledger;

/// <summary>One transfer as it stands in the journal.</summary>
public sealed record JournalEntry(
    ulong Sequence,
    TransactionId TransactionId,
    TransactionKind Kind,
    int TransferIndex,
    AccountId Debit,
    AccountId Credit,
    UInt128 Amount,
    int Code,
    TransactionId? Related,
    string? Reference,
    DateTimeOffset Timestamp);

/// <summary>Reads of what was committed. They go to the journal's store, not through the writer.</summary>
public interface ILedgerHistory
{
    /// <summary>The transfers of one transaction in their order; empty when it is not known.</summary>
    ValueTask<ImmutableArray<JournalEntry>> GetTransactionAsync(TransactionId id, CancellationToken cancellationToken);

    /// <summary>Transfers that touch any account of an address, newest first.</summary>
    /// <param name="beforeSequence">Only entries with a lower sequence; <see cref="ulong.MaxValue"/> starts at the newest.</param>
    /// <param name="limit">1 to 1,000.</param>
    ValueTask<ImmutableArray<JournalEntry>> GetEntriesAsync(
        AccountAddress address, ulong beforeSequence, int limit, CancellationToken cancellationToken);
}
