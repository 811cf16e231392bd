using Florin.Ledger;

namespace Florin.Flows.Runner;

/// <summary>Makes flows durable exactly once per id, and answers repeats with what is there.</summary>
internal sealed class FlowStarter(
    FlowKinds kinds, IFlowStore store, FlowCommit commit, TurnPool pool, StateWaiters waiters, WakeSignal wake, FlowEngineParts parts)
{
    /// <summary>
    /// How often a start that conflicts is tried again while what it conflicted with cannot be seen: the other start of the same batch is
    /// not durable yet, or was refused in the end.
    /// </summary>
    private const int ConflictsMax = 20;

    // A conflict costs the journal a batch: who met one waits, so that what it met becomes durable without being met again.
    private readonly Backoff pauses = new(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(1), new Random(parts.Random.Next()));
    private readonly TimeProvider timeProvider = parts.TimeProvider;
    private readonly TimeSpan leaseTime = parts.Options.LeaseTime;

    public async ValueTask<FlowStartOutcome> StartAsync(FlowStart start, TimeSpan patience, CancellationToken cancellationToken)
    {
        for (int conflicts = 0; conflicts < ConflictsMax; conflicts++)
        {
            if (conflicts > 1)
            {
                await Task.Delay(pauses.After(conflicts), timeProvider, cancellationToken);
            }

            // A start that posts is known to the ledger by its transactions, whose ids follow from the flow's: a repeat is told apart there,
            // and costs nobody anything. Any other is looked for, because meeting it in the database costs the batch that met it.
            bool isKnownToLedger = conflicts == 0 && !start.Transactions.IsDefaultOrEmpty && start.Obligation is null;
            if (!isKnownToLedger && await store.GetAsync(start.Id, cancellationToken) is { } existing)
            {
                return await RepeatAsync(start, existing, patience, cancellationToken);
            }

            // The insert decides; looking first spares the batch that a conflict would cost.
            if (start.Obligation is not null
                && await store.FindObligationHolderAsync(start.Obligation, cancellationToken) is { } holder && holder != start.Id)
            {
                return new FlowStartOutcome.ObligationTaken(holder);
            }

            if (await TryStartAsync(start, patience, cancellationToken) is { } outcome)
            {
                return outcome;
            }
        }

        throw new InvariantException($"Flow {start.Id} of kind '{start.Kind}' cannot be stored, and nothing stands in its way.");
    }

    /// <returns><see langword="null"/> when it conflicts with something.</returns>
    private async ValueTask<FlowStartOutcome?> TryStartAsync(FlowStart start, TimeSpan patience, CancellationToken cancellationToken)
    {
        FlowDefinition definition = kinds.Definition(start.Kind);
        using StateWaiters.Waiter waiter = waiters.Listen(start.Id);
        FlowState state = definition.State(start.State);

        // Without a free place the flow is durable all the same, and is taken up as soon as one is free.
        bool isExecutedHere = !state.IsFinal && pool.TryEnter();
        Flow? started = null;
        try
        {
            DateTimeOffset now = timeProvider.Now();
            Guid lease = parts.IdSource.NextId();
            FlowChange change = FlowChanges.Create(
                definition, start, now, isExecutedHere ? lease : null, isExecutedHere ? now + leaseTime : null);

            // From here the caller's token only ends the waiting: half a start has no meaning.
            CommitOutcome outcome = await commit.CommitAsync(change, start.Accounts, start.Transactions, pool.Stopping);
            if (outcome is not CommitOutcome.Applied)
            {
                // The id follows from the flow's: other content under it is another request with this key, made at the same moment (I-02, I-03).
                return outcome is CommitOutcome.Refused refused && !IsOfAnotherRequest(refused.Result.Status)
                    ? new FlowStartOutcome.Refused(refused.Result)
                    : null;
            }

            started = FlowChanges.After(null, change);
            parts.Observer.Moved(start.Id, start.Kind, null, start.State, change.Reason);
            if (isExecutedHere)
            {
                pool.Start(started, lease);
            }
            else if (change.DueAt is not null)
            {
                wake.Set();
            }
        }
        finally
        {
            if (isExecutedHere && started is null)
            {
                pool.Leave();
            }
        }

        return new FlowStartOutcome.Started(state.IsReportable ? started : await WaitAsync(waiter, started, patience, cancellationToken));
    }

    private async ValueTask<FlowStartOutcome> RepeatAsync(
        FlowStart start, Flow existing, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (!string.Equals(existing.RequestHash, start.RequestHash, StringComparison.Ordinal))
        {
            parts.Observer.RequestDiffers(start.Id, existing.RequestHash, start.RequestHash);
            return new FlowStartOutcome.RequestDiffers(existing);
        }

        if (!kinds.Knows(existing))
        {
            // A newer program beside this one has it; that one tells what became of it.
            return new FlowStartOutcome.InProgress(existing);
        }

        Flow current = IsReportable(existing) ? existing : await ResumeAsync(existing, patience, cancellationToken);
        return IsReportable(current) ? new FlowStartOutcome.Replayed(current) : new FlowStartOutcome.InProgress(current);
    }

    /// <summary>
    /// The process that executed the flow may be dead. A flow that is due and that nobody holds is executed now, for this caller; one that
    /// waits for its next attempt goes on waiting, so that a caller's retries are not the provider's (fault U-16).
    /// </summary>
    private async ValueTask<Flow> ResumeAsync(Flow existing, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (existing.DueAt is null || existing.DueAt > timeProvider.Now() || !pool.TryEnter())
        {
            return existing;
        }

        using StateWaiters.Waiter waiter = waiters.Listen(existing.Id);
        Flow? claimed = null;
        try
        {
            Guid lease = parts.IdSource.NextId();
            claimed = await store.ClaimAsync(existing.Id, lease, timeProvider.Now(), leaseTime, cancellationToken);
            if (claimed is null)
            {
                return existing;
            }

            pool.Start(claimed, lease);
        }
        finally
        {
            if (claimed is null)
            {
                pool.Leave();
            }
        }

        return IsReportable(claimed) ? claimed : await WaitAsync(waiter, claimed, patience, cancellationToken);
    }

    private async ValueTask<Flow> WaitAsync(StateWaiters.Waiter waiter, Flow flow, TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            return await waiter.Told.WaitAsync(patience, timeProvider, cancellationToken);
        }
        catch (TimeoutException) when (!waiter.Told.IsCompleted)
        {
            // The flow goes on without the caller, who is told how far it is.
            return await store.GetAsync(flow.Id, cancellationToken) ?? flow;
        }
    }

    /// <summary>A flow that waits for a person goes no further by itself: who asks is told how far it is, at the first time and at every repeat.</summary>
    private bool IsReportable(Flow flow) => flow.ParkedReason is not null || kinds.Definition(flow.Kind).State(flow.State).IsReportable;

    private static bool IsOfAnotherRequest(TransactionStatus status) =>
        status is >= TransactionStatus.ExistsWithDifferentKind and <= TransactionStatus.ExistsWithDifferentMetadata;
}
