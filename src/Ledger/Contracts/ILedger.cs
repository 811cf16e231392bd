using System.Collections.Immutable;

namespace Florin.Ledger;

/// <summary>The double-entry ledger: one writer, group commit, answers after the commit is durable. Thread-safe.</summary>
public interface ILedger
{
    /// <summary>The most transactions in one bulk.</summary>
    const int BulkTransactionsMax = 8_000;

    /// <summary>The most transfers in one bulk.</summary>
    const int BulkTransfersMax = 8_192;

    /// <summary>As how many transfers of a bulk a transaction counts that acts on another one.</summary>
    const int BulkTransfersOfRelated = 8;

    /// <summary>
    /// As how many transfers a transaction counts in a bulk. What acts on another transaction has as many as that one, which only the ledger knows.
    /// </summary>
    static int TransfersOf(Transaction transaction) => !transaction.Transfers.IsDefaultOrEmpty ? transaction.Transfers.Length
        : transaction.Related is null ? 1
        : BulkTransfersOfRelated;

    /// <summary>Applies a submission, and answers when it is durable or refused.</summary>
    /// <param name="cancellationToken">
    /// Honoured while the submission waits for a place in the queue. Afterwards it only ends the caller's waiting: the outcome is then unknown,
    /// and the same submission, sent again, tells it.
    /// </param>
    /// <exception cref="ArgumentException">More than the limits of a submission, or an account that no journal can hold: the caller's bug.</exception>
    /// <exception cref="LedgerUnavailableException">The ledger is stopping or cannot reach its journal. Nothing is known; send again later.</exception>
    ValueTask<SubmissionResult> SubmitAsync(Submission submission, CancellationToken cancellationToken);

    /// <summary>Applies many transactions, each for itself, in this order, and answers when all are durable or refused.</summary>
    /// <param name="transactions">At most <see cref="BulkTransactionsMax"/> with at most <see cref="BulkTransfersMax"/> transfers in all.</param>
    /// <returns>One result for each, in the same order.</returns>
    /// <exception cref="ArgumentException">More than the limits: the caller's bug.</exception>
    /// <exception cref="LedgerUnavailableException">As with <see cref="SubmitAsync"/>; some may have been applied.</exception>
    ValueTask<IReadOnlyList<TransactionResult>> SubmitManyAsync(IReadOnlyList<Transaction> transactions, CancellationToken cancellationToken);

    /// <summary>
    /// Sequences of the newest transfers that touch an account, newest first, from the writer's memory: what no index holds yet.
    /// </summary>
    /// <param name="beforeSequence">Only lower ones.</param>
    /// <param name="limit">1 to 1,000.</param>
    ValueTask<RecentEntries> GetRecentEntriesAsync(AccountId account, ulong beforeSequence, int limit, CancellationToken cancellationToken);

    /// <summary>Where a transaction may stand: the sequences of first transfers, nearly always none or one. Whoever asks compares the id.</summary>
    ValueTask<ImmutableArray<ulong>> LocateAsync(TransactionId id, CancellationToken cancellationToken);

    /// <summary>The balance of an account, in the order of the queue: it shows all that was acknowledged before and nothing that was not.</summary>
    /// <returns><see langword="null"/> when the account is not open.</returns>
    ValueTask<AccountBalance?> GetBalanceAsync(AccountId account, CancellationToken cancellationToken);

    /// <summary>The balances of all accounts whose address starts with <paramref name="addressPrefix"/>, ordered by address and asset.</summary>
    ValueTask<ImmutableArray<AccountBalance>> GetBalancesAsync(string addressPrefix, CancellationToken cancellationToken);
}

/// <param name="FromSequence">The oldest sequence that memory covers; older ones are in the indexes of the journal's store.</param>
/// <param name="Sequences">Newest first.</param>
public sealed record RecentEntries(ulong FromSequence, ImmutableArray<ulong> Sequences);

/// <summary>The ledger cannot answer now. Transient; what was submitted may or may not have been applied, ask again by id.</summary>
public sealed class LedgerUnavailableException : Exception
{
    public LedgerUnavailableException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
