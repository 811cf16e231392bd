namespace Florin.Ledger.Journal;

/// <summary>An account as it stands in the journal. Inserted once, never changed.</summary>
/// <param name="Number">1, 2, 3 … in order of opening: what transfers refer to.</param>
public sealed record AccountRow(long Number, AccountId Id, NormalSide NormalSide, AccountFlags Flags);

/// <summary>One transfer as it stands in the journal. Inserted once, never changed.</summary>
/// <param name="Sequence">1, 2, 3 … without gaps over the whole ledger.</param>
/// <param name="Index">Position in its transaction, 0 to <paramref name="Count"/> - 1.</param>
/// <param name="Count">How many transfers its transaction has.</param>
/// <param name="Amount">
/// What it moves (posted, post, post part, reverse), reserves (pending, increase) or releases (void, expire, release). Zero only for extend.
/// </param>
/// <param name="RelatedIndex">Position in the related transaction of the transfer that this one acts on; else -1.</param>
/// <param name="Released">For post: how much of the reservation ends with it, at least <paramref name="Amount"/>; else zero.</param>
/// <param name="ExpiresAt">For pending with a time-out, and for extend: when it expires, by ledger time.</param>
/// <param name="DebitAfter">Totals of the debited account after this transfer.</param>
/// <param name="CreditAfter">Totals of the credited account after this transfer.</param>
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
    short RelatedIndex,
    UInt128 Released,
    DateTimeOffset? ExpiresAt,
    AccountTotals DebitAfter,
    AccountTotals CreditAfter);

/// <summary>What a transaction carries beyond its transfers; only where it carries something.</summary>
/// <param name="Sequence">The sequence of the transaction's first transfer.</param>
/// <param name="EffectiveDate">The day it stands on in the books; <see langword="null"/> is the day of its time stamp.</param>
/// <param name="AskedDate">For an adjustment: the day in a closed period that was asked for.</param>
/// <param name="Terms">What else was asked (balancing, conditions, policy) in the ledger's own encoding: a repeat is compared with it.</param>
public sealed record DetailRow(
    long Sequence, TransactionId TransactionId, DateOnly? EffectiveDate, DateOnly? AskedDate, string? Reference, string? Metadata, ReadOnlyMemory<byte>? Terms);

/// <summary>An account got another standing. Inserted once, never changed.</summary>
/// <param name="AfterSequence">Sequence of the last transfer before the change.</param>
/// <param name="Position">1, 2, 3 … within its batch.</param>
public sealed record StandingRow(long Account, AccountStanding Standing, long AfterSequence, int Position);

/// <summary>A use of a limit. Inserted once, never changed.</summary>
/// <param name="Used">What the counter holds after it.</param>
/// <param name="Position">1, 2, 3 … within its batch.</param>
public sealed record LimitRow(string Key, UInt128 Amount, UInt128 Used, UInt128 Max, DateTimeOffset ForgetAfter, long AfterSequence, int Position);

/// <summary>The books were closed through a day. Inserted once, never changed.</summary>
public sealed record PeriodRow(DateOnly Through, long AfterSequence);

/// <summary>The end of the journal.</summary>
/// <param name="Epoch">Counts the writers; a writer with a lower epoch is fenced.</param>
/// <param name="Batch">Number of the last batch; 0 before the first.</param>
/// <param name="Sequence">Sequence of the last transfer; 0 before the first.</param>
/// <param name="Timestamp">Ledger time of the last batch.</param>
public sealed record JournalHead(long Epoch, long Batch, long Sequence, DateTimeOffset Timestamp);
