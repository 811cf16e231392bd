using System.Collections.Immutable;
using Florin.Ledger;

namespace Florin.Tests.Wallets;

/// <summary>A ledger that records, as far as whoever asks before taking money can tell; or, when told so, one that does not.</summary>
internal sealed class AnsweringLedger : ILedger
{
    public bool IsAway { get; set; }

    public ValueTask<AccountBalance?> GetBalanceAsync(AccountId account, CancellationToken cancellationToken) =>
        IsAway ? throw new LedgerUnavailableException("It is away.") : ValueTask.FromResult<AccountBalance?>(null);

    public ValueTask<SubmissionResult> SubmitAsync(Submission submission, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<TransactionResult>> SubmitManyAsync(
        IReadOnlyList<Transaction> transactions, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<RecentEntries> GetRecentEntriesAsync(
        AccountId account, ulong beforeSequence, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<ImmutableArray<ulong>> LocateAsync(TransactionId id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<ImmutableArray<AccountBalance>> GetBalancesAsync(string addressPrefix, CancellationToken cancellationToken) =>
        throw new NotSupportedException();
}
