namespace Florin.Ledger.Journal;

/// <summary>An account as it stands in the journal. Inserted once, never changed.</summary>
/// <param name="Number">1, 2, 3 … in order of opening: what transfers refer to.</param>
public sealed record AccountRow(long Number, AccountId Id, NormalSide NormalSide, AccountFlags Flags);

/// <summary>One transfer as it stands in the journal. Inserted once, never changed.</summary>
/// <param name="Sequence">1, 2, 3 … without gaps over the whole ledger.</param>
/// <param name="Index">Position in its transaction, 0 to <paramref name="Count"/> - 1.</param>
/// <param name="Count">How many transfers its transaction has.</param>
/// <param name="RelatedIndex">Position in the related transaction of the transfer that this one posts, voids or reverses; else -1.</param>
public readonly record struct TransferRow(
    long Sequence,
    TransactionId TransactionId,
    TransactionKind Kind,
    short Index,
    short Count,
    long DebitAccount,
    long CreditAccount,
    UInt128 Amount,
    int Code,
    TransactionId? Related,
    short RelatedIndex);

/// <summary>What a transaction carries beyond its transfers; only where it carries something.</summary>
/// <param name="Sequence">The sequence of the transaction's first transfer.</param>
public sealed record DetailRow(long Sequence, TransactionId TransactionId, DateOnly? EffectiveDate, string? Reference, string? Metadata);

/// <summary>The running totals of one account.</summary>
public readonly record struct AccountTotals(UInt128 DebitsPending, UInt128 DebitsPosted, UInt128 CreditsPending, UInt128 CreditsPosted);

/// <summary>The end of the journal.</summary>
/// <param name="Epoch">Counts the writers; a writer with a lower epoch is fenced.</param>
/// <param name="Batch">Number of the last batch; 0 before the first.</param>
/// <param name="Sequence">Sequence of the last transfer; 0 before the first.</param>
/// <param name="Timestamp">Ledger time of the last batch.</param>
public sealed record JournalHead(long Epoch, long Batch, long Sequence, DateTimeOffset Timestamp);
