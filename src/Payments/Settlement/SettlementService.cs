using Florin.Flows;
using Florin.Ledger;
using Florin.Providers;

namespace Florin.Payments.Settlement;

/// <summary>Makes settlements known: by a provider's list, read by cursor, and by its events.</summary>
internal sealed class SettlementService(IServiceProvider services, SettlementStore store, SettlementSources sources, PaymentOptions options, TimeProvider timeProvider)
{
    // The runner is made of the handlers, which use this.
    private readonly Lazy<IFlows> _flows = new(() => (IFlows)(services.GetService(typeof(IFlows)) ?? throw new InvalidOperationException("There is no IFlows.")));

    /// <summary>The signal that a batch was listed as failed; its flow looks for itself.</summary>
    public const string FailedSignal = "listed_as_failed";

    /// <summary>The owner of what belongs to the house.</summary>
    public const string Owner = "house";

    public static FlowId IdOf(string provider, string batch) => FlowId.FromIdempotencyKey($"provider:{provider}", SettlementFlow.Kind, batch);

    /// <summary>Reads what is new of all providers, page by page, to the end of their lists.</summary>
    public async ValueTask PullAsync(CancellationToken cancellationToken)
    {
        foreach (ISettlementSource source in sources.All)
        {
            await PullAsync(source, cancellationToken);
        }
    }

    /// <summary>The flow of a provider's batch: begun when it was not known yet. Its currency must be one that the ledger has.</summary>
    public async ValueTask<FlowId?> NoticeAsync(string provider, SettlementBatch batch, CancellationToken cancellationToken)
    {
        if (!Assets.TryGet(batch.Currency, out _))
        {
            return null;
        }

        FlowId id = IdOf(provider, batch.Id);
        FlowStart start = new()
        {
            Id = id,
            Kind = SettlementFlow.Kind,
            State = SettlementFlow.Noticed,
            OwnerId = Owner,
            Data = FlowFacts.Write(new SettlementFacts
            {
                Provider = provider,
                BatchId = batch.Id,
                Bank = options.SettlementBank,
                Amount = SettlementFacts.Text(batch.MinorUnits),
                Asset = batch.Currency,
            }),
            RequestHash = RequestHash.Of(SettlementFlow.Kind, provider, batch.Id),
            Actor = $"provider:{provider}",
        };
        await _flows.Value.StartAsync(start, TimeSpan.Zero, cancellationToken);
        if (batch.Status == SettlementBatchStatus.Failed)
        {
            // Where no event tells of it.
            await _flows.Value.SignalAsync(id, $"provider:{provider}", $"{batch.Id}:failed", FailedSignal, "{}", cancellationToken);
        }

        return id;
    }

    private async ValueTask PullAsync(ISettlementSource source, CancellationToken cancellationToken)
    {
        string? cursor = await store.GetCursorAsync(source.Name, cancellationToken);
        bool hasMore = true;
        while (hasMore)
        {
            DateTimeOffset now = timeProvider.GetUtcNow();
            DateTimeOffset since = now - options.SettlementLookback;
            since = source.NamesLines ? since : await store.GetSinceAsync(source.Name, since, cancellationToken);
            if (await source.ListBatchesAsync(cursor, since, cancellationToken)
                is not ProviderLookup<SettlementPage<SettlementBatch>>.Found { Value: { } page })
            {
                // The next pull begins where this one could not go on.
                return;
            }

            foreach (SettlementBatch batch in page.Items)
            {
                await NoticeAsync(source.Name, batch, cancellationToken);
            }

            // Only now: a stop before this line reads the page once more, which has no effect.
            hasMore = page.HasMore && page.NextCursor != cursor;
            if (page.NextCursor is { } next && next != cursor)
            {
                cursor = next;
                await store.SetCursorAsync(source.Name, next, now, cancellationToken);
            }
        }
    }
}
