using System.Collections.Immutable;
using Florin.Ledger;

namespace Florin.Flows;

/// <summary>What a handler wants to happen to its flow next.</summary>
public abstract record FlowDecision
{
    private FlowDecision()
    {
    }

    /// <summary>
    /// Changes the state, together with the transactions that belong to the change, in one commit. The new state is executed at once unless it
    /// is final or <see cref="Delay"/> is set. <c>To</c> may equal the present state when only data change and the transition is declared.
    /// </summary>
    public sealed record Move(string To, string Data, string Reason) : FlowDecision
    {
        public ImmutableArray<AccountDefinition> Accounts { get; init; } = [];

        /// <summary>
        /// Their ids must be derived from the flow and the step (<see cref="FlowTransactions"/>), so that a repeat is the same transaction. When the
        /// ledger refuses them nothing is changed and the flow is parked with the status, because a handler must not move what it cannot.
        /// </summary>
        public ImmutableArray<Transaction> Transactions { get; init; } = [];

        /// <summary>
        /// What to do instead when the ledger refuses the transactions because a balance does not allow them now
        /// (<see cref="TransactionStatus.ExceedsCredits"/>, <see cref="TransactionStatus.ExceedsDebits"/>); <see langword="null"/> parks the flow. A move
        /// in it must not have one of its own.
        /// </summary>
        public FlowDecision? IfShort { get; init; }

        /// <summary>Evidence for the history: what the provider said, as JSON text without personal data.</summary>
        public string? Evidence { get; init; }

        /// <summary>Sets the reference by which signals find this flow.</summary>
        public string? ProviderReference { get; init; }

        /// <summary>
        /// What is decided instead when the ledger refuses the transactions because an account is frozen or closed; nothing of this change was made
        /// then. <see langword="null"/> parks the flow as for every other refusal.
        /// </summary>
        public FlowDecision? IfAccountNotOpen { get; init; }

        /// <summary>
        /// What is decided instead when the ledger refuses the transactions because a pending one that they act on has ended or holds less by now;
        /// <see langword="null"/> parks the flow. Never a move.
        /// </summary>
        public Wait? IfHoldOver { get; init; }

        /// <summary>Takes the flow up again after this time instead of at once.</summary>
        public TimeSpan? Delay { get; init; }

        /// <summary>
        /// Shows the signals that the handler saw to it again in the new state, for what came too early. Otherwise they are done with: a signal leads
        /// to one change. With it, a state that a signal leads to must not lead back by the same signal.
        /// </summary>
        public bool KeepSignals { get; init; }

        /// <summary>The flow rests until a signal arrives, and is looked at by the schedule of <see cref="Delay"/> when that is set.</summary>
        public bool RestUntilSignal { get; init; }
    }

    /// <summary>Nothing changes; take it up again later. The signals that the handler saw are shown to it again then.</summary>
    /// <param name="Delay"><see langword="null"/> backs off exponentially with jitter by the number of attempts, up to a cap.</param>
    public sealed record Wait(string Reason, TimeSpan? Delay = null) : FlowDecision;

    /// <summary>A person must look at it. It keeps its state; signals are still recorded, and an operator's signal takes it up again. The signals seen are done with.</summary>
    public sealed record Park(string Reason) : FlowDecision;

    /// <summary>It rests in its present state until a signal arrives: nothing is to be done. The signals seen are done with.</summary>
    public sealed record Rest(string Reason) : FlowDecision;
}

/// <summary>Ids of the transactions of a flow.</summary>
public static class FlowTransactions
{
    /// <summary>The same flow and step always give the same id.</summary>
    public static TransactionId IdOf(FlowId flow, string step) => TransactionId.FromName($"florin/flow/{flow}/{step}");
}

/// <summary>Decides what a flow of one kind does next. Effects outside are idempotent under ids derived from flow and step.</summary>
public interface IFlowHandler
{
    FlowDefinition Definition { get; }

    /// <summary>Looks at the flow and the signals that no decision has done with yet, may call outside, and decides.</summary>
    /// <param name="cancellationToken">Ends with the host. Intent is durable before any effect, so that stopping anywhere is safe.</param>
    ValueTask<FlowDecision> DecideAsync(Flow flow, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken);
}
