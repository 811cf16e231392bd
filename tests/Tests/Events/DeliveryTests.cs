using System.Collections.Immutable;
using Florin.Flows;
using Florin.Flows.Outbound;
using Xunit;

namespace Florin.Tests.Events;

/// <summary>Deliveries to real receivers, with a clock that the test moves.</summary>
public sealed class DeliveryTests
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private static CancellationToken Token => EventBench.Token;

    [Fact]
    [Fault("O-01")]
    [Fault("O-03")]
    public async Task Receiver_that_fails_for_days_is_backed_off_from_then_parked_and_holds_up_nobody()
    {
        await using EventReceiver good = new();
        await using EventBench bench = await EventBench.CreateAsync();
        FlowId poisonous = await bench.OpenAsync();
        await using EventReceiver bad = new() { Answer = item => item.ObjectId == poisonous.ToString() ? 500 : 200 };
        (WebhookEndpointId badId, _) = await bench.SubscribeAsync(bad.Url);
        (WebhookEndpointId goodId, _) = await bench.SubscribeAsync(good.Url);
        FlowId other = await bench.OpenAsync();
        await bench.NumberAsync();
        DateTimeOffset start = bench.Clock.GetUtcNow();
        await bench.DeliverAsync();
        Assert.Equal(2, good.Received.Count);
        Assert.Contains(bad.Received, item => item.ObjectId == other.ToString());

        List<TimeSpan> attempts = [TimeSpan.Zero];
        while (Find(await bench.ListAsync(badId, "pending")) is { } waiting)
        {
            // Not a moment too early.
            bench.Clock.Advance(waiting.DueAt - bench.Clock.GetUtcNow() - TimeSpan.FromMilliseconds(1));
            Assert.Equal(0, await bench.DeliverAsync());
            bench.Clock.Advance(TimeSpan.FromMilliseconds(1));
            Assert.Equal(1, await bench.DeliverAsync());
            attempts.Add(bench.Clock.GetUtcNow() - start);
        }

        WebhookDelivery parked = Find(await bench.ListAsync(badId, "parked"))!;
        Assert.Equal((10, "refused", 500), (parked.Attempts, parked.LastError, parked.LastStatus));
        Assert.Equal(10, attempts.Count);
        Assert.InRange(attempts[1], TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(6));
        Assert.InRange(attempts[^1], 3 * Day, 4 * Day);
        Assert.Single(bad.Received.Where(item => item.ObjectId == poisonous.ToString()).Select(item => item.Id).Distinct());

        // Each attempt was signed at its own time.
        Assert.Equal(10, bad.Received.Where(item => item.ObjectId == poisonous.ToString()).Select(item => item.Timestamp).Distinct().Count());
        Assert.Empty(await bench.ListAsync(goodId, "pending"));

        // The next version of the same object is not held up by the parked one either.
        bad.Answer = _ => 200;
        await bench.MoveAsync(poisonous, 1);
        await bench.NumberAsync();
        Assert.Equal(2, await bench.DeliverAsync());

        // A person replays it.
        Assert.True(await bench.Deliveries.ReplayOneAsync(badId, parked.Sequence, bench.Clock.GetUtcNow(), Token));
        await bench.DeliverAsync();
        Assert.Empty(await bench.ListAsync(badId, "parked"));
        ReceivedEvent replayed = bad.Received[^1];
        Assert.Equal((parked.EventId, true), (replayed.Id, replayed.IsReplay));
        Assert.False(bad.Received[0].IsReplay);

        WebhookDelivery? Find(ImmutableArray<WebhookDelivery> items) =>
            items.SingleOrDefault(item => item.EventId == OutboundEvent.IdOf(poisonous, 1));
    }

    [Fact]
    [Fault("O-02")]
    public async Task Thousand_pending_deliveries_are_made_after_a_restart()
    {
        const int Events = 1_000;
        await using EventReceiver receiver = new();
        await using EventBench bench = await EventBench.CreateAsync();
        (WebhookEndpointId id, string secret) = await bench.SubscribeAsync(receiver.Url);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            for (int index = 0; index < Events / 8; index++)
            {
                await bench.OpenAsync();
            }
        }));
        await bench.NumberAsync();
        Assert.Equal(Events, (await bench.ListAsync(id, "pending")).Length);

        // What claimed some of them died; another process begins when the leases are over.
        await bench.Deliveries.ClaimAsync(bench.Clock.GetUtcNow(), bench.Parts.Options.LeaseTime, new Dictionary<WebhookEndpointId, int>(), 40, Token);
        bench.Clock.Advance(bench.Parts.Options.LeaseTime);
        await bench.DeliverAsync();

        Assert.Equal(Enumerable.Range(1, Events).Select(number => (long)number), receiver.Received.Select(item => item.Sequence).Order());
        Assert.All(receiver.Received, item => Assert.True(item.IsSignedBy(secret)));
        Assert.Empty(await bench.ListAsync(id, "pending"));
    }

    [Fact]
    public async Task Endpoint_that_never_answers_keeps_its_own_places_and_delays_no_other()
    {
        await using EventReceiver hanging = new() { Hangs = true };
        await using EventReceiver lively = new();
        await using EventBench bench = await EventBench.CreateAsync();
        await bench.SubscribeAsync(hanging.Url);
        (WebhookEndpointId livelyId, _) = await bench.SubscribeAsync(lively.Url);
        for (int index = 0; index < 40; index++)
        {
            await bench.OpenAsync();
        }

        await bench.NumberAsync();
        using CancellationTokenSource stop = new();
        DeliveryLoop loop = bench.NewLoop();
        Task running = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    await loop.WorkAsync(stop.Token);
                }
            },
            Token);
        while ((await bench.ListAsync(livelyId, "delivered")).Length < 40)
        {
            Assert.False(running.IsFaulted);
            await Task.Yield();
        }

        Assert.Equal(bench.Parts.Options.PerEndpointMax, hanging.Received.Count);
        await stop.CancelAsync();

        // It sees the end before a step or within one.
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        Assert.False(running.IsFaulted);
        await loop.LetGoAsync();
    }

    [Fact]
    [Fault("O-07")]
    public async Task Receiver_that_works_and_does_not_answer_in_time_gets_the_event_again_under_its_id()
    {
        await using EventReceiver slow = new() { Hangs = true };
        await using EventBench bench = await EventBench.CreateAsync();
        (WebhookEndpointId id, string secret) = await bench.SubscribeAsync(slow.Url);
        await bench.OpenAsync();
        await bench.NumberAsync();
        Task<int> attempt = bench.NewLoop().RunOnceAsync(Token).AsTask();
        while (slow.Received.Count == 0)
        {
            await Task.Yield();
        }

        bench.Clock.Advance(bench.Parts.Options.AttemptTimeout);
        Assert.Equal(1, await attempt);
        WebhookDelivery failed = Assert.Single(await bench.ListAsync(id, "pending"));
        Assert.Equal(("timeout", null), (failed.LastError, failed.LastStatus));

        slow.Hangs = false;
        bench.Clock.Advance(TimeSpan.FromSeconds(6));
        await bench.DeliverAsync();
        Assert.Equal(2, slow.Received.Count);
        Assert.Single(slow.Received.Select(item => item.Id).Distinct());
        Assert.Equal(slow.Received[0].Body, slow.Received[1].Body);
        Assert.All(slow.Received, item => Assert.True(item.IsSignedBy(secret)));
        Assert.Single(await bench.ListAsync(id, "delivered"));
    }

    [Fact]
    [Fault("O-08")]
    public async Task Rotated_secret_signs_beside_the_old_one_for_the_overlap_and_alone_afterwards()
    {
        await using EventReceiver receiver = new();
        await using EventBench bench = await EventBench.CreateAsync();
        (WebhookEndpointId id, string old) = await bench.SubscribeAsync(receiver.Url);
        string? current = await bench.Endpoints.RotateSecretAsync(id, TimeSpan.FromHours(24), Token);
        Assert.NotNull(current);
        Assert.NotEqual(old, current);

        await SendOneAsync(bench);
        bench.Clock.Advance(TimeSpan.FromHours(24));
        await SendOneAsync(bench);
        string? leaked = current;
        current = await bench.Endpoints.RotateSecretAsync(id, TimeSpan.Zero, Token);
        await SendOneAsync(bench);

        Assert.Equal([2, 1, 1], receiver.Received.Select(item => item.Signatures));
        Assert.Equal([true, false, false], receiver.Received.Select(item => item.IsSignedBy(old)));
        Assert.Equal([true, true, false], receiver.Received.Select(item => item.IsSignedBy(leaked!)));
        Assert.True(receiver.Received[2].IsSignedBy(current!));

        // The time is what is signed, and it is the time of the attempt.
        Assert.Equal(bench.Clock.GetUtcNow().ToUnixTimeSeconds(), receiver.Received[2].SignedAt.ToUnixTimeSeconds());
        Assert.False((receiver.Received[2] with { Timestamp = "1614265330" }).IsSignedBy(current!));
    }

    [Fact]
    [Fault("O-05")]
    public async Task Replay_sends_what_was_wanted_after_a_number_again_with_the_same_ids_and_bytes_and_says_so()
    {
        await using EventReceiver receiver = new();
        await using EventBench bench = await EventBench.CreateAsync();
        (WebhookEndpointId id, _) = await bench.SubscribeAsync(receiver.Url, "order.paid", "strange.*");
        FlowId[] flows = [await bench.OpenAsync(), await bench.OpenAsync(), await bench.OpenAsync()];
        foreach (FlowId flow in flows)
        {
            await bench.MoveAsync(flow, 1);
        }

        await bench.NumberAsync();
        await bench.DeliverAsync();
        ReceivedEvent[] first = [.. receiver.Received.OrderBy(item => item.Sequence)];
        Assert.Equal(["order.paid", "order.paid", "order.paid"], first.Select(item => item.Type));

        QueuedReplay replay = await bench.Deliveries.ReplayAsync(id, first[0].Sequence, 1, bench.Clock.GetUtcNow(), Token);
        Assert.Equal(new QueuedReplay(1, first[1].Sequence, HasMore: true), replay);
        await bench.Deliveries.ReplayAsync(id, replay.LastSequence, 10, bench.Clock.GetUtcNow(), Token);
        await bench.DeliverAsync();
        ReceivedEvent[] again = [.. receiver.Received.Skip(3).OrderBy(item => item.Sequence)];
        Assert.Equal(first[1..].Select(item => item.Id), again.Select(item => item.Id));
        Assert.Equal(first[1..].Select(item => item.Body), again.Select(item => item.Body));
        Assert.All(again, item => Assert.True(item.IsReplay));
        Assert.All(first, item => Assert.False(item.IsReplay));
    }

    [Fact]
    public async Task Endpoint_that_is_gone_or_switched_off_gets_nothing_and_its_past_by_a_replay()
    {
        await using EventReceiver receiver = new() { Answer = _ => 410 };
        await using EventBench bench = await EventBench.CreateAsync();
        (WebhookEndpointId id, _) = await bench.SubscribeAsync(receiver.Url);
        await SendOneAsync(bench);
        WebhookEndpoint gone = (await bench.Endpoints.GetAsync(id, Token))!;
        Assert.Equal((false, "gone"), (gone.IsEnabled, gone.DisabledReason));

        bench.Clock.Advance(Day);
        await SendOneAsync(bench);
        Assert.Single(receiver.Received);

        receiver.Answer = _ => 200;
        Assert.True((await bench.Endpoints.SetEnabledAsync(id, isEnabled: true, Token))!.IsEnabled);
        await bench.Deliveries.ReplayAsync(id, 0, 100, bench.Clock.GetUtcNow(), Token);
        await bench.DeliverAsync();
        Assert.Equal([1L, 1L, 2L], receiver.Received.Select(item => item.Sequence).Order());
        Assert.True(await bench.Endpoints.RemoveAsync(id, Token));
        await SendOneAsync(bench);
        Assert.Equal(3, receiver.Received.Count);
        Assert.Equal(1, await bench.Database.QueryAsync<long>("select count(*) from flows.webhook_endpoint where secret is null and previous_secret is null"));
    }

    [Fact]
    public async Task Receiver_that_asks_for_a_pause_gets_one()
    {
        await using EventReceiver receiver = new() { Answer = _ => 429, RetryAfter = "600" };
        await using EventBench bench = await EventBench.CreateAsync();
        await bench.SubscribeAsync(receiver.Url);
        await SendOneAsync(bench);
        receiver.Answer = _ => 200;
        receiver.RetryAfter = null;
        bench.Clock.Advance(TimeSpan.FromSeconds(599));
        await SendOneAsync(bench);
        Assert.Single(receiver.Received);
        bench.Clock.Advance(TimeSpan.FromSeconds(1));
        await bench.DeliverAsync();
        Assert.Equal(3, receiver.Received.Count);
    }

    private static async Task SendOneAsync(EventBench bench)
    {
        await bench.OpenAsync();
        await bench.NumberAsync();
        await bench.DeliverAsync();
    }
}
