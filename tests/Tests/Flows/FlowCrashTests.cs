using Florin.Flows;
using Florin.Ledger;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Flows;

/// <summary>Processes die anywhere; what they began ends once. A dead process is a runner that is left hanging with a clock that stands still.</summary>
public sealed class FlowCrashTests
{
    private static readonly FlowOptions Options = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Fault("I-04")]
    public async Task Kill_between_effect_and_its_storing_resumes_with_one_effect()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        TaskCompletionSource charged = new();
        PaymentFlow dying = bench.Payment();
        dying.AfterEffect = async (_, token) =>
        {
            charged.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        };
        IFlowEngine dead = await bench.StartEngineAsync(dying, isLooping: false, clock: new ManualTimeProvider());
        FlowStart start = FlowBench.Start("a");
        _ = dead.StartAsync(start, FlowBench.Patience, Token).AsTask();
        await charged.Task;

        // The intent was durable before the effect.
        Assert.Equal("created", (await bench.Store.GetAsync(start.Id, Token))!.State);
        IFlowEngine engine = await bench.StartEngineAsync(bench.Payment());
        bench.Clock.Advance(Options.LeaseTime + TimeSpan.FromSeconds(1));

        await bench.UntilAsync(start.Id, flow => flow.State == "succeeded");
        Assert.Equal(2, bench.Outside.Calls);
        Assert.Single(bench.Outside.Effects);
        Assert.Single(bench.Ledger.Postings);
        Assert.Equal("succeeded", Assert.IsType<FlowStartOutcome.Replayed>(await engine.StartAsync(start, FlowBench.Patience, Token)).Flow.State);
    }

    [Fact]
    [Fault("I-04")]
    public async Task Retry_of_the_caller_resumes_what_a_dead_process_left()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        TaskCompletionSource charged = new();
        PaymentFlow dying = bench.Payment();
        dying.AfterEffect = async (_, token) =>
        {
            charged.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        };
        IFlowEngine dead = await bench.StartEngineAsync(dying, isLooping: false, clock: new ManualTimeProvider());
        FlowStart start = FlowBench.Start("a");
        _ = dead.StartAsync(start, FlowBench.Patience, Token).AsTask();
        await charged.Task;

        // No loop runs here: the retry itself takes the flow up, once the lease of the dead has ended.
        IFlowEngine engine = await bench.StartEngineAsync(bench.Payment(), isLooping: false);
        Assert.IsType<FlowStartOutcome.InProgress>(await engine.StartAsync(start, FlowBench.Patience, Token));
        bench.Clock.Advance(Options.LeaseTime + TimeSpan.FromSeconds(1));
        FlowStartOutcome retry = await engine.StartAsync(start, FlowBench.Patience, Token);

        Assert.Equal("charged", Assert.IsType<FlowStartOutcome.Replayed>(retry).Flow.State);
        await bench.UntilAsync(start.Id, flow => flow.State == "succeeded");
        Assert.Single(bench.Outside.Effects);
        Assert.Single(bench.Ledger.Postings);
    }

    [Fact]
    public async Task Runner_that_lost_its_lease_changes_nothing_when_it_wakes()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        TaskCompletionSource paused = new();
        TaskCompletionSource wakeUp = new();
        PaymentFlow slow = bench.Payment();
        slow.AfterEffect = async (_, _) =>
        {
            paused.TrySetResult();
            await wakeUp.Task;
        };
        RecordingObserver observer = new();
        IFlowEngine stalled = await bench.StartEngineAsync(slow, clock: new ManualTimeProvider(), observer: observer);
        FlowStart start = FlowBench.Start("a");
        _ = stalled.StartAsync(start, FlowBench.Patience, Token).AsTask();
        await paused.Task;

        // The other runner takes the flow over and is itself in the middle of it when the first one wakes.
        bench.Outside.Status = "processing";
        await bench.StartEngineAsync(bench.Payment());
        bench.Clock.Advance(Options.LeaseTime + TimeSpan.FromSeconds(1));
        Flow before = await bench.UntilAsync(start.Id, flow => flow.State == "charged" && flow.DueAt is null);
        wakeUp.SetResult();
        await FlowBench.WhenAsync(() => !observer.OvertakenFlows.IsEmpty);
        await bench.StopAsync(stalled);

        Assert.Equal(before, await bench.Store.GetAsync(start.Id, Token));
        Assert.Equal(start.Id, Assert.Single(observer.OvertakenFlows));
        Assert.Equal(2, await bench.Database.QueryAsync<long>("select count(*) from flows.history"));
        Assert.Single(bench.Outside.Effects);
    }

    [Fact]
    public async Task Stop_in_the_middle_of_a_turn_gives_the_flow_back_at_once()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        TaskCompletionSource charged = new();
        PaymentFlow interrupted = bench.Payment();
        interrupted.AfterEffect = async (_, token) =>
        {
            charged.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        };
        IFlowEngine stopping = await bench.StartEngineAsync(interrupted);
        FlowStart start = FlowBench.Start("a");
        _ = stopping.StartAsync(start, FlowBench.Patience, Token).AsTask();
        await charged.Task;

        await bench.StopAsync(stopping);

        // No lease has to run out: the clock has not moved.
        await bench.StartEngineAsync(bench.Payment());
        Flow flow = await bench.UntilAsync(start.Id, flow => flow.State == "succeeded");
        Assert.Equal(bench.Clock.GetUtcNow(), flow.UpdatedAt);
        Assert.Single(bench.Outside.Effects);
        Assert.Single(bench.Ledger.Postings);
    }

    [Fact]
    public async Task Lease_is_prolonged_while_its_holder_lives()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        TaskCompletionSource charged = new();
        TaskCompletionSource proceed = new();
        PaymentFlow slow = bench.Payment();
        slow.AfterEffect = async (_, token) =>
        {
            charged.SetResult();
            await proceed.Task.WaitAsync(token);
        };
        await bench.StartEngineAsync(bench.Payment());
        ManualTimeProvider holderClock = new();
        IFlowEngine engine = await bench.StartEngineAsync(slow, isLooping: false, clock: holderClock);
        FlowStart start = FlowBench.Start("a");
        _ = engine.StartAsync(start, TimeSpan.FromDays(1), Token).AsTask();
        await charged.Task;

        DateTime until = await LeaseUntilAsync(bench);
        for (int third = 0; third < 12; third++)
        {
            // One timer keeps the lease, the other is the caller's patience.
            await FlowBench.WhenAsync(() => holderClock.ActiveTimers == 2);
            holderClock.Advance(Options.LeaseTime / 3);
            DateTime before = until;
            while (until == before)
            {
                until = await LeaseUntilAsync(bench);
            }

            bench.Clock.Advance(Options.LeaseTime / 3);
        }

        proceed.SetResult();
        await bench.UntilAsync(start.Id, flow => flow.State == "succeeded");
        Assert.Equal(1, bench.Outside.Calls);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Posting_whose_answer_is_lost_stands_once(bool isApplied)
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        RecordingObserver observer = new();
        IFlowEngine engine = await bench.StartEngineAsync(bench.Payment(), observer: observer);
        bench.Ledger.LostAnswers = isApplied ? 1 : 0;
        bench.Ledger.UnavailableTimes = isApplied ? 0 : 1;
        FlowStart start = FlowBench.Start("a");
        await engine.StartAsync(start, FlowBench.Patience, Token);

        await FlowBench.WhenAsync(() => !observer.Waited.IsEmpty);
        await bench.AdvanceUntilAsync(start.Id, flow => flow.State == "succeeded", Options.BackoffFirst);
        Assert.Single(bench.Ledger.Postings);
        Assert.Equal(3, await bench.Database.QueryAsync<long>("select count(*) from flows.history"));
    }

    [Fact]
    public async Task Refused_posting_parks_the_flow_and_an_operator_takes_it_up_again()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        IFlowEngine engine = await bench.StartEngineAsync(bench.Payment());
        bench.Ledger.Refuse = _ => TransactionStatus.ExceedsCredits;
        FlowStart start = FlowBench.Start("a");
        await engine.StartAsync(start, FlowBench.Patience, Token);

        Flow parked = await bench.UntilAsync(start.Id, flow => flow.ParkedReason is not null);
        Assert.Equal("charged", parked.State);
        Assert.Contains("ExceedsCredits", parked.ParkedReason, StringComparison.Ordinal);
        Assert.Equal(parked, Assert.Single(await engine.ListParkedAsync(10, Token)));
        Assert.Empty(bench.Ledger.Postings);

        bench.Ledger.Refuse = _ => null;
        await engine.SignalAsync(start.Id, "test", "1", "hint", "{}", Token);
        Assert.NotNull((await engine.GetAsync(start.Id, Token))!.ParkedReason);
        await engine.SignalAsync(start.Id, FlowSignal.OperatorSource, "1", "retry", "{}", Token);
        await bench.UntilAsync(start.Id, flow => flow.State == "succeeded" && flow.ParkedReason is null);
        Assert.Single(bench.Ledger.Postings);
    }

    [Fact]
    public async Task Unreachable_provider_is_asked_again_for_ever_with_growing_delays_and_a_cap()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        RecordingObserver observer = new();
        PaymentFlow payment = bench.Payment();
        const int Attempts = 15;
        bool isDown = true;
        payment.BeforeDecision = (_, _) => Volatile.Read(ref isDown) ? throw new HttpRequestException("no route") : ValueTask.CompletedTask;

        // The clock runs fast here: no lease may end under a turn that lives.
        IFlowEngine engine = await bench.StartEngineAsync(
            payment, options: Options with { LeaseTime = TimeSpan.FromDays(1) }, observer: observer);
        FlowStart start = FlowBench.Start("a");
        Task<FlowStartOutcome> starting = engine.StartAsync(start, TimeSpan.FromDays(2), Token).AsTask();

        // The observer hears of an attempt after it is durable, and before the next one.
        Flow waiting = await bench.AdvanceUntilAsync(start.Id, flow => flow.Attempts > Attempts, TimeSpan.FromSeconds(5));
        Assert.Equal("created", waiting.State);
        Assert.Null(waiting.ParkedReason);
        Assert.Equal(Enumerable.Range(1, Attempts), observer.Waited.Select(waited => waited.Attempts).Take(Attempts));

        Assert.All(observer.Waited.Index(), entry =>
        {
            TimeSpan full = TimeSpan.FromSeconds(Math.Min(300, 1L << Math.Min(entry.Index, 20)));
            Assert.InRange(entry.Item.Delay, full / 2, full);
        });
        Volatile.Write(ref isDown, false);
        await bench.AdvanceUntilAsync(start.Id, flow => flow.State == "succeeded", TimeSpan.FromSeconds(5));
        Assert.IsType<FlowStartOutcome.Started>(await starting);
        Assert.Single(bench.Outside.Effects);
    }

    private static Task<DateTime> LeaseUntilAsync(FlowBench bench) => bench.Database.QueryAsync<DateTime>("select lease_until from flows.flow");
}
