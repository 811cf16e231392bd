using System.Collections.Immutable;
using Florin.Ledger;

namespace Florin.Flows.Runner;

/// <summary>The durable flows of this process. Thread-safe.</summary>
internal sealed class FlowRunner : IFlowEngine, IDisposable
{
    private const int ListMax = 200;

    private readonly FlowKinds kinds;
    private readonly IFlowStore store;
    private readonly TimeProvider timeProvider;
    private readonly TimeSpan unknownMax;
    private readonly WakeSignal wake;
    private readonly TurnPool pool;
    private readonly FlowStarter starter;
    private readonly DueLoop loop;

    public FlowRunner(FlowEngineParts parts)
    {
        FlowOptions options = parts.Options;
        Invariant.Assert(options.TurnsMax > 0 && options.ClaimMax > 0 && options.StepsPerTurnMax > 0);
        Invariant.Assert(options.LeaseTime > TimeSpan.Zero && options.PollInterval > TimeSpan.Zero);
        Invariant.Assert(options.BackoffFirst > TimeSpan.Zero && options.BackoffMax >= options.BackoffFirst);

        kinds = new FlowKinds(parts.Handlers);
        store = parts.Store;
        timeProvider = parts.TimeProvider;
        unknownMax = options.UnknownMax;
        wake = new WakeSignal(timeProvider);
        StateWaiters waiters = new();
        Backoff backoff = new(options.BackoffFirst, options.BackoffMax, parts.Random);
        FlowCommit commit = new(store, parts.Ledger);
        pool = new TurnPool(new FlowTurn(kinds, store, commit, waiters, backoff, parts), waiters, wake, options.TurnsMax);
        starter = new FlowStarter(kinds, store, commit, pool, waiters, wake, parts);
        loop = new DueLoop(store, pool, wake, backoff, parts);
    }

    public ImmutableArray<FlowDefinition> Definitions => kinds.Definitions;

    public ValueTask DeclareAsync(CancellationToken cancellationToken) => store.DeclareAsync(kinds.Definitions, cancellationToken);

    public Task RunAsync(CancellationToken stop) => loop.RunAsync(stop);

    public ValueTask<FlowStartOutcome> StartAsync(FlowStart start, TimeSpan patience, CancellationToken cancellationToken) =>
        starter.StartAsync(start, patience, cancellationToken);

    public ValueTask<Flow?> GetAsync(FlowId id, CancellationToken cancellationToken) => store.GetAsync(id, cancellationToken);

    public ValueTask<Flow?> FindByProviderReferenceAsync(string providerReference, CancellationToken cancellationToken) =>
        store.FindByProviderReferenceAsync(providerReference, cancellationToken);

    public ValueTask<FlowId?> FindObligationHolderAsync(string obligation, CancellationToken cancellationToken) =>
        store.FindObligationHolderAsync(obligation, cancellationToken);

    public ValueTask<ImmutableArray<FlowHistoryEntry>> GetHistoryAsync(FlowId id, CancellationToken cancellationToken) =>
        store.GetHistoryAsync(id, cancellationToken);

    public ValueTask<ImmutableArray<Flow>> ListAsync(
        string ownerId, ImmutableArray<string> kinds, FlowId? before, int limit, CancellationToken cancellationToken)
    {
        Invariant.Assert(limit is > 0 and <= ListMax);
        return store.ListAsync(ownerId, kinds.IsDefault ? [] : kinds, before, limit, cancellationToken);
    }

    public ValueTask<ImmutableArray<UnknownFlow>> ListUnknownAsync(string? kind, int limit, CancellationToken cancellationToken)
    {
        Invariant.Assert(limit is > 0 and <= ListMax);
        return store.ListUnknownAsync(kind, timeProvider.Now() - unknownMax, limit, cancellationToken);
    }

    public ValueTask<ImmutableArray<Flow>> ListParkedAsync(int limit, CancellationToken cancellationToken)
    {
        Invariant.Assert(limit is > 0 and <= ListMax);
        return store.ListParkedAsync(limit, cancellationToken);
    }

    // A signal never changes a state by itself: it is a hint, and the flow's handler decides what it means (invariant V6).
    public async ValueTask<bool> SignalAsync(
        FlowId id, string source, string sourceId, string type, string payload, CancellationToken cancellationToken)
    {
        bool isNew = await store.AddSignalAsync(id, source, sourceId, type, payload, timeProvider.Now(), cancellationToken);
        if (isNew)
        {
            wake.Set();
        }

        return isNew;
    }

    public void Dispose() => pool.Dispose();
}
