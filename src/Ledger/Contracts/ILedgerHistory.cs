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
    DateTimeOffset Timestamp)
{
    /// <summary>Totals of the debited account after this transfer.</summary>
    public AccountTotals DebitAfter { get; init; }

    /// <summary>Totals of the credited account after this transfer.</summary>
    public AccountTotals CreditAfter { get; init; }

    /// <summary>For pending with a time-out, and for extend: when it expires.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The day it stands on in the books.</summary>
    public DateOnly EffectiveDate { get; init; }

    /// <summary>For an adjustment: the day in a closed period that was asked for.</summary>
    public DateOnly? AskedDate { get; init; }

    /// <summary>A JSON object of the caller's.</summary>
    public string? Metadata { get; init; }
}

/// <summary>What to find transactions by; all that is given must match.</summary>
/// <param name="Reference">The exact reference.</param>
/// <param name="MetadataKey">With <paramref name="MetadataValue"/>: a scalar member of the metadata and its text.</param>
/// <param name="BeforeSequence">Only transactions with a lower first sequence; <see cref="ulong.MaxValue"/> starts at the newest.</param>
/// <param name="Limit">1 to 1,000.</param>
public sealed record TransactionSearch(string? Reference, string? MetadataKey, string? MetadataValue, ulong BeforeSequence, int Limit);



/// <summary>Reads of what was committed, at any sequence. They go to the journal's store; the writer is asked only for what no index holds yet.</summary>
public interface ILedgerHistory
{
    /// <summary>The transfers of one transaction in their order; empty when it is not known.</summary>
    ValueTask<ImmutableArray<JournalEntry>> GetTransactionAsync(TransactionId id, CancellationToken cancellationToken);

    /// <summary>Transfers that touch any account of an address, newest first.</summary>
    /// <param name="beforeSequence">Only entries with a lower sequence; <see cref="ulong.MaxValue"/> starts at the newest.</param>
    /// <param name="limit">1 to 1,000.</param>
    ValueTask<ImmutableArray<JournalEntry>> GetEntriesAsync(
        AccountAddress address, ulong beforeSequence, int limit, CancellationToken cancellationToken);

    /// <summary>The first transfer of each transaction that is found, newest first.</summary>
    /// <exception cref="ArgumentException">
    /// Nothing to search by, a key without its value, or key and value too long for the index (together 255 characters): never a silently empty answer.
    /// </exception>
    ValueTask<ImmutableArray<JournalEntry>> FindAsync(TransactionSearch search, CancellationToken cancellationToken);

    /// <summary>The last sequence that was committed at or before a moment, by ledger time; 0 before the first.</summary>
    ValueTask<ulong> GetSequenceAtAsync(DateTimeOffset time, CancellationToken cancellationToken);

    /// <summary>The balance that an account had right after a sequence; <see langword="null"/> when it is not open now.</summary>
    /// <remarks>Standing and flags are those of now.</remarks>
    ValueTask<AccountBalance?> GetBalanceAtAsync(AccountId account, ulong sequence, CancellationToken cancellationToken);

    /// <summary>The balances right after a sequence of all accounts whose address starts with <paramref name="addressPrefix"/>. Adds up history: long on a long one.</summary>
    ValueTask<ImmutableArray<AccountBalance>> GetBalancesAtAsync(string addressPrefix, ulong sequence, CancellationToken cancellationToken);
}
