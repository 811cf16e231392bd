using System.Collections.Immutable;
using Florin.Flows.Runner;
using Florin.Ledger;

namespace Florin.Flows.Inbox;

/// <summary>Reads the providers' event lists and stores what their webhooks did not bring.</summary>
internal sealed class PullSync(
    IWebhookInbox inbox,
    ImmutableArray<IEventSource> sources,
    IInboxWorker worker,
    TimeProvider timeProvider,
    InboxOptions options,
    IFlowObserver observer) : IPullSync
{
    public Task RunAsync(CancellationToken stop) => RepeatLoop.RunAsync(
        async cancellationToken => await PullAsync(cancellationToken), options.PullInterval, "pulling provider events", timeProvider, observer, stop);

    public async ValueTask<int> PullAsync(CancellationToken cancellationToken)
    {
        int missed = 0;
        foreach (IEventSource source in sources)
        {
            missed += await PullAsync(source, cancellationToken);
        }

        return missed;
    }

    private async ValueTask<int> PullAsync(IEventSource source, CancellationToken cancellationToken)
    {
        int missed = 0;
        string? cursor = await inbox.GetCursorAsync(source.Provider, cancellationToken);
        while (await source.FetchAsync(cursor, cancellationToken) is { } page)
        {
            foreach (InboundEvent inboundEvent in page.Events)
            {
                Invariant.Assert(inboundEvent.Provider == source.Provider);
                missed += await inbox.StoreAsync(inboundEvent, cancellationToken) ? 1 : 0;
            }

            if (!page.Events.IsEmpty)
            {
                worker.Wake();
            }

            // Only now: a stop between storing and this line reads the page once more, which has no effect.
            bool isAdvanced = page.NextCursor is not null && page.NextCursor != cursor;
            if (isAdvanced)
            {
                cursor = page.NextCursor!;
                await inbox.SetCursorAsync(source.Provider, cursor, cancellationToken);
            }

            if (!page.HasMore || !isAdvanced)
            {
                break;
            }
        }

        return missed;
    }
}
