using Florin.Ledger.Journal;

namespace Florin.Ledger.Cluster;

/// <summary>The life of a node: watches the lease, follows whoever holds it, takes it when it has run out, leads until it is lost.</summary>
/// <remarks>
/// A lease has run out when this node has seen it unrenewed for its whole duration, counted on its own monotonic clock: no clock of any other
/// machine, the database's included, takes part in that. After an interruption it counts anew, so that a database that was away for
/// everybody leaves the leader in its place.
/// </remarks>
internal sealed class NodeLoop(LedgerNodeParts parts, Routes routes) : IAsyncDisposable
{
    private const int TokenBytes = 32;

    private readonly LedgerNodeOptions _options = parts.NodeOptions;
    private readonly TimeProvider _timeProvider = parts.TimeProvider;
    private readonly Guid _node = parts.IdSource.NextId();
    private LeaseView? _seen;
    private long _seenAt;

    /// <exception cref="InvariantException">The writer found a bug of ours.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await LookAsync(stopping);
                await Task.Delay(_options.LookEvery, _timeProvider, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (JournalException exception)
            {
                _seen = null;
                parts.NodeEvents.LeaseFailed(exception);
                await Task.Delay(_options.LookEvery, _timeProvider, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    public ValueTask DisposeAsync() => parts.Lease.DisposeAsync();

    private async ValueTask LookAsync(CancellationToken stopping)
    {
        LeaseView view = await WithPatienceAsync(parts.Lease.ReadAsync, stopping);
        parts.NodeEvents.LeaseReached();
        if (_seen is null || view.Term != _seen.Term || view.Renewals != _seen.Renewals || view.Holder != _seen.Holder)
        {
            (_seen, _seenAt) = (view, _timeProvider.GetTimestamp());
        }

        // This node's own: a takeover whose acknowledgement was lost, or a term that it gave up and could not give back.
        bool isFree = view.Holder is null || view.Holder == _node || _options.IsAlone || _timeProvider.GetElapsedTime(_seenAt) >= view.Duration;
        if (!isFree)
        {
            Follow(view);
            return;
        }

        string token = Convert.ToHexStringLower(parts.IdSource.NextSecret(TokenBytes));
        LeaseClaim claim = new(_node, _options.AdvertiseUrl, token, _options.LeaseTime);
        HeldLease held = new(_timeProvider, _options.LeaseTime - _options.LeaseMargin);
        (long Sent, DateTimeOffset At) sent = held.Now();
        if (await WithPatienceAsync(limit => parts.Lease.TryTakeAsync(view, claim, limit), stopping))
        {
            held.Renewed(sent);
            await new Term(parts, routes, view.Term + 1, token, held).LeadAsync(stopping);
            _seen = null;
        }
    }

    private void Follow(LeaseView view)
    {
        if (routes.Current is { } route && route.Term == view.Term)
        {
            return;
        }

        LedgerPeer peer = new(view.Term, view.Url!, view.Token);
        routes.Set(view.Term, LedgerRole.Follower, new FollowedLedger(parts.Forwarder, peer));
        parts.NodeEvents.Follows(view.Term, peer.Url);
    }

    private ValueTask<T> WithPatienceAsync<T>(Func<CancellationToken, ValueTask<T>> act, CancellationToken stopping) =>
        Patience.LimitAsync(act, _options.StatementPatience, _timeProvider, stopping);
}
