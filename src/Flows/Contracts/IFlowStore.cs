using System.Collections.Immutable;
using Florin.Ledger;

namespace Florin.Flows;

/// <summary>
/// One change of a flow's row with its line of history. Applied by the store in a transaction of its own, or by the ledger's journal in the
/// commit of the transfers that belong to it.
/// </summary>
public sealed record FlowChange : ICommitParticipant
{
    public const string Participant = "flow";

    public string ParticipantKind => Participant;

    public required FlowId Id { get; init; }

    public required string Kind { get; init; }

    /// <summary>The version that was seen; 0 creates the flow.</summary>
    public required int ExpectedVersion { get; init; }

    /// <summary><see langword="null"/> creates.</summary>
    public required string? From { get; init; }

    public required string To { get; init; }

    public required string Data { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string Actor { get; init; }

    public required string Reason { get; init; }

    public string? Evidence { get; init; }

    /// <summary>Creation only.</summary>
    public string OwnerId { get; init; } = "";

    /// <summary>Creation only.</summary>
    public string? RequestHash { get; init; }

    /// <summary>Creation only. A taken obligation is a conflict.</summary>
    public string? Obligation { get; init; }

    /// <summary>Kept as it is when <see langword="null"/>.</summary>
    public string? ProviderReference { get; init; }

    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Signals up to this id were considered; 0 leaves the inbox as it is.</summary>
    public long ConsumedSignalId { get; init; }

    /// <summary>The lease under which the change is made; it is kept when the runner goes on and released when it does not.</summary>
    public Guid? Lease { get; init; }

    public DateTimeOffset? LeaseUntil { get; init; }
}

/// <summary>Where flows are kept. Every change is a compare-and-set on the version.</summary>
public interface IFlowStore
{
    /// <summary>Declares the transitions of all kinds, so that the database refuses every other. Idempotent; run at start.</summary>
    ValueTask DeclareAsync(ImmutableArray<FlowDefinition> definitions, CancellationToken cancellationToken);

    /// <summary>Applies one change alone.</summary>
    /// <returns><see langword="false"/> on a conflict: another version, an existing flow, a taken obligation. Nothing was changed.</returns>
    ValueTask<bool> ApplyAsync(FlowChange change, CancellationToken cancellationToken);

    ValueTask<Flow?> GetAsync(FlowId id, CancellationToken cancellationToken);

    ValueTask<Flow?> FindByProviderReferenceAsync(string providerReference, CancellationToken cancellationToken);

    ValueTask<FlowId?> FindObligationHolderAsync(string obligation, CancellationToken cancellationToken);

    ValueTask<ImmutableArray<FlowHistoryEntry>> GetHistoryAsync(FlowId id, CancellationToken cancellationToken);

    ValueTask<ImmutableArray<Flow>> ListAsync(
        string ownerId, ImmutableArray<string> kinds, FlowId? before, int limit, CancellationToken cancellationToken);

    /// <param name="agedBefore">Flows in a state of <see cref="FlowState.Unconfirmed"/> are listed when they have been so since before this time.</param>
    ValueTask<ImmutableArray<UnknownFlow>> ListUnknownAsync(string? kind, DateTimeOffset agedBefore, int limit, CancellationToken cancellationToken);

    ValueTask<ImmutableArray<Flow>> ListParkedAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Takes up to <paramref name="limit"/> due flows whose lease is free, without waiting for locked rows.</summary>
    ValueTask<ImmutableArray<Flow>> ClaimDueAsync(
        Guid lease, DateTimeOffset now, TimeSpan leaseTime, int limit, CancellationToken cancellationToken);

    /// <summary>Takes one flow when its lease is free and it does not wait for a person.</summary>
    /// <returns><see langword="null"/> when another holds it, it is parked, or it does not exist.</returns>
    ValueTask<Flow?> ClaimAsync(FlowId id, Guid lease, DateTimeOffset now, TimeSpan leaseTime, CancellationToken cancellationToken);

    /// <summary>Prolongs a lease. <see langword="false"/> when it was lost.</summary>
    ValueTask<bool> ProlongAsync(FlowId id, Guid lease, DateTimeOffset until, CancellationToken cancellationToken);

    /// <summary>
    /// Ends a turn without a change of state: sets due time, attempts and parking, and releases the lease. When signals newer than
    /// <paramref name="seenSignalId"/> are there, the flow is due at once, so that none is lost. Nothing happens when the lease was lost.
    /// </summary>
    /// <param name="seenSignalId">The newest signal that the turn saw; 0 when it saw none.</param>
    /// <param name="consumeSignals">
    /// Whether those are done with. A turn that could not do what they ask for leaves them, and sees them again at its next attempt.
    /// </param>
    ValueTask ReleaseAsync(
        FlowId id,
        Guid lease,
        DateTimeOffset? dueAt,
        int attempts,
        string? parkedReason,
        long seenSignalId,
        bool consumeSignals,
        CancellationToken cancellationToken);

    /// <summary>Adds a signal, makes the flow due now and lifts its parking when the source is an operator.</summary>
    /// <returns><see langword="false"/> when it is there already.</returns>
    /// <exception cref="KeyNotFoundException">There is no such flow.</exception>
    ValueTask<bool> AddSignalAsync(
        FlowId id, string source, string sourceId, string type, string payload, DateTimeOffset receivedAt, CancellationToken cancellationToken);

    /// <summary>Signals that no turn has considered yet, in order of arrival.</summary>
    ValueTask<ImmutableArray<FlowSignal>> GetSignalsAsync(FlowId id, CancellationToken cancellationToken);

    /// <summary>When the earliest unparked flow is due; <see langword="null"/> when none is.</summary>
    ValueTask<DateTimeOffset?> NextDueAsync(CancellationToken cancellationToken);
}
