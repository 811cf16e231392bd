using System.Collections.Immutable;

namespace Florin.Ledger.Cluster;

/// <summary>The ledger of the node that leads, over the wire.</summary>
internal sealed class FollowedLedger(ILedgerForwarder forwarder, LedgerPeer peer) : ILeaderLedger
{
    public ValueTask<SubmissionResult> SubmitAsync(Submission submission, CancellationToken cancellationToken) =>
        forwarder.CallAsync<Submission, SubmissionResult>(peer, LedgerOperations.Submit, submission, cancellationToken);

    public ValueTask<IReadOnlyList<TransactionResult>> SubmitManyAsync(
        IReadOnlyList<Transaction> transactions, CancellationToken cancellationToken) =>
        forwarder.CallAsync<IReadOnlyList<Transaction>, IReadOnlyList<TransactionResult>>(peer, LedgerOperations.SubmitMany, transactions, cancellationToken);

    public ValueTask<RecentEntries> GetRecentEntriesAsync(AccountId account, ulong beforeSequence, int limit, CancellationToken cancellationToken) =>
        forwarder.CallAsync<RecentEntriesQuery, RecentEntries>(
            peer, LedgerOperations.RecentEntries, new RecentEntriesQuery(account, beforeSequence, limit), cancellationToken);

    public ValueTask<ImmutableArray<ulong>> LocateAsync(TransactionId id, CancellationToken cancellationToken) =>
        forwarder.CallAsync<TransactionId, ImmutableArray<ulong>>(peer, LedgerOperations.Locate, id, cancellationToken);

    public ValueTask<AccountBalance?> GetBalanceAsync(AccountId account, CancellationToken cancellationToken) =>
        forwarder.CallAsync<AccountId, AccountBalance?>(peer, LedgerOperations.Balance, account, cancellationToken);

    public ValueTask<ImmutableArray<AccountBalance>> GetBalancesAsync(string addressPrefix, CancellationToken cancellationToken) =>
        forwarder.CallAsync<string, ImmutableArray<AccountBalance>>(peer, LedgerOperations.Balances, addressPrefix, cancellationToken);

    public ValueTask<byte[]> GetStateHashAsync(CancellationToken cancellationToken) =>
        forwarder.CallAsync<bool, byte[]>(peer, LedgerOperations.StateHash, true, cancellationToken);
}
