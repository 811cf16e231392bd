using System.Collections.Immutable;
using Florin.Ledger;

namespace Florin.Flows;

/// <summary>The flow runner as its host sees it.</summary>
public interface IFlowEngine : IFlows
{
    /// <summary>The definitions of all kinds, for the docs.</summary>
    ImmutableArray<FlowDefinition> Definitions { get; }

    /// <summary>Declares all transitions to the store. Before the first start, once per process.</summary>
    ValueTask DeclareAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Takes up what is due until <paramref name="stop"/> is cancelled, then lets go of the turns that run: each is safe to abandon anywhere, and
    /// gives its flow back so that another process takes it up at once. Called once; afterwards nothing can be started any more.
    /// </summary>
    /// <exception cref="Exception">A bug of ours in a handler or in the runner. The host exits; the flow stays as it is durable.</exception>
    Task RunAsync(CancellationToken stop);
}

/// <summary>What the runner is made of.</summary>
public sealed record FlowEngineParts
{
    public required IFlowStore Store { get; init; }

    public required ILedger Ledger { get; init; }

    /// <summary>One per kind.</summary>
    public required ImmutableArray<IFlowHandler> Handlers { get; init; }

    public required TimeProvider TimeProvider { get; init; }

    public required IdSource IdSource { get; init; }

    /// <summary>Seeded, for the jitter of back-offs. The runner guards it against concurrent use.</summary>
    public required Random Random { get; init; }

    public FlowOptions Options { get; init; } = new();

    public IFlowObserver Observer { get; init; } = new SilentFlowObserver();
}

/// <summary>Makes the module's objects.</summary>
public static class FlowModule
{
    /// <exception cref="InvariantException">A definition contradicts itself, or two handlers have one kind.</exception>
    public static IFlowEngine CreateEngine(FlowEngineParts parts) => new Runner.FlowRunner(parts);

    public static IInboxWorker CreateInboxWorker(InboxParts parts) => new Inbox.InboxWorker(parts);

    public static IEventWorker CreateEventWorker(EventParts parts) => new Outbound.EventWorker(parts);

    public static IWebhookEndpoints CreateWebhookEndpoints(EventParts parts) => new Outbound.WebhookEndpoints(parts);

    /// <summary>Does the work, at once and then at its interval, until <paramref name="stop"/> is cancelled.</summary>
    public static Task RunAsync(IRepeatedWork work, TimeProvider timeProvider, IFlowObserver observer, CancellationToken stop) =>
        Runner.RepeatLoop.RunAsync(work.RunAsync, work.Interval, work.What, timeProvider, observer, stop);

    public static IPullSync CreatePullSync(
        IWebhookInbox inbox,
        ImmutableArray<IEventSource> sources,
        IInboxWorker worker,
        TimeProvider timeProvider,
        InboxOptions options,
        IFlowObserver observer) => new Inbox.PullSync(inbox, sources, worker, timeProvider, options, observer);
}
