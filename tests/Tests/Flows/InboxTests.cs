using System.Collections.Concurrent;
using System.Collections.Immutable;
using Florin.Flows;
using Florin.Flows.Inbox;
using Florin.Ledger;
using Florin.Storage.Flows;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Flows;

/// <summary>Provider events: stored once, in order per object, at least once, parked when they are poison, pulled when they did not come.</summary>
public sealed class InboxTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Fault("W-01")]
    public async Task Same_event_is_stored_once_however_often_and_wherever_it_arrives()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        PostgresWebhookInbox[] inboxes = [new(database), new(database)];

        bool[] isNew = await Task.WhenAll(Enumerable.Range(0, 30).Select(index => Task.Run(async () =>
            await inboxes[index % 2].StoreAsync(Event("evt_1") with { Via = index % 2 == 0 ? "webhook" : "pull" }, Token))));

        Assert.Single(isNew, true);
        Assert.Equal(1, await database.QueryAsync<long>("select count(*) from flows.inbound_event"));
    }

    [Fact]
    public async Task Events_of_one_object_are_worked_one_after_another_and_those_of_others_beside_them()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        PostgresWebhookInbox inbox = new(database);
        foreach (string id in (string[])["a1", "a2", "b1", "a3", "b2"])
        {
            await inbox.StoreAsync(Event(id, objectId: id[..1]), Token);
        }

        ImmutableArray<InboundEvent> first = await inbox.ClaimAsync(Start, Lease, 10, Token);
        Assert.Equal(["a1", "b1"], first.Select(taken => taken.EventId).Order());
        Assert.Empty(await inbox.ClaimAsync(Start, Lease, 10, Token));

        await inbox.CompleteAsync("test", "a1", ignored: false, null, Token);
        Assert.Equal("a2", Assert.Single(await inbox.ClaimAsync(Start, Lease, 10, Token)).EventId);

        // b1 waits for its next attempt: b2 does not pass it, but a parked b1 holds nobody up.
        await inbox.FailAsync("test", "b1", "not yet", Start + TimeSpan.FromMinutes(1), Token);
        Assert.Empty(await inbox.ClaimAsync(Start, Lease, 10, Token));
        await inbox.FailAsync("test", "b1", "poison", null, Token);
        Assert.Equal("b2", Assert.Single(await inbox.ClaimAsync(Start, Lease, 10, Token)).EventId);
    }

    [Fact]
    public async Task Event_of_a_worker_that_died_is_free_when_its_lease_ends()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        PostgresWebhookInbox inbox = new(database);
        await inbox.StoreAsync(Event("a1"), Token);

        Assert.Single(await inbox.ClaimAsync(Start, Lease, 10, Token));
        Assert.Empty(await inbox.ClaimAsync(Start + Lease - TimeSpan.FromSeconds(1), Lease, 10, Token));
        Assert.Single(await inbox.ClaimAsync(Start + Lease, Lease, 10, Token));
    }

    [Fact]
    public async Task Events_claimed_by_many_workers_at_once_are_worked_once()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        PostgresWebhookInbox inbox = new(database);
        for (int index = 0; index < 100; index++)
        {
            await inbox.StoreAsync(Event($"evt_{index}", objectId: $"object {index % 40}"), Token);
        }

        ConcurrentQueue<string> worked = new();
        CountingHandler handler = new(inboundEvent => worked.Enqueue(inboundEvent.EventId));
        InboxWorker[] workers = [.. Enumerable.Range(0, 4).Select(_ => Worker(inbox, handler, new ManualTimeProvider(Start)))];
        await Task.WhenAll(workers.Select(worker => Task.Run(async () =>
        {
            while (worked.Count < 100)
            {
                await worker.WorkAsync(Token);
            }
        })));

        Assert.Equal(100, worked.Distinct().Count());
        Assert.Equal(100, worked.Count);
        foreach (IGrouping<int, int> ofObject in worked.Select(id => int.Parse(id[4..], null)).GroupBy(number => number % 40))
        {
            Assert.Equal(ofObject.Order(), ofObject);
        }
    }

    [Fact]
    [Fault("W-15")]
    public async Task Poison_event_is_parked_after_its_attempts_and_worked_when_it_is_replayed()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        PostgresWebhookInbox inbox = new(database);
        ManualTimeProvider clock = new(Start);
        RecordingObserver observer = new();
        bool isBroken = true;
        ConcurrentQueue<string> worked = new();
        CountingHandler handler = new(inboundEvent =>
        {
            if (inboundEvent.EventId == "poison" && isBroken)
            {
                throw new FormatException("nobody foresaw this body");
            }

            worked.Enqueue(inboundEvent.EventId);
        });
        InboxWorker worker = Worker(inbox, handler, clock, observer);
        await inbox.StoreAsync(Event("poison", objectId: "a"), Token);
        await inbox.StoreAsync(Event("behind", objectId: "a"), Token);
        await inbox.StoreAsync(Event("beside", objectId: "b"), Token);

        for (int attempt = 1; attempt <= Options.AttemptsMax; attempt++)
        {
            Assert.Equal("pending", (await FindAsync(inbox, "poison")).Status);
            await worker.WorkAsync(Token);
            clock.Advance(TimeSpan.FromMinutes(10));
        }

        InboundEvent parked = await FindAsync(inbox, "poison");
        Assert.Equal(("parked", Options.AttemptsMax), (parked.Status, parked.Attempts));
        Assert.Contains("nobody foresaw this body", parked.Note, StringComparison.Ordinal);
        Assert.Equal(Options.AttemptsMax, observer.FailedEvents.Count);
        Assert.Null(observer.FailedEvents.Last().RetryAt);
        await worker.WorkAsync(Token);
        Assert.Equal(["beside", "behind"], worked);

        isBroken = false;
        Assert.True(await inbox.ReplayAsync("test", "poison", Token));
        await worker.WorkAsync(Token);
        Assert.Equal("done", (await FindAsync(inbox, "poison")).Status);
        Assert.Equal(["beside", "behind", "poison"], worked);
        Assert.False(await inbox.ReplayAsync("test", "none", Token));
    }

    [Fact]
    public async Task Failure_of_the_environment_never_parks_an_event()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        PostgresWebhookInbox inbox = new(database);
        ManualTimeProvider clock = new(Start);
        InboxWorker worker = Worker(inbox, new CountingHandler(_ => throw new HttpRequestException("no route")), clock);
        await inbox.StoreAsync(Event("a1"), Token);

        for (int attempt = 1; attempt <= Options.AttemptsMax * 3; attempt++)
        {
            await worker.WorkAsync(Token);
            clock.Advance(TimeSpan.FromMinutes(10));
        }

        Assert.Equal(("pending", Options.AttemptsMax * 3), ((await FindAsync(inbox, "a1")).Status, (await FindAsync(inbox, "a1")).Attempts));
    }

    [Fact]
    public async Task Bug_of_ours_reaches_the_host_and_the_event_stays()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        PostgresWebhookInbox inbox = new(database);
        InboxWorker worker = Worker(inbox, new CountingHandler(_ => Invariant.Assert(false)), new ManualTimeProvider(Start));
        await inbox.StoreAsync(Event("a1"), Token);

        await Assert.ThrowsAsync<InvariantException>(() => worker.RunAsync(Token));
        Assert.Equal("pending", (await FindAsync(inbox, "a1")).Status);
    }

    [Fact]
    public async Task Event_that_nobody_acts_on_is_kept_as_ignored()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        PostgresWebhookInbox inbox = new(database);
        InboxWorker worker = Worker(
            inbox, new CountingHandler(_ => { }, new InboundHandling.Ignored("a type we do not act on")), new ManualTimeProvider(Start));
        await inbox.StoreAsync(Event("a1") with { Type = "strange.new_type", Body = "a\0b" }, Token);
        await worker.WorkAsync(Token);

        InboundEvent kept = Assert.Single(await inbox.ListAsync("ignored", 10, Token));
        Assert.Equal(("strange.new_type", "a type we do not act on", "a\uFFFDb"), (kept.Type, kept.Note, kept.Body));
    }

    [Fact]
    [Fault("W-13")]
    public async Task Pull_stores_what_webhooks_missed_and_goes_on_after_a_crash_without_a_gap()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        PostgresWebhookInbox inbox = new(database);
        ManualTimeProvider clock = new(Start);
        ConcurrentQueue<string> worked = new();
        InboxWorker worker = Worker(inbox, new CountingHandler(inboundEvent => worked.Enqueue(inboundEvent.EventId)), clock);
        ListSource source = new([.. Enumerable.Range(0, 25).Select(index => Event($"evt_{index:00}") with { Via = "pull" })]) { FailsAfterPages = 1 };
        IPullSync pull = FlowModule.CreatePullSync(inbox, [source], worker, clock, Options, new SilentFlowObserver());

        // Two came by webhook before the endpoint went down for a day.
        await inbox.StoreAsync(Event("evt_00"), Token);
        await inbox.StoreAsync(Event("evt_01"), Token);
        await Assert.ThrowsAsync<IOException>(async () => await pull.PullAsync(Token));
        Assert.Equal("10", await inbox.GetCursorAsync("test", Token));
        source.FailsAfterPages = int.MaxValue;

        Assert.Equal(15, await pull.PullAsync(Token));
        Assert.Equal(0, await pull.PullAsync(Token));
        Assert.Equal(25, await database.QueryAsync<long>("select count(*) from flows.inbound_event"));
        Assert.Equal(23, await database.QueryAsync<long>("select count(*) from flows.inbound_event where via = 'pull'"));
        while (await worker.WorkAsync(Token) > 0)
        {
        }

        Assert.Equal(Enumerable.Range(0, 25).Select(index => $"evt_{index:00}"), worked.Order());
    }

    [Fact]
    public async Task Cursor_does_not_advance_over_a_page_that_was_not_stored()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        PostgresWebhookInbox inbox = new(database);
        FailingInbox failing = new(inbox) { FailsAt = "evt_05" };
        ManualTimeProvider clock = new(Start);
        InboxWorker worker = Worker(inbox, new CountingHandler(_ => { }), clock);
        ListSource source = new([.. Enumerable.Range(0, 12).Select(index => Event($"evt_{index:00}"))]);
        IPullSync pull = FlowModule.CreatePullSync(failing, [source], worker, clock, Options, new SilentFlowObserver());

        await Assert.ThrowsAsync<IOException>(async () => await pull.PullAsync(Token));
        Assert.Null(await inbox.GetCursorAsync("test", Token));

        failing.FailsAt = null;
        await pull.PullAsync(Token);
        Assert.Equal(12, await database.QueryAsync<long>("select count(*) from flows.inbound_event"));
    }

    private static InboxOptions Options { get; } = new() { AttemptsMax = 4 };

    private static DateTimeOffset Start { get; } = new(2026, 1, 15, 12, 0, 0, TimeSpan.Zero);

    private static TimeSpan Lease { get; } = TimeSpan.FromMinutes(2);

    private static InboundEvent Event(string id, string objectId = "") => new("test", id, "payment.succeeded", objectId, "{}", "webhook", Start);

    private static InboxWorker Worker(
        IWebhookInbox inbox, IInboundEventHandler handler, TimeProvider clock, IFlowObserver? observer = null) => new(new InboxParts
        {
            Inbox = inbox,
            Handlers = [handler],
            TimeProvider = clock,
            Random = new Random(7),
            Options = Options,
            Observer = observer ?? new SilentFlowObserver(),
        });

    private static async Task<InboundEvent> FindAsync(PostgresWebhookInbox inbox, string eventId) =>
        (await inbox.ListAsync(null, 200, Token)).Single(stored => stored.EventId == eventId);

    private sealed class CountingHandler(Action<InboundEvent> handle, InboundHandling? handling = null) : IInboundEventHandler
    {
        public string Provider => "test";

        public ValueTask<InboundHandling> HandleAsync(InboundEvent inboundEvent, CancellationToken cancellationToken)
        {
            handle(inboundEvent);
            return ValueTask.FromResult(handling ?? new InboundHandling.Delivered());
        }
    }

    /// <summary>Pages of ten.</summary>
    private sealed class ListSource(InboundEvent[] events) : IEventSource
    {
        private const int PageSize = 10;

        public int FailsAfterPages { get; set; } = int.MaxValue;

        public string Provider => "test";

        public ValueTask<InboundEventPage?> FetchAsync(string? cursor, CancellationToken cancellationToken)
        {
            int from = cursor is null ? 0 : int.Parse(cursor, null);
            if (from / PageSize >= FailsAfterPages)
            {
                throw new IOException("the connection was reset");
            }

            InboundEvent[] page = [.. events.Skip(from).Take(PageSize)];
            int next = from + page.Length;
            return ValueTask.FromResult<InboundEventPage?>(new InboundEventPage([.. page], $"{next}", next < events.Length));
        }
    }

    private sealed class FailingInbox(IWebhookInbox inner) : IWebhookInbox
    {
        public string? FailsAt { get; set; }

        public ValueTask<bool> StoreAsync(InboundEvent inboundEvent, CancellationToken cancellationToken) =>
            inboundEvent.EventId == FailsAt ? throw new IOException("disk") : inner.StoreAsync(inboundEvent, cancellationToken);

        public ValueTask<ImmutableArray<InboundEvent>> ClaimAsync(DateTimeOffset now, TimeSpan leaseTime, int limit, CancellationToken cancellationToken) =>
            inner.ClaimAsync(now, leaseTime, limit, cancellationToken);

        public ValueTask CompleteAsync(string provider, string eventId, bool ignored, string? note, CancellationToken cancellationToken) =>
            inner.CompleteAsync(provider, eventId, ignored, note, cancellationToken);

        public ValueTask FailAsync(string provider, string eventId, string note, DateTimeOffset? retryAt, CancellationToken cancellationToken) =>
            inner.FailAsync(provider, eventId, note, retryAt, cancellationToken);

        public ValueTask<bool> ReplayAsync(string provider, string eventId, CancellationToken cancellationToken) =>
            inner.ReplayAsync(provider, eventId, cancellationToken);

        public ValueTask<ImmutableArray<InboundEvent>> ListAsync(string? status, int limit, CancellationToken cancellationToken) =>
            inner.ListAsync(status, limit, cancellationToken);

        public ValueTask<string?> GetCursorAsync(string provider, CancellationToken cancellationToken) =>
            inner.GetCursorAsync(provider, cancellationToken);

        public ValueTask SetCursorAsync(string provider, string cursor, CancellationToken cancellationToken) =>
            inner.SetCursorAsync(provider, cursor, cancellationToken);
    }
}
