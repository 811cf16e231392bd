using System.Collections.Immutable;

namespace Florin.Ledger;

/// <summary>
/// Work of another module that commits in the same database transaction as the transfers it belongs to: a flow's transition, a limit counter.
/// Opaque to the ledger; the journal's implementation knows how to write each <see cref="ParticipantKind"/> set-wise.
/// </summary>
public interface ICommitParticipant
{
    /// <summary>Selects the writer. One writer writes all participants of its kind in a batch.</summary>
    string ParticipantKind { get; }
}

/// <summary>Transactions that are all applied, or none, together with the work that belongs to them.</summary>
public sealed record Submission
{
    /// <summary>The most transactions in one submission.</summary>
    public const int TransactionsMax = 64;

    /// <summary>The most account changes in one submission.</summary>
    public const int AccountChangesMax = 64;

    /// <summary>The most limits in one submission.</summary>
    public const int LimitsMax = 16;

    /// <summary>The most accounts in one submission: two for each transfer that it may hold.</summary>
    public const int AccountsMax = 2 * TransactionsMax * Transaction.TransfersMax;

    /// <summary>Accounts to open first when they are not open yet. They stay open even when the transactions are refused.</summary>
    public ImmutableArray<AccountDefinition> Accounts { get; init; } = [];

    /// <summary>
    /// The last moment, by ledger time, at which this submission may be applied; later it is refused with
    /// <see cref="TransactionStatus.DeadlinePassed"/>, and was definitely not applied. <see langword="null"/> is no limit.
    /// </summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>
    /// Freezing, closing and opening again, before the transactions. Naming the standing that an account has already is no change. Not made again
    /// when there are transactions and every one already <see cref="TransactionStatus.Exists"/>.
    /// </summary>
    public ImmutableArray<AccountChange> AccountChanges { get; init; } = [];

    /// <summary>
    /// Closes the books up to and with this day, before the transactions: effective dates in it are refused or posted as adjustments. Must lie
    /// before the day of the ledger's time stamp; a day that is closed already is no change. In a repeat as with <see cref="AccountChanges"/>.
    /// </summary>
    public DateOnly? ClosePeriodThrough { get; init; }

    /// <summary>What the transactions use of limits. Counted when at least one transaction is newly created, refused as a whole when one is exceeded.</summary>
    public ImmutableArray<LimitUse> Limits { get; init; } = [];

    /// <summary>Applied in this order; none is applied unless all are (or already were).</summary>
    public ImmutableArray<Transaction> Transactions { get; init; } = [];

    /// <summary>
    /// Written when at least one transaction is newly <see cref="TransactionStatus.Created"/>, or when there are no transactions at all. Not
    /// written when every transaction already <see cref="TransactionStatus.Exists"/>: then it was written with the first application.
    /// </summary>
    public ICommitParticipant? Participant { get; init; }
}

/// <summary>Another standing for an account.</summary>
public readonly record struct AccountChange(AccountId Account, AccountStanding Standing);

/// <summary>Counts an amount against a limit, in the same commit as the transfers: a racing request cannot exceed it.</summary>
/// <param name="Key">Names the counter with its window, such as <c>withdrawals:user:7:2026-11-21</c>. 1 to 200 characters, no NUL.</param>
/// <param name="Amount">What to add; any unit, the same for all uses of the key.</param>
/// <param name="Max">The most that the counter may hold after the addition.</param>
/// <param name="ForgetAfter">When the window is over: the counter then leaves memory, the journal keeps it.</param>
public readonly record struct LimitUse(string Key, UInt128 Amount, UInt128 Max, DateTimeOffset ForgetAfter)
{
    /// <summary>The longest key, in characters.</summary>
    public const int KeyLengthMax = 200;
}

/// <summary>What one transfer did, with the totals of both accounts after it.</summary>
/// <param name="Amount">What it moved or reserved: for a balancing transfer less than asked, perhaps.</param>
public readonly record struct TransferOutcome(UInt128 Amount, AccountTotals Debit, AccountTotals Credit);

/// <summary>What became of one transaction.</summary>
/// <param name="TransferIndex">The transfer that <paramref name="Status"/> speaks of, or -1.</param>
/// <param name="Sequence">Ledger sequence of its first transfer; of the original when it exists; else 0.</param>
/// <param name="Timestamp">Ledger time of its application; of the original when it exists.</param>
public readonly record struct TransactionResult(TransactionStatus Status, int TransferIndex, ulong Sequence, DateTimeOffset Timestamp)
{
    /// <summary>
    /// One for each transfer that stands in the journal; of the original, with the totals of then, when it exists. Empty when it was refused.
    /// </summary>
    public ImmutableArray<TransferOutcome> Transfers { get; init; } = [];

    // An array compares by reference; a result is what it says.
    public bool Equals(TransactionResult other) =>
        Status == other.Status && TransferIndex == other.TransferIndex && Sequence == other.Sequence && Timestamp == other.Timestamp
        && Transfers.AsSpan().SequenceEqual(other.Transfers.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Status, TransferIndex, Sequence, Timestamp);
}

/// <summary>What became of a submission.</summary>
/// <param name="Status">
/// <see cref="TransactionStatus.Created"/> when anything was newly applied, <see cref="TransactionStatus.Exists"/> when all was there before,
/// else the first refusal.
/// </param>
public sealed record SubmissionResult(TransactionStatus Status, ImmutableArray<TransactionResult> Transactions)
{
    public bool IsApplied => Status.IsApplied();
}
