using System.Collections.Immutable;

namespace Florin.Ledger.Cluster;

/// <summary>The ledger of the node that leads, over the wire.</summary>
internal sealed class FollowedLedger(ILedgerForwarder forwarder, LedgerPeer peer) : ILeaderLedger
{
    public ValueTask<SubmissionResult> SubmitAsync(Submission submission, CancellationToken cancellationToken) =>
        forwarder.CallAsync<Submission, SubmissionResult>(peer, LedgerOperations.Submit, submission, cancellationToken);

    public ValueTask<AccountBalance?> GetBalanceAsync(AccountId account, CancellationToken cancellationToken) =>
        forwarder.CallAsync<AccountId, AccountBalance?>(peer, LedgerOperations.Balance, account, cancellationToken);

    public ValueTask<ImmutableArray<AccountBalance>> GetBalancesAsync(string addressPrefix, CancellationToken cancellationToken) =>
        forwarder.CallAsync<string, ImmutableArray<AccountBalance>>(peer, LedgerOperations.Balances, addressPrefix, cancellationToken);

    public ValueTask<byte[]> GetStateHashAsync(CancellationToken cancellationToken) =>
        forwarder.CallAsync<bool, byte[]>(peer, LedgerOperations.StateHash, true, cancellationToken);
}
