using System.Collections.Immutable;
using Florin.Ledger;

namespace Florin.Flows;

/// <summary>A flow to begin.</summary>
public sealed record FlowStart
{
    /// <summary>Derived from the idempotency key, so that the same request is the same flow.</summary>
    public required FlowId Id { get; init; }

    public required string Kind { get; init; }

    public required string State { get; init; }

    public required string OwnerId { get; init; }

    public required string Data { get; init; }

    /// <summary>SHA-256 of the canonical request, hexadecimal.</summary>
    public required string RequestHash { get; init; }

    /// <summary>Who asks, for the history: <c>user:…</c>, <c>key:…</c>.</summary>
    public required string Actor { get; init; }

    /// <summary>What must be paid once, whatever keys and channels reach for it; <see langword="null"/> when the flow itself is the obligation.</summary>
    public string? Obligation { get; init; }

    public ImmutableArray<AccountDefinition> Accounts { get; init; } = [];

    /// <summary>Committed together with the flow's first row, or refused together with it.</summary>
    public ImmutableArray<Transaction> Transactions { get; init; } = [];
}

/// <summary>What became of a start.</summary>
public abstract record FlowStartOutcome
{
    private FlowStartOutcome()
    {
    }

    /// <summary>It is durable and was executed up to a reportable state, or as far as the patience reached.</summary>
    public sealed record Started(Flow Flow) : FlowStartOutcome;

    /// <summary>The same request was made before; this is the flow as it is now.</summary>
    public sealed record Replayed(Flow Flow) : FlowStartOutcome;

    /// <summary>The same request was made before and its first execution has not come to a reportable state yet.</summary>
    public sealed record InProgress(Flow Flow) : FlowStartOutcome;

    /// <summary>The key was used for another request. Nothing was changed; both hashes are logged.</summary>
    public sealed record RequestDiffers(Flow Flow) : FlowStartOutcome;

    /// <summary>The ledger refused the transactions. Nothing was stored and the key stays free.</summary>
    public sealed record Refused(SubmissionResult Result) : FlowStartOutcome;

    /// <summary>Another flow holds the obligation. Nothing was stored.</summary>
    public sealed record ObligationTaken(FlowId Holder) : FlowStartOutcome;
}

/// <summary>Starts, signals and reads flows. Thread-safe.</summary>
public interface IFlows
{
    /// <summary>Makes a flow durable and executes it at once.</summary>
    /// <param name="patience">How long the caller waits for a reportable state; the flow goes on without it.</param>
    ValueTask<FlowStartOutcome> StartAsync(FlowStart start, TimeSpan patience, CancellationToken cancellationToken);

    ValueTask<Flow?> GetAsync(FlowId id, CancellationToken cancellationToken);

    ValueTask<Flow?> FindByProviderReferenceAsync(string providerReference, CancellationToken cancellationToken);

    /// <summary>Which flow holds an obligation; it does so for ever.</summary>
    ValueTask<FlowId?> FindObligationHolderAsync(string obligation, CancellationToken cancellationToken);

    ValueTask<ImmutableArray<FlowHistoryEntry>> GetHistoryAsync(FlowId id, CancellationToken cancellationToken);

    /// <summary>Flows of an owner, newest first.</summary>
    /// <param name="kinds">Empty means all.</param>
    /// <param name="before">Only flows created before this one; <see langword="null"/> starts at the newest.</param>
    /// <param name="limit">1 to 200.</param>
    ValueTask<ImmutableArray<Flow>> ListAsync(
        string ownerId, ImmutableArray<string> kinds, FlowId? before, int limit, CancellationToken cancellationToken);

    /// <summary>Puts a signal into a flow's inbox and takes the flow up. Durable when it returns.</summary>
    /// <returns><see langword="false"/> when this signal is there already; nothing is done then.</returns>
    /// <exception cref="KeyNotFoundException">There is no such flow.</exception>
    ValueTask<bool> SignalAsync(
        FlowId id, string source, string sourceId, string type, string payload, CancellationToken cancellationToken);

    /// <summary>
    /// Flows whose outcome is unknown, those that have been so for the longest time first (fault U-04), and among them those whose cancellation was not
    /// confirmed for <see cref="FlowOptions.UnknownMax"/> (<see cref="FlowState.Unconfirmed"/>).
    /// </summary>
    /// <param name="kind"><see langword="null"/> means all.</param>
    /// <param name="limit">1 to 200.</param>
    ValueTask<ImmutableArray<UnknownFlow>> ListUnknownAsync(string? kind, int limit, CancellationToken cancellationToken);

    /// <summary>Flows that wait for a person, oldest first.</summary>
    ValueTask<ImmutableArray<Flow>> ListParkedAsync(int limit, CancellationToken cancellationToken);
}
