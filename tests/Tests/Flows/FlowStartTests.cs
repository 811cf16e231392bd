using Florin.Flows;
using Florin.Ledger;
using Xunit;

namespace Florin.Tests.Flows;

/// <summary>One key is one flow: repeats, races, other requests, other callers.</summary>
public sealed class FlowStartTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_executes_to_the_end_with_one_posting_and_its_history()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        IFlowEngine engine = await bench.StartEngineAsync(bench.Payment());
        FlowStart start = FlowBench.Start("a");

        FlowStartOutcome outcome = await engine.StartAsync(start, FlowBench.Patience, Token);

        Assert.IsType<FlowStartOutcome.Started>(outcome);
        Flow flow = await bench.UntilAsync(start.Id, flow => flow.State == "succeeded");
        Assert.Equal(3, flow.Version);
        Assert.Null(flow.DueAt);
        Assert.Single(bench.Ledger.Postings);
        IEnumerable<FlowHistoryEntry> history = await engine.GetHistoryAsync(start.Id, Token);
        Assert.Equal(
            [(null, "created", "user:1"), ("created", "charged", "runner"), ("charged", "succeeded", "runner")],
            history.Select(entry => (entry.From, entry.To, entry.Actor)));
        Assert.Equal(flow, await engine.FindByProviderReferenceAsync(flow.ProviderReference!, Token));
    }

    [Fact]
    [Fault("I-01")]
    public async Task Repeat_is_answered_with_the_flow_as_it_is_now()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        IFlowEngine engine = await bench.StartEngineAsync(bench.Payment());
        FlowStart start = FlowBench.Start("a");
        await engine.StartAsync(start, FlowBench.Patience, Token);
        await bench.UntilAsync(start.Id, flow => flow.State == "succeeded");

        FlowStartOutcome repeat = await engine.StartAsync(start, FlowBench.Patience, Token);

        Assert.Equal("succeeded", Assert.IsType<FlowStartOutcome.Replayed>(repeat).Flow.State);
        Assert.Single(bench.Outside.Effects);
        Assert.Equal(1, bench.Outside.Calls);
        Assert.Equal(1, await bench.Database.QueryAsync<long>("select count(*) from flows.flow"));
    }

    [Fact]
    [Fault("I-03")]
    public async Task Fifty_concurrent_starts_with_one_key_execute_once()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        IFlowEngine[] engines = [await bench.StartEngineAsync(bench.Payment()), await bench.StartEngineAsync(bench.Payment())];
        FlowStart start = FlowBench.Start("a") with { Transactions = [] };

        FlowStartOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 50)
            .Select(index => Task.Run(async () => await engines[index % 2].StartAsync(start, FlowBench.Patience, Token))));

        Assert.Single(outcomes.OfType<FlowStartOutcome.Started>());
        Assert.All(outcomes, outcome => Assert.True(
            outcome is FlowStartOutcome.Started or FlowStartOutcome.Replayed or FlowStartOutcome.InProgress, outcome.ToString()));
        await bench.UntilAsync(start.Id, flow => flow.State == "succeeded");
        Assert.Equal(1, bench.Outside.Calls);
        Assert.Single(bench.Ledger.Postings);
        Assert.Equal(1, await bench.Database.QueryAsync<long>("select count(*) from flows.flow"));
        Assert.Equal(3, await bench.Database.QueryAsync<long>("select count(*) from flows.history"));
    }

    [Fact]
    [Fault("I-03")]
    public async Task Fifty_concurrent_starts_that_post_at_once_post_once()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        IFlowEngine[] engines = [await bench.StartEngineAsync(bench.Payment()), await bench.StartEngineAsync(bench.Payment())];
        FlowStart start = FlowBench.Start("a");
        start = start with { Transactions = [PaymentFlow.Posting(start.Id, "debit")] };

        FlowStartOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 50)
            .Select(index => Task.Run(async () => await engines[index % 2].StartAsync(start, FlowBench.Patience, Token))));

        Assert.Single(outcomes.OfType<FlowStartOutcome.Started>());
        await bench.UntilAsync(start.Id, flow => flow.State == "succeeded");
        Assert.Equal(2, bench.Ledger.Postings.Count);
        Assert.Equal(2, bench.Ledger.Postings.Distinct().Count());
    }

    [Fact]
    [Fault("I-02")]
    public async Task Same_key_with_another_request_is_refused_and_changes_nothing()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        RecordingObserver observer = new();
        IFlowEngine engine = await bench.StartEngineAsync(bench.Payment(), observer: observer);
        FlowStart start = FlowBench.Start("a");
        await engine.StartAsync(start, FlowBench.Patience, Token);
        Flow before = await bench.UntilAsync(start.Id, flow => flow.State == "succeeded");

        FlowStart other = FlowBench.Start("a", body: "10.01");
        FlowStartOutcome outcome = await engine.StartAsync(other, FlowBench.Patience, Token);

        Assert.Equal(before, Assert.IsType<FlowStartOutcome.RequestDiffers>(outcome).Flow);
        Assert.Equal(before, await engine.GetAsync(start.Id, Token));
        Assert.Equal((start.RequestHash, other.RequestHash), Assert.Single(observer.DifferingHashes));
        Assert.Equal(1, bench.Outside.Calls);
    }

    [Fact]
    [Fault("I-07")]
    public async Task Same_key_of_another_caller_is_another_flow()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        IFlowEngine engine = await bench.StartEngineAsync(bench.Payment());
        FlowStart one = FlowBench.Start("a", caller: "user:1");
        FlowStart two = FlowBench.Start("a", caller: "user:2", body: "99.00");

        Assert.IsType<FlowStartOutcome.Started>(await engine.StartAsync(one, FlowBench.Patience, Token));
        Assert.IsType<FlowStartOutcome.Started>(await engine.StartAsync(two, FlowBench.Patience, Token));

        await bench.UntilAsync(one.Id, flow => flow.State == "succeeded");
        await bench.UntilAsync(two.Id, flow => flow.State == "succeeded");
        Assert.Equal(2, bench.Outside.Effects.Count);
        Assert.NotEqual(one.Id, FlowId.FromIdempotencyKey("user:1", "POST /other", "a"));
    }

    [Fact]
    [Fault("I-05")]
    public async Task Key_is_known_after_years()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        IFlowEngine engine = await bench.StartEngineAsync(bench.Payment());
        FlowStart start = FlowBench.Start("a");
        await engine.StartAsync(start, FlowBench.Patience, Token);
        await bench.UntilAsync(start.Id, flow => flow.State == "succeeded");

        bench.Clock.Advance(TimeSpan.FromDays(1_000));

        Assert.IsType<FlowStartOutcome.Replayed>(await engine.StartAsync(start, FlowBench.Patience, Token));
        Assert.Equal(1, bench.Outside.Calls);
    }

    [Fact]
    public async Task Refusal_by_the_ledger_stores_nothing_and_leaves_the_key_free()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        IFlowEngine engine = await bench.StartEngineAsync(bench.Payment());
        FlowStart start = FlowBench.Start("a");
        start = start with { Transactions = [PaymentFlow.Posting(start.Id, "debit")] };
        bench.Ledger.Refuse = _ => TransactionStatus.ExceedsCredits;

        FlowStartOutcome refused = await engine.StartAsync(start, FlowBench.Patience, Token);

        Assert.Equal(TransactionStatus.ExceedsCredits, Assert.IsType<FlowStartOutcome.Refused>(refused).Result.Status);
        Assert.Null(await engine.GetAsync(start.Id, Token));
        bench.Ledger.Refuse = _ => null;
        Assert.IsType<FlowStartOutcome.Started>(await engine.StartAsync(start, FlowBench.Patience, Token));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Obligation_is_held_by_one_flow_whatever_the_key(bool isPostedAtOnce)
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        IFlowEngine engine = await bench.StartEngineAsync(bench.Payment());
        FlowStart[] starts = [.. Enumerable.Range(0, 20).Select(index => FlowBench.Start($"key {index}") with { Obligation = "invoice:7" })];
        if (isPostedAtOnce)
        {
            starts = [.. starts.Select(start => start with { Transactions = [PaymentFlow.Posting(start.Id, "debit")] })];
        }

        FlowStartOutcome[] outcomes = await Task.WhenAll(
            starts.Select(start => Task.Run(async () => await engine.StartAsync(start, FlowBench.Patience, Token))));

        FlowId winner = Assert.Single(outcomes.OfType<FlowStartOutcome.Started>()).Flow.Id;
        Assert.All(outcomes.OfType<FlowStartOutcome.ObligationTaken>(), taken => Assert.Equal(winner, taken.Holder));
        Assert.Equal(19, outcomes.OfType<FlowStartOutcome.ObligationTaken>().Count());
        await bench.UntilAsync(winner, flow => flow.State == "succeeded");
        Assert.Single(bench.Outside.Effects);
        Assert.Equal(isPostedAtOnce ? 2 : 1, bench.Ledger.Postings.Count);
        Assert.Equal(1, await bench.Database.QueryAsync<long>("select count(*) from flows.flow"));
    }

    [Fact]
    public async Task Caller_whose_patience_ends_is_told_how_far_it_is_and_the_flow_goes_on()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        TaskCompletionSource reached = new();
        TaskCompletionSource proceed = new();
        PaymentFlow payment = bench.Payment();
        payment.AfterEffect = async (_, token) =>
        {
            reached.SetResult();
            await proceed.Task.WaitAsync(token);
        };
        IFlowEngine engine = await bench.StartEngineAsync(payment, isLooping: false);
        FlowStart start = FlowBench.Start("a");

        Task<FlowStartOutcome> starting = engine.StartAsync(start, TimeSpan.FromSeconds(5), Token).AsTask();
        await reached.Task;
        Assert.Equal("created", Assert.IsType<FlowStartOutcome.InProgress>(await engine.StartAsync(start, FlowBench.Patience, Token)).Flow.State);

        // One timer keeps the lease, the other is the caller's patience.
        await FlowBench.WhenAsync(() => bench.Clock.ActiveTimers == 2);
        bench.Clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal("created", Assert.IsType<FlowStartOutcome.Started>(await starting).Flow.State);
        proceed.SetResult();
        await bench.UntilAsync(start.Id, flow => flow.State == "succeeded");
        Assert.Equal(1, bench.Outside.Calls);
    }

    [Fact]
    public async Task Flow_that_finds_no_free_place_is_durable_and_runs_later()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        TaskCompletionSource proceed = new();
        PaymentFlow payment = bench.Payment();
        payment.BeforeDecision = async (_, token) => await proceed.Task.WaitAsync(token);
        IFlowEngine engine = await bench.StartEngineAsync(payment, options: new FlowOptions { TurnsMax = 1 });

        Task<FlowStartOutcome>[] starting = [.. Enumerable.Range(0, 5)
            .Select(index => engine.StartAsync(FlowBench.Start($"{index}"), FlowBench.Patience, Token).AsTask())];
        foreach (int index in Enumerable.Range(0, 5))
        {
            await bench.UntilAsync(FlowBench.Start($"{index}").Id, flow => flow.State == "created");
        }

        proceed.SetResult();
        Assert.All(await Task.WhenAll(starting), outcome => Assert.IsType<FlowStartOutcome.Started>(outcome));
        Assert.Equal(5, bench.Outside.Effects.Count);
    }

    [Fact]
    public async Task Bug_in_a_handler_reaches_the_caller_and_the_host()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        PaymentFlow payment = bench.Payment();
        payment.BeforeDecision = (_, _) => throw new InvalidOperationException("a bug");
        IFlowEngine engine = await bench.StartEngineAsync(payment, isLooping: false);

        Task loop = engine.RunAsync(Token);
        await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await engine.StartAsync(FlowBench.Start("a"), FlowBench.Patience, Token));
        await Assert.ThrowsAsync<InvalidOperationException>(() => loop);
    }
}
