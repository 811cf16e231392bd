using System.Text.Json;

namespace Florin.Flows.Runner;

/// <summary>Makes changes out of what callers and handlers want, and checks them before they reach a commit that others share.</summary>
internal static class FlowChanges
{
    /// <summary>The actor in the history when the runner acts by itself.</summary>
    public const string RunnerActor = "runner";

    /// <param name="lease">The lease under which the first turn begins at once; <see langword="null"/> leaves it to whoever finds it due.</param>
    public static FlowChange Create(FlowDefinition definition, FlowStart start, DateTimeOffset now, Guid? lease, DateTimeOffset? leaseUntil)
    {
        FlowKinds.Require(
            definition.InitialStates.Contains(start.State), $"A flow of kind '{start.Kind}' may not begin in state '{start.State}'.");
        RequireObject(start.Data, start.Kind);
        return new FlowChange
        {
            Id = start.Id,
            Kind = start.Kind,
            ExpectedVersion = 0,
            From = null,
            To = start.State,
            Data = start.Data,
            At = now,
            Actor = start.Actor,
            Reason = "start",
            OwnerId = start.OwnerId,
            RequestHash = start.RequestHash,
            Obligation = start.Obligation,
            DueAt = definition.State(start.State).IsFinal ? null : now,
            Lease = lease,
            LeaseUntil = leaseUntil,
        };
    }

    /// <param name="leaseUntil">How long the lease goes on when the turn does.</param>
    public static FlowChange Move(
        FlowDefinition definition, Flow flow, FlowDecision.Move move, DateTimeOffset now, Guid lease, DateTimeOffset leaseUntil, long seenSignalId)
    {
        FlowKinds.Require(
            definition.Allows(flow.State, move.To), $"A flow of kind '{flow.Kind}' may not go from state '{flow.State}' to '{move.To}'.");
        RequireObject(move.Data, flow.Kind);
        if (move.Evidence is not null)
        {
            using JsonDocument evidence = JsonDocument.Parse(move.Evidence);
        }

        bool goesOn = GoesOn(definition, move);
        return new FlowChange
        {
            Id = flow.Id,
            Kind = flow.Kind,
            ExpectedVersion = flow.Version,
            From = flow.State,
            To = move.To,
            Data = move.Data,
            At = now,
            Actor = RunnerActor,
            Reason = move.Reason,
            Evidence = move.Evidence,
            ProviderReference = move.ProviderReference,
            DueAt = goesOn ? now : now + move.Delay,
            ConsumedSignalId = move.KeepSignals ? 0 : seenSignalId,
            Lease = lease,
            LeaseUntil = goesOn ? leaseUntil : null,
        };
    }

    /// <summary>Whether the same turn goes on with the new state.</summary>
    public static bool GoesOn(FlowDefinition definition, FlowDecision.Move move) =>
        !definition.State(move.To).IsFinal && move.Delay is null && !move.RestUntilSignal;

    /// <summary>The flow as the change makes it.</summary>
    /// <param name="before"><see langword="null"/> for a creation.</param>
    public static Flow After(Flow? before, FlowChange change) => new()
    {
        Id = change.Id,
        Kind = change.Kind,
        State = change.To,
        Version = change.ExpectedVersion + 1,
        Data = change.Data,
        OwnerId = before?.OwnerId ?? change.OwnerId,
        RequestHash = before is null ? change.RequestHash : before.RequestHash,
        ProviderReference = change.ProviderReference ?? before?.ProviderReference,
        CreatedAt = before?.CreatedAt ?? change.At,
        UpdatedAt = change.At,
        DueAt = change.DueAt,
    };

    // The database refuses other data too, but there it would be one bad row in a commit of many.
    private static void RequireObject(string data, string kind)
    {
        using JsonDocument document = JsonDocument.Parse(data);
        FlowKinds.Require(document.RootElement.ValueKind == JsonValueKind.Object, $"The data of a flow of kind '{kind}' are not a JSON object.");
    }
}
