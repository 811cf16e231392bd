using System.Collections.Immutable;

namespace Florin.Ledger.Cluster;

/// <summary>The ledger of this node in one term. Gives no answer that another leader could have made stale.</summary>
internal sealed class Leadership(ILedgerHost ledger, HeldLease lease, string token) : ILeaderLedger
{
    public string Token => token;

    public async ValueTask<SubmissionResult> SubmitAsync(Submission submission, CancellationToken cancellationToken) =>
        await ConfirmedAsync(await ledger.SubmitAsync(submission, cancellationToken), cancellationToken);

    public async ValueTask<IReadOnlyList<TransactionResult>> SubmitManyAsync(
        IReadOnlyList<Transaction> transactions, CancellationToken cancellationToken) =>
        await ConfirmedAsync(await ledger.SubmitManyAsync(transactions, cancellationToken), cancellationToken);

    public async ValueTask<RecentEntries> GetRecentEntriesAsync(
        AccountId account, ulong beforeSequence, int limit, CancellationToken cancellationToken) =>
        await ConfirmedAsync(await ledger.GetRecentEntriesAsync(account, beforeSequence, limit, cancellationToken), cancellationToken);

    public async ValueTask<ImmutableArray<ulong>> LocateAsync(TransactionId id, CancellationToken cancellationToken) =>
        await ConfirmedAsync(await ledger.LocateAsync(id, cancellationToken), cancellationToken);

    public async ValueTask<AccountBalance?> GetBalanceAsync(AccountId account, CancellationToken cancellationToken) =>
        await ConfirmedAsync(await ledger.GetBalanceAsync(account, cancellationToken), cancellationToken);

    public async ValueTask<ImmutableArray<AccountBalance>> GetBalancesAsync(string addressPrefix, CancellationToken cancellationToken) =>
        await ConfirmedAsync(await ledger.GetBalancesAsync(addressPrefix, cancellationToken), cancellationToken);

    public async ValueTask<byte[]> GetStateHashAsync(CancellationToken cancellationToken) =>
        await ConfirmedAsync(await ledger.GetStateHashAsync(cancellationToken), cancellationToken);

    // Afterwards, not before: the lease may end while the answer is made. Refusals come from memory alone, as reads do.
    private async ValueTask<T> ConfirmedAsync<T>(T answer, CancellationToken cancellationToken)
    {
        await lease.ConfirmAsync(cancellationToken);
        return answer;
    }
}
