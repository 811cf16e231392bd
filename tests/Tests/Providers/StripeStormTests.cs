using System.Globalization;
using Florin.Providers;
using Xunit;

namespace Florin.Tests.Providers;

/// <summary>A provider in trouble must not be stormed, and its trouble must not become ours.</summary>
public sealed class StripeStormTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly ResilienceOptions Limits = new();

    [Theory]
    [InlineData(500)]
    [InlineData(429)]
    public async Task Breaker_opens_in_a_storm_and_then_no_request_leaves(int status)
    {
        await using StripeServer server = await StripeServer.StartAsync(status, status == 429 ? StripeAnswers.RateLimit : StripeAnswers.ServerError);
        await using StripeUnderTest stripe = new(server.ApiBase);

        for (int charge = 0; charge < 40; charge++)
        {
            await stripe.ChargeAsync(StripeUnderTest.Card(key: $"flow-{charge}:charge"));
        }

        // As many requests as the breaker needs to see; 40 charges with their repeats would be far more.
        Assert.InRange(server.Seen.Count, 1, Limits.BreakerRequestsMin);
        int before = server.Seen.Count;
        ProviderOutcome<ProviderPayment>.NotSent refused = Assert.IsType<ProviderOutcome<ProviderPayment>.NotSent>(await stripe.ChargeAsync());
        Assert.Equal(before, server.Seen.Count);
        Assert.InRange(refused.RetryAfter!.Value, TimeSpan.Zero, Limits.BreakerPause);
    }

    [Fact]
    public async Task Breaker_lets_one_request_see_and_closes_when_it_is_answered()
    {
        int status = 503;
        await using StripeServer server = await StripeServer.StartAsync((_, context) => StripeServer.AnswerAsync(context, Volatile.Read(ref status), StripeAnswers.Payment));
        await using StripeUnderTest stripe = new(server.ApiBase);
        for (int charge = 0; charge < Limits.BreakerRequestsMin; charge++)
        {
            await stripe.ChargeAsync();
        }

        int opened = server.Seen.Count;
        stripe.Clock.Advance(Limits.BreakerPause);
        Assert.IsType<ProviderOutcome<ProviderPayment>.Unknown>(await stripe.ChargeAsync());
        Assert.Equal(opened + 1, server.Seen.Count);
        Assert.IsType<ProviderOutcome<ProviderPayment>.NotSent>(await stripe.ChargeAsync());
        Assert.Equal(opened + 1, server.Seen.Count);

        Volatile.Write(ref status, 200);
        stripe.Clock.Advance(Limits.BreakerPause);
        Assert.IsType<ProviderOutcome<ProviderPayment>.Accepted>(await stripe.ChargeAsync());
        Assert.IsType<ProviderOutcome<ProviderPayment>.Accepted>(await stripe.ChargeAsync());
    }

    [Fact]
    public async Task Declines_do_not_open_the_breaker()
    {
        await using StripeServer server = await StripeServer.StartAsync(402, StripeAnswers.Decline);
        await using StripeUnderTest stripe = new(server.ApiBase);

        for (int charge = 0; charge < 2 * Limits.BreakerRequestsMin; charge++)
        {
            Assert.IsType<ProviderOutcome<ProviderPayment>.Declined>(await stripe.ChargeAsync());
        }
    }

    [Fact]
    public async Task Retry_after_is_honoured()
    {
        List<TimeSpan> waits = [];
        await using StripeServer server = await StripeServer.StartAsync(429, StripeAnswers.RateLimit, ("Retry-After", "4"));
        await using StripeUnderTest stripe = new(server.ApiBase);

        Task<ProviderOutcome<ProviderPayment>> charge = stripe.Provider.ChargeAsync(StripeUnderTest.Card(), Token).AsTask();
        while (!charge.IsCompleted && waits.Count < 3)
        {
            TimeSpan wait = await stripe.Clock.NextTimerAsync(StripeUnderTest.Backoffs, Token);
            waits.Add(wait);
            stripe.Clock.Advance(wait);
        }

        Assert.Equal(TimeSpan.FromSeconds(4), Assert.IsType<ProviderOutcome<ProviderPayment>.NotSent>(await charge).RetryAfter);
        Assert.All(waits, wait => Assert.Equal(TimeSpan.FromSeconds(4), wait));
        Assert.Equal(4, server.Seen.Count);
    }

    [Fact]
    public async Task Retry_after_beyond_the_budget_is_handed_to_the_caller()
    {
        int seconds = checked((int)Limits.RetryBudget.TotalSeconds) + 1;
        await using StripeServer server = await StripeServer.StartAsync(
            429, StripeAnswers.RateLimit, ("Retry-After", seconds.ToString(CultureInfo.InvariantCulture)));
        await using StripeUnderTest stripe = new(server.ApiBase);

        ProviderOutcome<ProviderPayment>.NotSent notSent = Assert.IsType<ProviderOutcome<ProviderPayment>.NotSent>(await stripe.ChargeAsync());

        Assert.Equal(TimeSpan.FromSeconds(seconds), notSent.RetryAfter);
        Assert.Single(server.Seen);
    }

    [Theory]
    [InlineData(409, "false")]
    [InlineData(429, "false")]
    [InlineData(500, "true")]
    public async Task Providers_word_against_a_repeat_wins_and_its_word_for_one_does_not_repeat_money(int status, string shouldRetry)
    {
        await using StripeServer server = await StripeServer.StartAsync(status, StripeAnswers.RateLimit, ("Stripe-Should-Retry", shouldRetry));
        await using StripeUnderTest stripe = new(server.ApiBase);

        await stripe.ChargeAsync();

        Assert.Single(server.Seen);
    }

    [Fact]
    public async Task Bulkhead_refuses_what_neither_runs_nor_waits()
    {
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        SemaphoreSlim arrived = new(0);
        await using StripeServer server = await StripeServer.StartAsync(async (_, context) =>
        {
            arrived.Release();
            await go.Task;
            await StripeServer.AnswerAsync(context, 200, StripeAnswers.Payment);
        });
        await using StripeUnderTest stripe = new(server.ApiBase, new ResilienceOptions { ConcurrentRequestsMax = 2, QueuedRequestsMax = 1 });

        Task<ProviderOutcome<ProviderPayment>>[] running =
            [.. Enumerable.Range(0, 3).Select(_ => stripe.Provider.ChargeAsync(StripeUnderTest.Card(), Token).AsTask())];
        await arrived.WaitAsync(Token);
        await arrived.WaitAsync(Token);
        ProviderOutcome<ProviderPayment> refused = await stripe.Provider.ChargeAsync(StripeUnderTest.Card(), Token);
        go.SetResult();

        Assert.IsType<ProviderOutcome<ProviderPayment>.NotSent>(refused);
        Assert.All(await Task.WhenAll(running), outcome => Assert.IsType<ProviderOutcome<ProviderPayment>.Accepted>(outcome));
        Assert.Equal(3, server.Seen.Count);
    }

    [Fact]
    public async Task Waiting_for_a_place_ends_as_not_sent()
    {
        SemaphoreSlim arrived = new(0);
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using StripeServer server = await StripeServer.StartAsync(async (_, context) =>
        {
            arrived.Release();
            await go.Task;
            await StripeServer.AnswerAsync(context, 200, StripeAnswers.Payment);
        });
        await using StripeUnderTest stripe = new(server.ApiBase, new ResilienceOptions { ConcurrentRequestsMax = 1 });

        Task<ProviderOutcome<ProviderPayment>> running = stripe.Provider.ChargeAsync(StripeUnderTest.Card(), Token).AsTask();
        await arrived.WaitAsync(Token);
        ProviderOutcome<ProviderPayment> refused = await stripe.ChargeAsync();
        go.SetResult();

        Assert.IsType<ProviderOutcome<ProviderPayment>.NotSent>(refused);
        Assert.IsType<ProviderOutcome<ProviderPayment>.Accepted>(await running);
        Assert.Single(server.Seen);
    }

    [Fact]
    public async Task Requests_leave_no_faster_than_the_rate()
    {
        await using StripeServer server = await StripeServer.StartAsync(200, StripeAnswers.Payment);
        await using StripeUnderTest stripe = new(server.ApiBase, new ResilienceOptions { RequestsPerSecond = 5, QueueWaitMax = TimeSpan.FromMilliseconds(300) });

        // Five at once, the sixth after 200 ms, the seventh would have to wait 400 ms.
        Task<ProviderOutcome<ProviderPayment>>[] charges =
            [.. Enumerable.Range(0, 7).Select(_ => stripe.Provider.ChargeAsync(StripeUnderTest.Card(), Token).AsTask())];
        Assert.IsType<ProviderOutcome<ProviderPayment>.NotSent>(await charges[6]);
        await Task.WhenAll(charges[..5]);
        Assert.Equal(5, server.Seen.Count);

        stripe.Clock.Advance(TimeSpan.FromMilliseconds(200));
        Assert.IsType<ProviderOutcome<ProviderPayment>.Accepted>(await charges[5]);
        Assert.Equal(6, server.Seen.Count);
    }
}
