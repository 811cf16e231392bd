namespace Florin.Flows;

/// <summary>One change of a flow, told to the outside. Never changes once it has its number.</summary>
/// <param name="Sequence">From 1, without a gap, in the order in which events became readable.</param>
/// <param name="Version">The flow's version that the event is about: the object's own sequence, without a gap.</param>
/// <param name="Type"><c>deposit.succeeded</c>: the last part of the flow's kind, and the state that was reached.</param>
/// <param name="OccurredAt">When the change was made.</param>
/// <param name="Body">JSON, as it is sent.</param>
public sealed record OutboundEvent(
    long Sequence, FlowId FlowId, int Version, string Type, string OwnerId, DateTimeOffset OccurredAt, string Body)
{
    /// <summary>The receiver's key against duplicates: the same at every attempt, at every endpoint and in every replay.</summary>
    public string Id => IdOf(FlowId, Version);

    public static string IdOf(FlowId flowId, int version) => $"evt_{flowId.Value:N}_{version}";
}

/// <summary>Shows the flows of one kind as the API does.</summary>
public interface IEventPresenter
{
    string Kind { get; }

    /// <summary>The object as it was at the flow's version: a JSON object without personal data.</summary>
    /// <param name="flow">The flow as that change left it; it may have moved on since.</param>
    string Present(Flow flow);
}

/// <summary>Where events are kept.</summary>
public interface IEventLog
{
    /// <summary>
    /// Takes changes out of the outbox, gives them the next numbers and hands them to the endpoints that want them, in one transaction. One process
    /// at a time numbers; for the others there is nothing to do.
    /// </summary>
    /// <param name="make">Makes the event of a flow's version under a number.</param>
    /// <returns>What was numbered; empty when there was nothing, or another process is at it.</returns>
    ValueTask<IReadOnlyList<OutboundEvent>> NumberAsync(Func<Flow, long, OutboundEvent> make, DateTimeOffset now, int limit, CancellationToken cancellationToken);

    /// <summary>Events after a number, oldest first. None with a number up to the last one returned can appear later.</summary>
    ValueTask<IReadOnlyList<OutboundEvent>> ListAsync(long since, int limit, CancellationToken cancellationToken);
}
