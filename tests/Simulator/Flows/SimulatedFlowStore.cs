using System.Collections.Immutable;
using Florin.Flows;
using Florin.Simulator.Store;

namespace Florin.Simulator.Flows;

/// <summary>The flow store as one process has it: each call goes over the network, and anything may happen to it on the way.</summary>
internal sealed class SimulatedFlowStore(FlowTable table, RemoteCalls calls) : IFlowStore
{
    public async ValueTask DeclareAsync(ImmutableArray<FlowDefinition> definitions, CancellationToken cancellationToken) =>
        await calls.CallAsync("declare", () => RemoteCalls.Do(() => definitions.ToList().ForEach(table.Declare)), cancellationToken);

    public ValueTask<bool> ApplyAsync(FlowChange change, CancellationToken cancellationToken) =>
        calls.CallAsync("change", () => Apply(change), cancellationToken);

    public ValueTask<Flow?> GetAsync(FlowId id, CancellationToken cancellationToken) => calls.CallAsync("get", () => table.Find(id)?.Flow, cancellationToken);

    public ValueTask<Flow?> FindByProviderReferenceAsync(string providerReference, CancellationToken cancellationToken) =>
        calls.CallAsync("find", () => table.FindByReference(providerReference)?.Flow, cancellationToken);

    public ValueTask<FlowId?> FindObligationHolderAsync(string obligation, CancellationToken cancellationToken) =>
        calls.CallAsync("holder", () => table.HolderOf(obligation), cancellationToken);

    public ValueTask<ImmutableArray<FlowHistoryEntry>> GetHistoryAsync(FlowId id, CancellationToken cancellationToken) =>
        calls.CallAsync<ImmutableArray<FlowHistoryEntry>>("history", () => [.. table.Find(id)?.History ?? []], cancellationToken);

    public ValueTask<ImmutableArray<Flow>> ListAsync(
        string ownerId, ImmutableArray<string> kinds, FlowId? before, int limit, CancellationToken cancellationToken) =>
        calls.CallAsync<ImmutableArray<Flow>>("list", () => [.. table.Rows.Select(row => row.Flow).Where(flow => flow.OwnerId == ownerId).Take(limit)], cancellationToken);

    public ValueTask<ImmutableArray<UnknownFlow>> ListUnknownAsync(
        string? kind, DateTimeOffset agedBefore, int limit, CancellationToken cancellationToken) => calls.CallAsync<ImmutableArray<UnknownFlow>>(
        "list",
        () =>
        [
            .. table.Rows.Where(row => kind is null || row.Flow.Kind == kind)
                .Where(row => row.Flow.State == FlowState.Unknown || FlowState.Unconfirmed.Contains(row.Flow.State))
                .Select(row => new UnknownFlow(
                    row.Flow,
                    row.Flow.State == FlowState.Unknown
                        ? row.Flow.UpdatedAt
                        : row.History.Last(entry => FlowState.Unconfirmed.Contains(entry.To) && !FlowState.Unconfirmed.Contains(entry.From ?? "")).At))
                .Where(unknown => unknown.Flow.State == FlowState.Unknown || unknown.Since <= agedBefore)
                .OrderBy(unknown => unknown.Since).ThenBy(unknown => unknown.Flow.Id.Value).Take(limit),
        ],
        cancellationToken);

    public ValueTask<ImmutableArray<Flow>> ListParkedAsync(int limit, CancellationToken cancellationToken) =>
        calls.CallAsync<ImmutableArray<Flow>>("list", () => [.. table.Rows.Select(row => row.Flow).Where(flow => flow.ParkedReason is not null).Take(limit)], cancellationToken);

    public ValueTask<ImmutableArray<Flow>> ClaimDueAsync(
        Guid lease, DateTimeOffset now, TimeSpan leaseTime, int limit, CancellationToken cancellationToken) =>
        calls.CallAsync("claim", () => table.ClaimDue(lease, now, leaseTime, limit), cancellationToken);

    public ValueTask<Flow?> ClaimAsync(FlowId id, Guid lease, DateTimeOffset now, TimeSpan leaseTime, CancellationToken cancellationToken) =>
        calls.CallAsync("claim", () => table.Claim(id, lease, now, leaseTime), cancellationToken);

    public ValueTask<bool> ProlongAsync(FlowId id, Guid lease, DateTimeOffset until, CancellationToken cancellationToken) =>
        calls.CallAsync("prolong", () => table.Prolong(id, lease, until), cancellationToken);

    public async ValueTask ReleaseAsync(
        FlowId id, Guid lease, DateTimeOffset? dueAt, int attempts, string? parkedReason, long seenSignalId, bool consumeSignals, CancellationToken cancellationToken) =>
        await calls.CallAsync(
            "release", () => RemoteCalls.Do(() => table.Release(id, lease, dueAt, attempts, parkedReason, seenSignalId, consumeSignals)), cancellationToken);

    public ValueTask<bool> AddSignalAsync(
        FlowId id, string source, string sourceId, string type, string payload, DateTimeOffset receivedAt, CancellationToken cancellationToken) =>
        calls.CallAsync("signal", () => table.AddSignal(id, source, sourceId, type, payload, receivedAt), cancellationToken);

    public ValueTask<ImmutableArray<FlowSignal>> GetSignalsAsync(FlowId id, CancellationToken cancellationToken) =>
        calls.CallAsync("signals", () => table.Signals(id), cancellationToken);

    public ValueTask<DateTimeOffset?> NextDueAsync(CancellationToken cancellationToken) => calls.CallAsync("due", table.NextDue, cancellationToken);

    private bool Apply(FlowChange change)
    {
        bool takes = table.Takes(change);
        if (takes)
        {
            table.Apply(change);
        }

        return takes;
    }
}
