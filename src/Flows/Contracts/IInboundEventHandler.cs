using System.Collections.Immutable;

namespace Florin.Flows;

/// <summary>What became of the handling of an event.</summary>
public abstract record InboundHandling
{
    private InboundHandling()
    {
    }

    /// <summary>It reached its flow, or is known to need nothing any more.</summary>
    public sealed record Delivered(string? Note = null) : InboundHandling;

    /// <summary>A type that we do not act on; kept, and shown (fault W-10).</summary>
    public sealed record Ignored(string Note) : InboundHandling;

    /// <summary>Not now: what it speaks of is not there yet. Parked after <see cref="InboxOptions.AttemptsMax"/> attempts.</summary>
    public sealed record Retry(string Reason) : InboundHandling;

    /// <summary>It cannot be handled, and trying again would not help: a person must look at it.</summary>
    public sealed record Parked(string Reason) : InboundHandling;
}

/// <summary>Gives the events of one provider to the flows they speak of. The same event may come more than once.</summary>
public interface IInboundEventHandler
{
    string Provider { get; }

    ValueTask<InboundHandling> HandleAsync(InboundEvent inboundEvent, CancellationToken cancellationToken);
}

/// <summary>Works off the inbox of provider events: at least once, one after another per object.</summary>
public interface IInboxWorker
{
    /// <summary>Works until <paramref name="stop"/> is cancelled.</summary>
    /// <exception cref="Florin.Ledger.InvariantException">A bug of ours; the host exits.</exception>
    Task RunAsync(CancellationToken stop);

    /// <summary>There may be something to do: an event was stored.</summary>
    void Wake();
}

/// <summary>What the inbox worker is made of.</summary>
public sealed record InboxParts
{
    public required IWebhookInbox Inbox { get; init; }

    /// <summary>Any number for each provider; asked in this order until one does not ignore the event.</summary>
    public required ImmutableArray<IInboundEventHandler> Handlers { get; init; }

    public required TimeProvider TimeProvider { get; init; }

    /// <summary>Seeded, for the jitter of back-offs.</summary>
    public required Random Random { get; init; }

    public InboxOptions Options { get; init; } = new();

    public IFlowObserver Observer { get; init; } = new SilentFlowObserver();
}
