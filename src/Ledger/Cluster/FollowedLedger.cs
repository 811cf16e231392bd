using System.Collections.Immutable;

namespace Florin.Ledger.Cluster;

/// <summary>The ledger of the node that leads, over the wire.</summary>
internal sealed class FollowedLedger(ILedgerForwarder forwarder, LedgerPeer peer) : ILeaderLedger
{
    /// <summary>A third of what a body may hold in bytes, because a character is at most three.</summary>
    private const int PartWeightMax = 2 << 20;

    private const int TransactionWeight = 512;
    private const int TransferWeight = 768;
    private const int AmountWeight = 48;

    public ValueTask<SubmissionResult> SubmitAsync(Submission submission, CancellationToken cancellationToken) =>
        forwarder.CallAsync<Submission, SubmissionResult>(peer, LedgerOperations.Submit, submission, cancellationToken);

    /// <summary>In parts, because a request's body is limited; each transaction is for itself anyway.</summary>
    public async ValueTask<IReadOnlyList<TransactionResult>> SubmitManyAsync(
        IReadOnlyList<Transaction> transactions, CancellationToken cancellationToken)
    {
        List<TransactionResult> results = new(transactions.Count);
        while (results.Count < transactions.Count)
        {
            Transaction[] part = Part(transactions, results.Count);
            results.AddRange(await forwarder.CallAsync<Transaction[], TransactionResult[]>(peer, LedgerOperations.SubmitMany, part, cancellationToken));
        }

        return results;
    }

    public ValueTask<RecentEntries> GetRecentEntriesAsync(AccountId account, ulong beforeSequence, int limit, CancellationToken cancellationToken) =>
        forwarder.CallAsync<RecentEntriesRequest, RecentEntries>(
            peer, LedgerOperations.RecentEntries, new RecentEntriesRequest(account, beforeSequence, limit), cancellationToken);

    public ValueTask<ImmutableArray<ulong>> LocateAsync(TransactionId id, CancellationToken cancellationToken) =>
        forwarder.CallAsync<TransactionId, ImmutableArray<ulong>>(peer, LedgerOperations.Locate, id, cancellationToken);

    public ValueTask<AccountBalance?> GetBalanceAsync(AccountId account, CancellationToken cancellationToken) =>
        forwarder.CallAsync<AccountId, AccountBalance?>(peer, LedgerOperations.Balance, account, cancellationToken);

    public ValueTask<ImmutableArray<AccountBalance>> GetBalancesAsync(string addressPrefix, CancellationToken cancellationToken) =>
        forwarder.CallAsync<string, ImmutableArray<AccountBalance>>(peer, LedgerOperations.Balances, addressPrefix, cancellationToken);

    public ValueTask<byte[]> GetStateHashAsync(CancellationToken cancellationToken) =>
        forwarder.CallAsync<bool, byte[]>(peer, LedgerOperations.StateHash, true, cancellationToken);

    private static Transaction[] Part(IReadOnlyList<Transaction> transactions, int from)
    {
        List<Transaction> part = [];
        int weight = 0;
        for (int index = from; index < transactions.Count; index++)
        {
            weight += Weight(transactions[index]);
            if (part.Count > 0 && weight > PartWeightMax)
            {
                break;
            }

            part.Add(transactions[index]);
        }

        return [.. part];
    }

    // Text counts once a character, everything else by what it is at most.
    private static int Weight(Transaction transaction) =>
        TransactionWeight + (transaction.Metadata?.Length ?? 0) + (transaction.Reference?.Length ?? 0)
        + (transaction.Transfers.IsDefault ? 0 : transaction.Transfers.Length * TransferWeight)
        + (transaction.Amounts.IsDefault ? 0 : transaction.Amounts.Length * AmountWeight);
}
