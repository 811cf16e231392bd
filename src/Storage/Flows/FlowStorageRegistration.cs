using Florin.Flows;
using Florin.Ledger;
using Florin.Ledger.Cluster;
using Florin.Storage.Database;
using Florin.Storage.Flows;
using Florin.Storage.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Florin.Storage;

/// <summary>Registers the flows and where they are kept.</summary>
public static class FlowStorageRegistration
{
    /// <summary>The migrations of the flows' schema.</summary>
    public static MigrationSet Migrations => FlowsMigrations.Set;

    /// <summary>The store, the inbox of provider events, the migrations, and the part of the journal's commit that writes flows. Needs <see cref="IDatabase"/>.</summary>
    public static IServiceCollection AddFlowStorage(this IServiceCollection services)
    {
        services.AddSingleton(FlowsMigrations.Set);
        services.AddSingleton<IFlowStore, PostgresFlowStore>();
        services.AddSingleton<IWebhookInbox, PostgresWebhookInbox>();
        services.AddSingleton<IEventLog, PostgresEventLog>();
        services.AddSingleton<IWebhookEndpointStore, PostgresWebhookEndpoints>();
        services.AddSingleton<IWebhookDeliveries, PostgresWebhookDeliveries>();
        services.AddSingleton<IParticipantWriter, FlowChangeWriter>();
        services.AddSingleton(new ParticipantType(FlowChange.Participant, typeof(FlowChange)));
        return services;
    }

    /// <summary>
    /// The runner, as <see cref="IFlows"/> for modules and <see cref="IFlowEngine"/> for the host, the worker on provider events and the pull sync.
    /// Needs the registered <see cref="IFlowHandler"/>, <see cref="IInboundEventHandler"/> and <see cref="IEventSource"/>, <see cref="ILedger"/>,
    /// <see cref="TimeProvider"/> and <see cref="IdSource"/>; takes <see cref="FlowOptions"/>, <see cref="InboxOptions"/> and
    /// <see cref="IFlowObserver"/> when they are registered.
    /// </summary>
    public static IServiceCollection AddFlows(this IServiceCollection services)
    {
        services.TryAddSingleton(new FlowOptions());
        services.TryAddSingleton(new InboxOptions());
        services.TryAddSingleton<IFlowObserver, SilentFlowObserver>();
        services.AddSingleton(CreateEngine);
        services.AddSingleton<IFlows>(provider => provider.GetRequiredService<IFlowEngine>());
        services.AddSingleton(CreateInboxWorker);
        services.AddSingleton(CreatePullSync);
        return services;
    }

    /// <summary>
    /// The worker that numbers and delivers events, and the endpoints. Needs <see cref="ISecretBox"/> and what <see cref="AddFlows"/> needs; takes
    /// the registered <see cref="IEventPresenter"/>, <see cref="EventOptions"/> and <see cref="IEventObserver"/>.
    /// </summary>
    public static IServiceCollection AddEvents(this IServiceCollection services)
    {
        services.TryAddSingleton(new EventOptions());
        services.TryAddSingleton<IEventObserver, SilentEventObserver>();
        services.AddSingleton(CreateEventParts);
        services.AddSingleton(provider => FlowModule.CreateEventWorker(provider.GetRequiredService<EventParts>()));
        services.AddSingleton(provider => FlowModule.CreateWebhookEndpoints(provider.GetRequiredService<EventParts>()));
        return services;
    }

    private static EventParts CreateEventParts(IServiceProvider provider) => new()
    {
        Log = provider.GetRequiredService<IEventLog>(),
        Endpoints = provider.GetRequiredService<IWebhookEndpointStore>(),
        Deliveries = provider.GetRequiredService<IWebhookDeliveries>(),
        Secrets = provider.GetRequiredService<ISecretBox>(),
        Presenters = [.. provider.GetServices<IEventPresenter>()],
        TimeProvider = provider.GetRequiredService<TimeProvider>(),
        IdSource = provider.GetRequiredService<IdSource>(),
        Random = NewRandom(provider),
        Options = provider.GetRequiredService<EventOptions>(),
        Observer = provider.GetRequiredService<IEventObserver>(),
    };

    private static IFlowEngine CreateEngine(IServiceProvider provider) => FlowModule.CreateEngine(new FlowEngineParts
    {
        Store = provider.GetRequiredService<IFlowStore>(),
        Ledger = provider.GetRequiredService<ILedger>(),
        Handlers = [.. provider.GetServices<IFlowHandler>()],
        TimeProvider = provider.GetRequiredService<TimeProvider>(),
        IdSource = provider.GetRequiredService<IdSource>(),
        Random = NewRandom(provider),
        Options = provider.GetRequiredService<FlowOptions>(),
        Observer = provider.GetRequiredService<IFlowObserver>(),
    });

    private static IInboxWorker CreateInboxWorker(IServiceProvider provider) => FlowModule.CreateInboxWorker(new InboxParts
    {
        Inbox = provider.GetRequiredService<IWebhookInbox>(),
        Handlers = [.. provider.GetServices<IInboundEventHandler>()],
        TimeProvider = provider.GetRequiredService<TimeProvider>(),
        Random = NewRandom(provider),
        Options = provider.GetRequiredService<InboxOptions>(),
        Observer = provider.GetRequiredService<IFlowObserver>(),
    });

    private static IPullSync CreatePullSync(IServiceProvider provider) => FlowModule.CreatePullSync(
        provider.GetRequiredService<IWebhookInbox>(),
        [.. provider.GetServices<IEventSource>()],
        provider.GetRequiredService<IInboxWorker>(),
        provider.GetRequiredService<TimeProvider>(),
        provider.GetRequiredService<InboxOptions>(),
        provider.GetRequiredService<IFlowObserver>());

    private static Random NewRandom(IServiceProvider provider) =>
        new(BitConverter.ToInt32(provider.GetRequiredService<IdSource>().NextSecret(sizeof(int))));
}
