using System.Collections.Immutable;
using Florin.Ledger;

namespace Florin.Flows.Runner;

/// <summary>
/// One turn of one flow, under a lease: decides and changes until the flow waits, rests, is parked or is final. Stopping anywhere is safe, because
/// every effect outside is idempotent under an id that the flow's durable state gives, and every change needs the lease and the version that it saw.
/// </summary>
internal sealed class FlowTurn(
    FlowKinds kinds, IFlowStore store, FlowCommit commit, StateWaiters waiters, Backoff backoff, FlowEngineParts parts)
{
    private readonly FlowOptions options = parts.Options;
    private readonly TimeProvider timeProvider = parts.TimeProvider;
    private readonly IFlowObserver observer = parts.Observer;

    /// <param name="stopping">Ends the turn: its flow is given back, due at once.</param>
    public async Task RunAsync(Flow flow, Guid lease, CancellationToken stopping)
    {
        using CancellationTokenSource turn = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task keeping = LeaseKeeper.KeepAsync(store, flow.Id, lease, options.LeaseTime, timeProvider, turn);
        try
        {
            await RunStepsAsync(flow, lease, stopping, turn.Token);
        }
        finally
        {
            await turn.CancelInOrderAsync();
            await keeping;
        }
    }

    private async ValueTask RunStepsAsync(Flow flow, Guid lease, CancellationToken stopping, CancellationToken cancellationToken)
    {
        Flow? current = flow;
        for (int step = 0; step < options.StepsPerTurnMax && current is not null; step++)
        {
            current = await StepAsync(current, lease, stopping, cancellationToken);
        }

        if (current is not null)
        {
            await ReleaseAsync(new Release(current, lease, timeProvider.Now(), current.Attempts, null, 0, false));
        }
    }

    /// <returns>The flow when the turn goes on.</returns>
    private async ValueTask<Flow?> StepAsync(Flow flow, Guid lease, CancellationToken stopping, CancellationToken cancellationToken)
    {
        if (!kinds.Knows(flow) || !kinds.TryGet(flow.Kind, out IFlowHandler? handler))
        {
            await BackOffAsync(flow, lease, 0, null, $"flows of kind '{flow.Kind}' in state '{flow.State}' are not for this process");
            return null;
        }

        long seen = 0;
        try
        {
            ImmutableArray<FlowSignal> signals = await store.GetSignalsAsync(flow.Id, cancellationToken);
            seen = signals.IsEmpty ? 0 : signals[^1].Id;
            FlowDecision decision = await handler.DecideAsync(flow, signals, cancellationToken);
            return await FollowAsync(flow, lease, seen, handler.Definition, decision, cancellationToken);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await ReleaseAsync(new Release(flow, lease, timeProvider.Now(), flow.Attempts, null, 0, false));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            observer.Overtaken(flow.Id, flow.Kind, flow.State);
        }
        catch (OperationCanceledException)
        {
            await BackOffAsync(flow, lease, seen, null, "a call outside ran out of time");
        }
        catch (Exception exception) when (EnvironmentFailure.Is(exception))
        {
            await BackOffAsync(flow, lease, seen, null, $"{exception.GetType().Name}: {exception.Message}");
        }

        return null;
    }

    private async ValueTask<Flow?> FollowAsync(
        Flow flow, Guid lease, long seen, FlowDefinition definition, FlowDecision decision, CancellationToken cancellationToken)
    {
        switch (decision)
        {
            case FlowDecision.Move move:
                return await MoveAsync(flow, lease, seen, definition, move, cancellationToken);

            case FlowDecision.Wait wait:
                await BackOffAsync(flow, lease, seen, wait.Delay, wait.Reason);
                return null;

            case FlowDecision.Park park:
                await ParkAsync(flow, lease, seen, park.Reason);
                return null;

            case FlowDecision.Rest:
                await ReleaseAsync(new Release(flow, lease, null, flow.Attempts + 1, null, seen, true));
                waiters.Tell(flow);
                return null;

            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private async ValueTask<Flow?> MoveAsync(
        Flow flow, Guid lease, long seen, FlowDefinition definition, FlowDecision.Move move, CancellationToken cancellationToken)
    {
        DateTimeOffset now = timeProvider.Now();
        FlowChange change = FlowChanges.Move(definition, flow, move, now, lease, now + options.LeaseTime, seen);
        CommitOutcome outcome = await commit.CommitAsync(change, move.Accounts, move.Transactions, cancellationToken);
        switch (outcome)
        {
            case CommitOutcome.Applied:
                Flow next = FlowChanges.After(flow, change);
                observer.Moved(flow.Id, flow.Kind, flow.State, next.State, move.Reason);
                if (definition.State(next.State).IsReportable)
                {
                    waiters.Tell(next);
                }

                return FlowChanges.GoesOn(definition, move) ? next : null;

            case CommitOutcome.Refused { Result.Status: TransactionStatus.ExceedsCredits or TransactionStatus.ExceedsDebits } when move.IfShort is { } other:
                Invariant.Assert(other is not FlowDecision.Move { IfShort: not null });
                return await FollowAsync(flow, lease, seen, definition, other, cancellationToken);

            case CommitOutcome.Refused { Result.Status: TransactionStatus.DebitAccountNotOpen or TransactionStatus.CreditAccountNotOpen }
                when move.IfAccountNotOpen is { } instead:
                return await FollowAsync(flow, lease, seen, definition, instead, cancellationToken);

            case CommitOutcome.Refused
            {
                Result.Status: TransactionStatus.RelatedAlreadyPosted or TransactionStatus.RelatedAlreadyVoided or TransactionStatus.RelatedExpired
                    or TransactionStatus.ExceedsRelatedAmount
            } when move.IfHoldOver is { } later:
                return await FollowAsync(flow, lease, seen, definition, later, cancellationToken);

            case CommitOutcome.Refused refused:
                await ParkAsync(flow, lease, seen, $"the ledger refused the postings of '{move.To}': {refused.Result.Status}");
                return null;

            case CommitOutcome.Conflict:
                await AfterConflictAsync(flow, lease, seen, move, cancellationToken);
                return null;

            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>Somebody else changed the flow, or the change cannot be stored. Whichever it is, this turn changed nothing.</summary>
    private async ValueTask AfterConflictAsync(Flow flow, Guid lease, long seen, FlowDecision.Move move, CancellationToken cancellationToken)
    {
        Flow? holder = move.ProviderReference is null ? null : await store.FindByProviderReferenceAsync(move.ProviderReference, cancellationToken);
        if (holder is not null && holder.Id != flow.Id)
        {
            await ParkAsync(flow, lease, seen, $"flow {holder.Id} has the provider reference '{move.ProviderReference}' already");
            return;
        }

        bool isHeld = await store.ProlongAsync(flow.Id, lease, timeProvider.Now() + options.LeaseTime, cancellationToken);
        Flow? stored = await store.GetAsync(flow.Id, cancellationToken);
        if (isHeld && stored?.Version == flow.Version)
        {
            // It met something that is not durable yet, or another version of the program declared other transitions: both pass.
            await BackOffAsync(flow, lease, seen, null, $"the change to '{move.To}' conflicts with something that cannot be seen");
            return;
        }

        observer.Overtaken(flow.Id, flow.Kind, flow.State);
        await ReleaseAsync(new Release(flow, lease, timeProvider.Now(), 0, null, 0, false));
    }

    private async ValueTask ParkAsync(Flow flow, Guid lease, long seen, string reason)
    {
        await ReleaseAsync(new Release(flow, lease, null, flow.Attempts + 1, reason, seen, true));
        observer.Parked(flow.Id, flow.Kind, flow.State, reason);
        waiters.Tell(flow with { ParkedReason = reason });
    }

    // The signals stay: what could not be done yet is shown to the handler again.
    private async ValueTask BackOffAsync(Flow flow, Guid lease, long seen, TimeSpan? delay, string reason)
    {
        int attempts = flow.Attempts + 1;
        TimeSpan pause = delay ?? backoff.After(attempts);
        await ReleaseAsync(new Release(flow, lease, timeProvider.Now() + pause, attempts, null, seen, false));
        observer.Waits(flow.Id, flow.Kind, flow.State, attempts, pause, reason);
    }

    // Not cancelled by a stop: giving back is what a stopping turn does last. When the store cannot be reached, the lease runs out by itself.
    private async ValueTask ReleaseAsync(Release release)
    {
        try
        {
            await store.ReleaseAsync(
                release.Flow.Id,
                release.Lease,
                release.DueAt,
                release.Attempts,
                release.ParkedReason,
                release.SeenSignalId,
                release.ConsumeSignals,
                CancellationToken.None);
        }
        catch (Exception exception) when (EnvironmentFailure.Is(exception))
        {
            observer.StoreFailed("giving back a flow", exception);
        }
    }

    private readonly record struct Release(
        Flow Flow, Guid Lease, DateTimeOffset? DueAt, int Attempts, string? ParkedReason, long SeenSignalId, bool ConsumeSignals);
}
