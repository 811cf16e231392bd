using System.Collections.Immutable;
using System.Net;
using Florin.Flows;
using Florin.Flows.Outbound;
using Florin.Identity;
using Florin.Identity.Keys;
using Florin.Ledger;
using Florin.Storage.Flows;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Events;

/// <summary>The shipped numberer, delivery loop and stores on PostgreSQL, with a clock that is moved, and flows of a kind of its own.</summary>
internal sealed class EventBench : IAsyncDisposable
{
    private static readonly FlowDefinition Order = new(
        "test.order",
        "For tests.",
        [.. ((string[])["open", "paid", "packed", "shipped"]).Select(name => new FlowState(name, false, true, name))],
        ["open"],
        [new("open", "paid", "pay"), new("paid", "packed", "pack"), new("packed", "shipped", "ship"), new("shipped", "open", "again")]);

    private static readonly string[] Cycle = ["open", "paid", "packed", "shipped"];

    private readonly IdSource _ids = new SystemIdSource(TimeProvider.System);
    private readonly List<DeliveryLoop> _loops = [];

    private EventBench(TestDatabase database, EventOptions options, ResolveHost? resolve)
    {
        Database = database;
        Store = new PostgresFlowStore(database);
        Log = new PostgresEventLog(database);
        Deliveries = new PostgresWebhookDeliveries(database);
        Parts = new EventParts
        {
            Log = Log,
            Endpoints = new PostgresWebhookEndpoints(database),
            Deliveries = Deliveries,
            Secrets = new WebhookSecrets(new IdentityOptions { MasterKey = new byte[IdentityOptions.MasterKeyBytes] }, _ids),
            Presenters = [new OrderPresenter()],
            TimeProvider = Clock,
            IdSource = _ids,
            Random = new Random(7),
            Options = options,
        };
        Parts = resolve is null ? Parts : Parts with { Resolve = resolve };
        Endpoints = new WebhookEndpoints(Parts);
    }

    public static EventOptions Loopback { get; } = new() { AllowsLoopback = true };

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public TestDatabase Database { get; }

    public ManualTimeProvider Clock { get; } = new();

    public PostgresFlowStore Store { get; }

    public PostgresEventLog Log { get; }

    public PostgresWebhookDeliveries Deliveries { get; }

    public WebhookEndpoints Endpoints { get; }

    public EventParts Parts { get; }

    public static async Task<EventBench> CreateAsync(EventOptions? options = null, ResolveHost? resolve = null)
    {
        EventBench bench = new(await TestDatabase.CreateAsync(), options ?? Loopback, resolve);
        await bench.Store.DeclareAsync([Order], Token);
        return bench;
    }

    /// <summary>A new flow, in its first state.</summary>
    public async Task<FlowId> OpenAsync()
    {
        FlowId id = new(_ids.NextId());
        Assert.True(await Store.ApplyAsync(Change(id, 0), Token));
        return id;
    }

    /// <summary>The next state of a flow.</summary>
    /// <param name="version">The version that it has.</param>
    public async Task MoveAsync(FlowId id, int version) => Assert.True(await Store.ApplyAsync(Change(id, version), Token));

    public FlowChange Change(FlowId id, int version) => new()
    {
        Id = id,
        Kind = Order.Kind,
        ExpectedVersion = version,
        From = version == 0 ? null : Cycle[(version - 1) % Cycle.Length],
        To = Cycle[version % Cycle.Length],
        Data = $$"""{"step":{{version + 1}}}""",
        At = Clock.GetUtcNow(),
        Actor = "test",
        Reason = "test",
        OwnerId = "owner",
    };

    /// <summary>Numbers all that is in the outbox.</summary>
    public async Task<int> NumberAsync()
    {
        int all = 0;
        for (int count; (count = await new EventWorker(Parts).NumberAsync(Token)) > 0;)
        {
            all += count;
        }

        return all;
    }

    /// <summary>A delivery loop as a process of its own has one.</summary>
    public DeliveryLoop NewLoop(EventParts? parts = null)
    {
        DeliveryLoop loop = new(parts ?? Parts);
        _loops.Add(loop);
        return loop;
    }

    /// <summary>Makes attempts until nothing is due.</summary>
    public async Task<int> DeliverAsync()
    {
        DeliveryLoop loop = NewLoop();
        int all = 0;
        for (int count; (count = await loop.RunOnceAsync(Token)) > 0;)
        {
            all += count;
        }

        return all;
    }

    public async Task<(WebhookEndpointId Id, string Secret)> SubscribeAsync(string url, params string[] types)
    {
        ImmutableArray<string> wanted = types.Length == 0 ? ["*"] : [.. types];
        WebhookEndpointOutcome outcome = await Endpoints.CreateAsync(new NewWebhookEndpoint(new Uri(url), null, wanted, "test"), Token);
        WebhookEndpointOutcome.Created created = Assert.IsType<WebhookEndpointOutcome.Created>(outcome);
        return (created.Endpoint.Id, created.Secret);
    }

    public async Task<ImmutableArray<WebhookDelivery>> ListAsync(WebhookEndpointId id, string? status = null) =>
        await Deliveries.ListAsync(id, status, null, 2_000, Token);

    public async ValueTask DisposeAsync()
    {
        foreach (DeliveryLoop loop in _loops)
        {
            loop.Dispose();
        }

        await Database.DisposeAsync();
    }

    private sealed class OrderPresenter : IEventPresenter
    {
        public string Kind => Order.Kind;

        public string Present(Flow flow) => $$"""{"id":"{{flow.Id}}","state":"{{flow.State}}","facts":{{flow.Data}}}""";
    }
}
