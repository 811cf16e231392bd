using System.Collections.Immutable;
using System.Diagnostics;
using Florin.Flows;
using Florin.Ledger;
using Florin.Payments.Charging;
using Florin.Providers;

namespace Florin.Payments.Settlement;

/// <summary>
/// Takes a settlement from state to state. Its lines are stored before any is posted, and each is posted once, whatever repeats: the store knows every line
/// that ever came, and the ledger every line that was posted. Signals only say that the provider should be asked (fault W-16).
/// </summary>
internal sealed class SettlementHandler(
    SettlementSources sources,
    SettlementStore store,
    SettlementMovements movements,
    IServiceProvider services,
    PaymentBell bell,
    PaymentOptions options,
    TimeProvider timeProvider) : IFlowHandler
{
    /// <summary>The signal that a later settlement has a line about this one.</summary>
    public const string RepaidSignal = "repaid";

    /// <summary>Lines posted in one commit: below what a submission may hold.</summary>
    private const int PostedAtOnce = 50;

    // The runner is made of the handlers, which use this.
    private readonly Lazy<IFlows> _flows = new(() => (IFlows)(services.GetService(typeof(IFlows)) ?? throw new InvalidOperationException("There is no IFlows.")));

    public FlowDefinition Definition => SettlementFlow.Definition;

    public async ValueTask<FlowDecision> DecideAsync(Flow flow, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        SettlementFacts facts = SettlementFacts.Of(flow);
        return flow.State switch
        {
            SettlementFlow.Noticed => await LookAsync(flow, facts, cancellationToken),
            SettlementFlow.Posting => await PostAsync(flow, facts, cancellationToken),
            SettlementFlow.Settled or SettlementFlow.Returned when !facts.IsTold => await TellAsync(flow, facts, cancellationToken),
            SettlementFlow.Settled when facts.IsRepaid => new FlowDecision.Rest("at its end"),
            SettlementFlow.Settled => await WatchAsync(flow, facts, cancellationToken),
            SettlementFlow.Returned when signals.Any(signal => signal.Type == RepaidSignal) => new FlowDecision.Move(
                SettlementFlow.Settled, FlowFacts.Write(facts with { IsRepaid = true, IsTold = false }), SettlementEvents.Repaid),
            SettlementFlow.Returned or SettlementFlow.Duplicate => new FlowDecision.Rest("nothing to be done"),
            _ => throw new UnreachableException($"A settlement cannot be in state '{flow.State}'."),
        };
    }

    private async ValueTask<FlowDecision> LookAsync(Flow flow, SettlementFacts facts, CancellationToken cancellationToken)
    {
        ISettlementSource source = sources.Of(facts.Provider);
        if (await source.GetBatchAsync(facts.BatchId, cancellationToken) is not ProviderLookup<SettlementBatch>.Found { Value: { } batch })
        {
            return new FlowDecision.Wait("the provider does not say how far it is", Next(flow));
        }

        if (batch.Status is SettlementBatchStatus.Unrecognised or SettlementBatchStatus.Pending)
        {
            return new FlowDecision.Wait($"not at the bank yet: '{OutsideEvidence.Code(batch.RawStatus)}'", Next(flow));
        }

        if (batch.Currency != facts.Asset || batch.MinorUnits != facts.Net)
        {
            return new FlowDecision.Park($"The provider's {facts.BatchId} has another amount or currency than when it was noticed.");
        }

        await store.OpenAsync(facts.Provider, facts.BatchId, flow.Id.Value, timeProvider.GetUtcNow(), cancellationToken);

        // One that failed before it was seen is posted and taken back like any other, and nothing of it counts as settled meanwhile.
        await store.SetReturnedAsync(facts.Provider, facts.BatchId, batch.Status == SettlementBatchStatus.Failed, cancellationToken);
        return source.NamesLines ? await ItemiseAsync(flow, facts, source, cancellationToken) : await TakeAsync(flow, facts, source, cancellationToken);
    }

    /// <summary>Reads what the balance did up to a batch that does not say what it holds, and takes the oldest of it.</summary>
    private async ValueTask<FlowDecision> TakeAsync(Flow flow, SettlementFacts facts, ISettlementSource source, CancellationToken cancellationToken)
    {
        string kept = $"{facts.Provider}:movements";
        string? cursor = await store.GetCursorAsync(kept, cancellationToken);
        DateTimeOffset since = await store.GetSinceAsync(facts.Provider, timeProvider.GetUtcNow() - options.SettlementLookback, cancellationToken);
        bool hasMore = true;
        while (hasMore)
        {
            if (await source.ListLinesAsync(facts.BatchId, cursor, since, cancellationToken)
                is not ProviderLookup<SettlementPage<SettlementLine>>.Found { Value: { } page })
            {
                return new FlowDecision.Wait("the provider does not list what its balance did", Next(flow));
            }

            await movements.KeepAsync(facts.Provider, page.Items, cancellationToken);
            hasMore = page.HasMore && page.NextCursor != cursor;
            cursor = page.NextCursor ?? cursor;
        }

        await movements.TakeAsync(facts.Provider, facts.BatchId, facts.Asset, facts.Net, cancellationToken);

        // Only now: whoever stops before this line reads it all once more.
        if (cursor is not null)
        {
            await store.SetCursorAsync(kept, cursor, timeProvider.GetUtcNow(), cancellationToken);
        }

        return Itemised(facts, await store.CountAsync(facts.Provider, facts.BatchId, cancellationToken), duplicates: 0);
    }

    private async ValueTask<FlowDecision> ItemiseAsync(Flow flow, SettlementFacts facts, ISettlementSource source, CancellationToken cancellationToken)
    {
        Int128 sum = 0;
        int duplicates = 0;
        string? cursor = null;
        bool hasMore = true;
        while (hasMore)
        {
            if (await source.ListLinesAsync(facts.BatchId, cursor, DateTimeOffset.MinValue, cancellationToken)
                is not ProviderLookup<SettlementPage<SettlementLine>>.Found { Value: { } page })
            {
                return new FlowDecision.Wait("the provider does not list its lines", Next(flow));
            }

            sum = page.Items.Aggregate(sum, (total, line) => checked(total + line.Net));
            duplicates += await store.AddAsync(facts.Provider, facts.BatchId, page.Items, cancellationToken);
            hasMore = page.HasMore && page.NextCursor != cursor;
            cursor = page.NextCursor;
        }

        if (sum != facts.Net)
        {
            // Lines that do not make the whole are not guessed at: nothing of them is posted.
            return new FlowDecision.Park($"The lines of {facts.BatchId} make {SettlementFacts.Text(sum)} and not {facts.Amount}.");
        }

        return Itemised(facts, await store.CountAsync(facts.Provider, facts.BatchId, cancellationToken), duplicates);
    }

    private static FlowDecision.Move Itemised(SettlementFacts facts, int lines, int duplicates)
    {
        SettlementFacts known = facts with { Lines = lines, Duplicates = duplicates };
        bool isDuplicate = known is { Lines: 0, Duplicates: > 0 };
        return new FlowDecision.Move(
            isDuplicate ? SettlementFlow.Duplicate : SettlementFlow.Posting,
            FlowFacts.Write(known),
            isDuplicate ? SettlementEvents.Duplicate : SettlementEvents.Itemised)
        {
            Evidence = FlowFacts.Write(new { known.Lines, known.Duplicates, Net = facts.Amount }),
            ProviderReference = isDuplicate ? null : $"{facts.Provider}:{facts.BatchId}",
        };
    }

    private async ValueTask<FlowDecision> PostAsync(Flow flow, SettlementFacts facts, CancellationToken cancellationToken)
    {
        // What the flow says is posted; the store follows.
        await store.AdvanceAsync(facts.Provider, facts.BatchId, facts.PostedThrough, cancellationToken);
        IReadOnlyList<SettlementRow> rows = await store.ListAsync(facts.Provider, facts.BatchId, facts.PostedThrough, PostedAtOnce, cancellationToken);
        if (rows.Count == 0)
        {
            return new FlowDecision.Move(SettlementFlow.Settled, FlowFacts.Write(facts with { IsTold = false }), SettlementEvents.Settled) { KeepSignals = true };
        }

        SettlementMatch match = new(_flows.Value, store);
        SettlementPostings postings = new(flow, facts);
        List<Transaction> transactions = [];
        foreach (SettlementRow row in rows)
        {
            SettlementRow matched = await match.OfAsync(facts, row, cancellationToken);
            await store.MatchAsync(facts.Provider, matched, cancellationToken);
            if (postings.Of(matched) is { } transaction)
            {
                transactions.Add(transaction);
            }
        }

        return new FlowDecision.Move(SettlementFlow.Posting, FlowFacts.Write(facts with { PostedThrough = rows[^1].Number }), SettlementEvents.Posted)
        {
            Accounts = transactions.Count > 0 ? postings.Accounts() : [],
            Transactions = [.. transactions],
            KeepSignals = true,
        };
    }

    /// <summary>
    /// Tells the payments of all lines to count again, and earlier settlements that a line of this one pays. A payment that has not taken its money yet, because
    /// its answer was lost, is told until it has: the line proves that the provider took it (fault U-10).
    /// </summary>
    private async ValueTask<FlowDecision> TellAsync(Flow flow, SettlementFacts facts, CancellationToken cancellationToken)
    {
        await store.SetReturnedAsync(facts.Provider, facts.BatchId, flow.State == SettlementFlow.Returned, cancellationToken);
        bool isBehind = false;
        int after = 0;
        IReadOnlyList<SettlementRow> rows;
        do
        {
            rows = await store.ListAsync(facts.Provider, facts.BatchId, after, PostedAtOnce, cancellationToken);
            foreach (SettlementRow row in rows)
            {
                isBehind |= !await TellAsync(flow, facts, row, cancellationToken);
                after = row.Number;
            }
        }
        while (rows.Count > 0);

        return isBehind
            ? new FlowDecision.Wait("a payment has not taken the money that is settled", Next(flow))
            : new FlowDecision.Move(flow.State, FlowFacts.Write(facts with { IsTold = true }), SettlementEvents.Told)
            {
                KeepSignals = true,
                RestUntilSignal = flow.State == SettlementFlow.Settled,
                Delay = flow.State == SettlementFlow.Settled ? options.PollMax : null,
            };
    }

    /// <returns><see langword="false"/> when the payment must be told again.</returns>
    private async ValueTask<bool> TellAsync(Flow flow, SettlementFacts facts, SettlementRow row, CancellationToken cancellationToken)
    {
        if (row.Line.Kind == SettlementLineKind.BatchReturned && !row.IsSuspense)
        {
            await _flows.Value.SignalAsync(
                SettlementService.IdOf(facts.Provider, row.Line.SourceId), PaymentCount.Source, row.Line.Id, RepaidSignal, "{}", cancellationToken);
            return true;
        }

        if (row.FlowId is not { } id || await _flows.Value.GetAsync(new FlowId(id), cancellationToken) is not { Kind: PaymentFlow.Kind } payment)
        {
            return true;
        }

        // A payment whose answer was lost does not know the provider's id of it, and may not be able to look for itself.
        string payload = row.Line.PaymentId is { Length: > 0 } known ? OutsideEvidence.SignalPayload(known) : "{}";
        await bell.RingAsync(id, flow, PaymentCount.SettlementSignal, payload, cancellationToken, attempt: flow.Attempts);
        return PaymentFlow.IsTaken(payment.State) || payment.State is PaymentFlow.Mismatch or PaymentFlow.Returned;
    }

    /// <summary>A bank may send money back for days (faults R-17, W-05).</summary>
    private async ValueTask<FlowDecision> WatchAsync(Flow flow, SettlementFacts facts, CancellationToken cancellationToken)
    {
        if (await sources.Of(facts.Provider).GetBatchAsync(facts.BatchId, cancellationToken)
            is ProviderLookup<SettlementBatch>.Found { Value: { Status: SettlementBatchStatus.Failed } failed })
        {
            SettlementPostings postings = new(flow, facts);
            Transaction? back = postings.Return();
            return new FlowDecision.Move(SettlementFlow.Returned, FlowFacts.Write(facts with { IsTold = false }), SettlementEvents.Returned)
            {
                Accounts = back is null ? [] : postings.Accounts(),
                Transactions = back is null ? [] : [back],
                Evidence = FlowFacts.Write(new { Status = OutsideEvidence.Code(failed.RawStatus) }),
                KeepSignals = true,
            };
        }

        return timeProvider.GetUtcNow() - flow.CreatedAt < options.SettlementWatch
            ? new FlowDecision.Wait("it may still come back", Next(flow))
            : new FlowDecision.Rest("it did not come back");
    }

    private TimeSpan Next(Flow flow) => PollSchedule.Next(timeProvider.GetUtcNow() - flow.UpdatedAt, options.PollFirst, options.PollMax);
}
