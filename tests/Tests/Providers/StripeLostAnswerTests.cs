using Florin.Providers;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Florin.Tests.Providers;

/// <summary>Time-outs, resets and closed doors, over real sockets.</summary>
public sealed class StripeLostAnswerTests
{
    private static readonly TimeSpan Deadline = new ResilienceOptions().AttemptTimeout;
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Charge_that_times_out_is_unknown_and_is_not_tried_again()
    {
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using StripeServer server = await StripeServer.StartAsync(async (_, context) =>
        {
            arrived.SetResult();
            await AbortedAsync(context);
        });
        await using StripeUnderTest stripe = new(server.ApiBase);

        Task<ProviderOutcome<ProviderPayment>> charge = stripe.Provider.ChargeAsync(StripeUnderTest.Card(), Token).AsTask();
        await arrived.Task.WaitAsync(Token);
        stripe.Clock.Advance(Deadline);

        Assert.IsType<ProviderOutcome<ProviderPayment>.Unknown>(await charge);
        Assert.Single(server.Seen);
    }

    [Fact]
    public async Task Charge_whose_caller_gives_up_runs_on_to_its_answer()
    {
        using CancellationTokenSource caller = new();
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using StripeServer server = await StripeServer.StartAsync(async (_, context) =>
        {
            arrived.SetResult();
            await go.Task;
            await StripeServer.AnswerAsync(context, 200, StripeAnswers.Payment);
        });
        await using StripeUnderTest stripe = new(server.ApiBase);

        Task<ProviderOutcome<ProviderPayment>> charge = stripe.Provider.ChargeAsync(StripeUnderTest.Card(), caller.Token).AsTask();
        await arrived.Task.WaitAsync(Token);
        await caller.CancelAsync();
        go.SetResult();

        Assert.IsType<ProviderOutcome<ProviderPayment>.Accepted>(await charge);
    }

    [Fact]
    public async Task Charge_whose_caller_gave_up_before_is_never_sent()
    {
        await using StripeServer server = await StripeServer.StartAsync(200, StripeAnswers.Payment);
        await using StripeUnderTest stripe = new(server.ApiBase);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => stripe.Provider.ChargeAsync(StripeUnderTest.Card(), new CancellationToken(canceled: true)).AsTask());
        Assert.Empty(server.Seen);
    }

    [Fact]
    public async Task Charge_whose_key_is_in_use_is_unknown_when_its_caller_gives_up_waiting()
    {
        using CancellationTokenSource caller = new();
        await using StripeServer server = await StripeServer.StartAsync(409, StripeAnswers.KeyInUse);
        await using StripeUnderTest stripe = new(server.ApiBase);

        Task<ProviderOutcome<ProviderPayment>> charge = stripe.Provider.ChargeAsync(StripeUnderTest.Card(), caller.Token).AsTask();
        await stripe.Clock.NextTimerAsync(StripeUnderTest.Backoffs, Token);
        await caller.CancelAsync();

        Assert.IsType<ProviderOutcome<ProviderPayment>.Unknown>(await charge);
        Assert.Single(server.Seen);
    }

    [Fact]
    public async Task Charge_whose_connection_is_reset_after_sending_is_unknown_and_is_not_tried_again()
    {
        await using StripeServer server = await StripeServer.StartAsync((_, context) => StripeServer.ResetAsync(context));
        await using StripeUnderTest stripe = new(server.ApiBase);

        Assert.IsType<ProviderOutcome<ProviderPayment>.Unknown>(await stripe.ChargeAsync());
        Assert.Single(server.Seen);
    }

    [Fact]
    public async Task Charge_whose_answer_breaks_off_is_unknown_and_what_came_is_kept()
    {
        await using StripeServer server = await StripeServer.StartAsync(async (_, context) =>
        {
            // Less than was promised: the server closes the connection behind what it wrote.
            context.Response.ContentLength = 1_000;
            await context.Response.WriteAsync("{\"id\":\"pi_1\",");
        });
        await using StripeUnderTest stripe = new(server.ApiBase);

        ProviderOutcome<ProviderPayment>.Unknown unknown = Assert.IsType<ProviderOutcome<ProviderPayment>.Unknown>(await stripe.ChargeAsync());

        Assert.Equal("{\"id\":\"pi_1\",", unknown.RawBody);
        Assert.Single(server.Seen);
    }

    [Fact]
    public async Task Charge_without_a_connection_is_not_sent()
    {
        await using StripeUnderTest stripe = new(StripeServer.ClosedAddress());

        Assert.IsType<ProviderOutcome<ProviderPayment>.NotSent>(await stripe.ChargeAsync());
    }

    [Fact]
    public async Task Change_that_moves_no_money_is_repeated_under_its_key_until_it_is_answered()
    {
        int requests = 0;
        await using StripeServer server = await StripeServer.StartAsync((_, context) => Interlocked.Increment(ref requests) switch
        {
            1 => StripeServer.ResetAsync(context),
            2 => StripeServer.AnswerAsync(context, 500, StripeAnswers.ServerError),
            _ => StripeServer.AnswerAsync(context, 200, """{"id":"cus_9","object":"customer"}"""),
        });
        await using StripeUnderTest stripe = new(server.ApiBase);

        ProviderOutcome<string> outcome = await stripe.Play(stripe.Provider.CreateCustomerAsync(new CustomerRequest("user-1", "user-1:customer"), Token));

        Assert.Equal("cus_9", Assert.IsType<ProviderOutcome<string>.Accepted>(outcome).Value);
        Assert.Equal(3, server.Seen.Count);
        Assert.Equal("user-1:customer", Assert.Single(server.Seen.Select(seen => seen.IdempotencyKey).Distinct()));
    }

    [Fact]
    public async Task Change_is_not_called_unsent_when_an_earlier_attempt_may_have_arrived()
    {
        int requests = 0;
        await using StripeServer server = await StripeServer.StartAsync((_, context) => Interlocked.Increment(ref requests) == 1
            ? StripeServer.ResetAsync(context)
            : StripeServer.AnswerAsync(context, 429, StripeAnswers.RateLimit));
        await using StripeUnderTest stripe = new(server.ApiBase);

        ProviderOutcome<string> outcome = await stripe.Play(stripe.Provider.CreateCustomerAsync(new CustomerRequest("user-1", "k"), Token));

        Assert.IsType<ProviderOutcome<string>.Unknown>(outcome);
    }

    [Fact]
    public async Task Charge_is_accepted_once_the_key_is_free_again()
    {
        int requests = 0;
        await using StripeServer server = await StripeServer.StartAsync((_, context) => Interlocked.Increment(ref requests) == 1
            ? StripeServer.AnswerAsync(context, 409, StripeAnswers.KeyInUse)
            : StripeServer.AnswerAsync(context, 200, StripeAnswers.Payment));
        await using StripeUnderTest stripe = new(server.ApiBase);

        Assert.IsType<ProviderOutcome<ProviderPayment>.Accepted>(await stripe.ChargeAsync());
        Assert.Equal(2, server.Seen.Count);
    }

    [Fact]
    public async Task Read_is_given_up_when_its_caller_gives_up()
    {
        using CancellationTokenSource caller = new();
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using StripeServer server = await StripeServer.StartAsync(async (_, context) =>
        {
            arrived.TrySetResult();
            await AbortedAsync(context);
        });
        await using StripeUnderTest stripe = new(server.ApiBase);

        Task<ProviderLookup<ProviderPayment>> read = stripe.Provider.GetPaymentAsync("pi_1", caller.Token).AsTask();
        await arrived.Task.WaitAsync(Token);
        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
    }

    private static Task AbortedAsync(HttpContext context)
    {
        TaskCompletionSource aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        context.RequestAborted.Register(aborted.SetResult);
        return aborted.Task;
    }
}
