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

    /// <summary>The most accounts in one submission: two for each transfer that it may hold.</summary>
    public const int AccountsMax = 2 * TransactionsMax * Transaction.TransfersMax;

    /// <summary>Accounts to open first when they are not open yet. They stay open even when the transactions are refused.</summary>
    public ImmutableArray<AccountDefinition> Accounts { get; init; } = [];

    /// <summary>Applied in this order; none is applied unless all are (or already were).</summary>
    public ImmutableArray<Transaction> Transactions { get; init; } = [];

    /// <summary>
    /// Written when at least one transaction is newly <see cref="TransactionStatus.Created"/>, or when there are no transactions at all. Not
    /// written when every transaction already <see cref="TransactionStatus.Exists"/>: then it was written with the first application.
    /// </summary>
    public ICommitParticipant? Participant { get; init; }
}

/// <summary>What became of one transaction.</summary>
/// <param name="TransferIndex">The transfer that <paramref name="Status"/> speaks of, or -1.</param>
/// <param name="Sequence">Ledger sequence of its first transfer; of the original when it exists; else 0.</param>
/// <param name="Timestamp">Ledger time of its application; of the original when it exists.</param>
public readonly record struct TransactionResult(TransactionStatus Status, int TransferIndex, ulong Sequence, DateTimeOffset Timestamp);

/// <summary>What became of a submission.</summary>
/// <param name="Status">
/// <see cref="TransactionStatus.Created"/> when anything was newly applied, <see cref="TransactionStatus.Exists"/> when all was there before,
/// else the first refusal.
/// </param>
public sealed record SubmissionResult(TransactionStatus Status, ImmutableArray<TransactionResult> Transactions)
{
    public bool IsApplied => Status.IsApplied();
}
