using System.Collections.Frozen;
using System.Collections.Immutable;
using Florin.Flows.Runner;
using Florin.Ledger;

namespace Florin.Flows.Inbox;

/// <summary>Works off the inbox: claims events, one per object, gives each to its provider's handler, and keeps what became of it.</summary>
internal sealed class InboxWorker : IInboxWorker
{
    private readonly IWebhookInbox inbox;
    private readonly FrozenDictionary<string, ImmutableArray<IInboundEventHandler>> handlers;
    private readonly TimeProvider timeProvider;
    private readonly InboxOptions options;
    private readonly IFlowObserver observer;
    private readonly Backoff backoff;
    private readonly WakeSignal wake;

    public InboxWorker(InboxParts parts)
    {
        inbox = parts.Inbox;
        handlers = parts.Handlers.GroupBy(handler => handler.Provider, StringComparer.Ordinal)
            .ToFrozenDictionary(group => group.Key, group => group.ToImmutableArray(), StringComparer.Ordinal);
        timeProvider = parts.TimeProvider;
        options = parts.Options;
        observer = parts.Observer;
        Invariant.Assert(options.ClaimMax > 0 && options.AttemptsMax > 0 && options.LeaseTime > TimeSpan.Zero);
        backoff = new Backoff(options.BackoffFirst, options.BackoffMax, parts.Random);
        wake = new WakeSignal(timeProvider);
    }

    public void Wake() => wake.Set();

    public async Task RunAsync(CancellationToken stop)
    {
        int failures = 0;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                int worked = await WorkAsync(stop);
                failures = 0;
                await wake.WaitAsync(worked == 0 ? options.PollInterval : TimeSpan.Zero, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // What was claimed is free again when its lease ends.
                return;
            }
            catch (Exception exception) when (EnvironmentFailure.Is(exception))
            {
                failures++;
                observer.StoreFailed("the inbox of provider events", exception);
                await Pause.ForAsync(backoff.After(failures), timeProvider, stop);
            }
        }
    }

    /// <summary>Claims once and works what was claimed.</summary>
    /// <returns>How many events were worked.</returns>
    internal async ValueTask<int> WorkAsync(CancellationToken stop)
    {
        ImmutableArray<InboundEvent> events = await inbox.ClaimAsync(timeProvider.Now(), options.LeaseTime, options.ClaimMax, stop);
        await Task.WhenAll(events.Select(inboundEvent => WorkAsync(inboundEvent, stop)));
        return events.Length;
    }

    private async Task WorkAsync(InboundEvent inboundEvent, CancellationToken stop)
    {
        Task<InboundHandling> handling = HandleAsync(inboundEvent, stop);

        // One event's failure is that event's, whatever it is: a body that nobody foresaw must not stop the events behind it (faults W-10, W-15).
        await ((Task)handling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.ThrowIfCancellationRequested();
        if (handling.IsCompletedSuccessfully)
        {
            await KeepAsync(inboundEvent, await handling, stop);
            return;
        }

        Exception exception = handling.Exception?.InnerException ?? new TimeoutException("the handling ran out of time");
        if (exception is InvariantException)
        {
            await handling;
        }

        // The world's failures pass, and do not make an event poison.
        bool mayPark = !EnvironmentFailure.Is(exception);
        await FailAsync(inboundEvent, $"{exception.GetType().Name}: {exception.Message}", mayPark, stop);
    }

    /// <summary>The first handler of the provider that does anything with the event decides what becomes of it; the others are not asked.</summary>
    private async Task<InboundHandling> HandleAsync(InboundEvent inboundEvent, CancellationToken stop)
    {
        if (!handlers.TryGetValue(inboundEvent.Provider, out ImmutableArray<IInboundEventHandler> ofProvider))
        {
            return new InboundHandling.Parked($"there is no handler for events of '{inboundEvent.Provider}'");
        }

        InboundHandling.Ignored? ignored = null;
        foreach (IInboundEventHandler handler in ofProvider)
        {
            InboundHandling handling = await handler.HandleAsync(inboundEvent, stop);
            if (handling is not InboundHandling.Ignored none)
            {
                return handling;
            }

            ignored = none;
        }

        return ignored!;
    }

    private async ValueTask KeepAsync(InboundEvent inboundEvent, InboundHandling handling, CancellationToken stop)
    {
        switch (handling)
        {
            case InboundHandling.Delivered delivered:
                await inbox.CompleteAsync(inboundEvent.Provider, inboundEvent.EventId, ignored: false, delivered.Note, stop);
                break;

            case InboundHandling.Ignored ignored:
                await inbox.CompleteAsync(inboundEvent.Provider, inboundEvent.EventId, ignored: true, ignored.Note, stop);
                break;

            case InboundHandling.Retry retry:
                await FailAsync(inboundEvent, retry.Reason, mayPark: true, stop);
                break;

            case InboundHandling.Parked parked:
                await inbox.FailAsync(inboundEvent.Provider, inboundEvent.EventId, parked.Reason, null, stop);
                observer.EventFailed(inboundEvent.Provider, inboundEvent.EventId, inboundEvent.Type, parked.Reason, null);
                break;

            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private async ValueTask FailAsync(InboundEvent inboundEvent, string reason, bool mayPark, CancellationToken stop)
    {
        int attempts = inboundEvent.Attempts + 1;
        DateTimeOffset? retryAt = mayPark && attempts >= options.AttemptsMax ? null : timeProvider.Now() + backoff.After(attempts);
        await inbox.FailAsync(inboundEvent.Provider, inboundEvent.EventId, reason, retryAt, stop);
        observer.EventFailed(inboundEvent.Provider, inboundEvent.EventId, inboundEvent.Type, reason, retryAt);
    }
}
