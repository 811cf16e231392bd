using System.Collections.Immutable;

namespace Florin.Ledger;

/// <summary>The double-entry ledger: one writer, group commit, answers after the commit is durable. Thread-safe.</summary>
public interface ILedger
{
    /// <summary>Applies a submission, and answers when it is durable or refused.</summary>
    /// <param name="cancellationToken">
    /// Honoured while the submission waits for a place in the queue. Afterwards it only ends the caller's waiting: the outcome is then unknown,
    /// and the same submission, sent again, tells it.
    /// </param>
    /// <exception cref="ArgumentException">More than the limits of a submission, or an account that no journal can hold: the caller's bug.</exception>
    /// <exception cref="LedgerUnavailableException">The ledger is stopping or cannot reach its journal. Nothing is known; send again later.</exception>
    ValueTask<SubmissionResult> SubmitAsync(Submission submission, CancellationToken cancellationToken);

    /// <summary>The balance of an account, in the order of the queue: it shows all that was acknowledged before and nothing that was not.</summary>
    /// <returns><see langword="null"/> when the account is not open.</returns>
    ValueTask<AccountBalance?> GetBalanceAsync(AccountId account, CancellationToken cancellationToken);

    /// <summary>The balances of all accounts whose address starts with <paramref name="addressPrefix"/>, ordered by address and asset.</summary>
    ValueTask<ImmutableArray<AccountBalance>> GetBalancesAsync(string addressPrefix, CancellationToken cancellationToken);
}

/// <summary>The ledger cannot answer now. Transient; what was submitted may or may not have been applied, ask again by id.</summary>
public sealed class LedgerUnavailableException : Exception
{
    public LedgerUnavailableException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
