using Florin.Providers;
using Xunit;

namespace Florin.Tests.Providers;

/// <summary>What waits before a provider: in order, within bounds, and money before everything else.</summary>
public sealed class ProviderQueueTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_burst_above_the_rate_leaves_in_order_and_what_is_beyond_the_bound_burns_no_key()
    {
        await using StripeServer server = await StripeServer.StartAsync(200, StripeAnswers.Payment);
        await using StripeUnderTest stripe = new(server.ApiBase, new ResilienceOptions { RequestsPerSecond = 5, QueueWaitMax = TimeSpan.FromSeconds(1) });

        // Five at once, five within the second that a request may wait, two beyond it.
        Task<ProviderOutcome<ProviderPayment>>[] burst = [.. Enumerable.Range(0, 12).Select(index => Charge(stripe, index))];
        foreach (Task<ProviderOutcome<ProviderPayment>> beyond in burst[10..])
        {
            ProviderOutcome<ProviderPayment>.NotSent refused = Assert.IsType<ProviderOutcome<ProviderPayment>.NotSent>(await beyond);
            Assert.True(refused.RetryAfter > TimeSpan.FromSeconds(1));
        }

        await Task.WhenAll(burst[..5]);
        for (int index = 5; index < 10; index++)
        {
            Assert.Equal(index, server.Seen.Count);
            stripe.Clock.Advance(TimeSpan.FromMilliseconds(200));
            Assert.IsType<ProviderOutcome<ProviderPayment>.Accepted>(await burst[index]);
        }

        Assert.Equal(Enumerable.Range(5, 5).Select(Key), server.Seen.Skip(5).Select(seen => seen.IdempotencyKey));
        Assert.DoesNotContain(server.Seen, seen => seen.IdempotencyKey == Key(10) || seen.IdempotencyKey == Key(11));

        // The provider never heard of the key, so that it works.
        stripe.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.IsType<ProviderOutcome<ProviderPayment>.Accepted>(await Charge(stripe, 10));
        Assert.Single(server.Seen, seen => seen.IdempotencyKey == Key(10));
    }

    [Fact]
    public async Task Reads_that_wait_for_their_second_hold_no_place_that_a_payment_needs()
    {
        await using StripeServer server = await StripeServer.StartAsync(200, StripeAnswers.Payment);
        await using StripeUnderTest stripe = new(server.ApiBase, new ResilienceOptions { RequestsPerSecond = 1, ConcurrentRequestsMax = 2 });
        Task[] reads = [.. Enumerable.Range(0, 4).Select(_ => Read(stripe))];
        Assert.IsType<ProviderOutcome<ProviderPayment>.Accepted>(await Charge(stripe, 0).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Token));
        Assert.Contains(reads, read => !read.IsCompleted);
    }

    [Fact]
    public async Task A_payment_that_waits_goes_before_reads_that_came_first()
    {
        await using Held held = await Held.StartAsync(queued: 10);
        Task<ProviderOutcome<ProviderPayment>> first = Charge(held.Stripe, 0);
        await held.Arrived.WaitAsync(Token);
        Task[] reads = [Read(held.Stripe), Read(held.Stripe)];
        Task<ProviderOutcome<ProviderPayment>>[] payments = [Charge(held.Stripe, 1), Charge(held.Stripe, 2)];
        held.Go.SetResult();
        await Task.WhenAll([first, .. reads, .. payments]);
        Assert.Equal([Key(0), Key(1), Key(2), null, null], held.Server.Seen.Select(seen => seen.IdempotencyKey));
    }

    [Fact]
    public async Task A_payment_takes_the_turn_of_the_youngest_read_when_the_queue_is_full()
    {
        await using Held held = await Held.StartAsync(queued: 2);
        Task<ProviderOutcome<ProviderPayment>> first = Charge(held.Stripe, 0);
        await held.Arrived.WaitAsync(Token);
        Task<ProviderLookup<ProviderPayment>> old = Read(held.Stripe);
        Task<ProviderLookup<ProviderPayment>> young = Read(held.Stripe);
        Assert.IsType<ProviderLookup<ProviderPayment>.Unavailable>(await Read(held.Stripe));
        Task<ProviderOutcome<ProviderPayment>> payment = Charge(held.Stripe, 1);
        Assert.IsType<ProviderLookup<ProviderPayment>.Unavailable>(await young);
        Task<ProviderOutcome<ProviderPayment>> another = Charge(held.Stripe, 2);
        Assert.IsType<ProviderLookup<ProviderPayment>.Unavailable>(await old);

        // Payments do not turn payments away.
        Assert.IsType<ProviderOutcome<ProviderPayment>.NotSent>(await Charge(held.Stripe, 3));
        held.Go.SetResult();
        await Task.WhenAll(first, payment, another);
        Assert.Equal([Key(0), Key(1), Key(2)], held.Server.Seen.Select(seen => seen.IdempotencyKey));
    }

    [Fact]
    public async Task A_caller_who_gives_up_waiting_leaves_the_queue()
    {
        await using Held held = await Held.StartAsync(queued: 1);
        Task<ProviderOutcome<ProviderPayment>> first = Charge(held.Stripe, 0);
        await held.Arrived.WaitAsync(Token);
        using CancellationTokenSource patience = new();
        Task<ProviderLookup<ProviderPayment>> read = held.Stripe.Provider.GetPaymentAsync("pi_1", patience.Token).AsTask();
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        Task<ProviderLookup<ProviderPayment>> next = Read(held.Stripe);
        held.Go.SetResult();
        await Task.WhenAll(first, next);
        Assert.Equal(2, held.Server.Seen.Count);
    }

    private static string Key(int index) => $"flow-{index}:charge";

    private static Task<ProviderOutcome<ProviderPayment>> Charge(StripeUnderTest stripe, int index) =>
        stripe.Provider.ChargeAsync(StripeUnderTest.Card(key: Key(index)), Token).AsTask();

    private static Task<ProviderLookup<ProviderPayment>> Read(StripeUnderTest stripe) => stripe.Provider.GetPaymentAsync("pi_1", Token).AsTask();

    /// <summary>A provider with one place that answers nothing until it may.</summary>
    private sealed class Held : IAsyncDisposable
    {
        public required StripeServer Server { get; init; }

        public required StripeUnderTest Stripe { get; init; }

        public required SemaphoreSlim Arrived { get; init; }

        public required TaskCompletionSource Go { get; init; }

        public static async Task<Held> StartAsync(int queued)
        {
            TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
            SemaphoreSlim arrived = new(0);
            StripeServer server = await StripeServer.StartAsync(async (_, context) =>
            {
                arrived.Release();
                await go.Task;
                await StripeServer.AnswerAsync(context, 200, StripeAnswers.Payment);
            });
            StripeUnderTest stripe = new(server.ApiBase, new ResilienceOptions { ConcurrentRequestsMax = 1, QueuedRequestsMax = queued });
            return new Held { Server = server, Stripe = stripe, Arrived = arrived, Go = go };
        }

        public async ValueTask DisposeAsync()
        {
            await Stripe.DisposeAsync();
            await Server.DisposeAsync();
            Arrived.Dispose();
        }
    }
}
