using Florin.Flows;
using Florin.Ledger;
using Xunit;

namespace Florin.Tests.Flows;

/// <summary>What each decision does to the row, and what happens to decisions that cannot be.</summary>
public sealed class FlowTurnTests
{
    private static readonly FlowStart Scripted = FlowBench.Start("a") with { Kind = ScriptedFlow.Kind, State = "open" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Move_with_a_delay_is_taken_up_again_after_it_and_not_before()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        ScriptedFlow handler = new((flow, _, _) => ValueTask.FromResult<FlowDecision>(flow.State == "open"
            ? new FlowDecision.Move("next", """{"step": 1}""", "later") { Delay = TimeSpan.FromMinutes(10) }
            : new FlowDecision.Move("done", flow.Data, "now")));
        IFlowEngine engine = await bench.StartEngineAsync(handler);
        await engine.StartAsync(Scripted, FlowBench.Patience, Token);

        Flow waiting = await bench.UntilAsync(Scripted.Id, flow => flow.State == "next");
        Assert.Equal(bench.Clock.GetUtcNow() + TimeSpan.FromMinutes(10), waiting.DueAt);
        Assert.Equal("""{"step": 1}""", waiting.Data);
        Assert.Empty(await bench.Store.ClaimDueAsync(Guid.Empty, bench.Clock.GetUtcNow() + TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(1), 10, Token));
        Flow done = await bench.AdvanceUntilAsync(Scripted.Id, flow => flow.State == "done", TimeSpan.FromSeconds(30));
        Assert.True(done.UpdatedAt >= waiting.DueAt);
    }

    [Fact]
    public async Task Move_that_the_definition_does_not_allow_is_a_bug_and_changes_nothing()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        ScriptedFlow handler = new((_, _, _) => ValueTask.FromResult<FlowDecision>(new FlowDecision.Move("open", "[1]", "not an object")));
        IFlowEngine engine = await bench.StartEngineAsync(handler, isLooping: false);
        Task loop = engine.RunAsync(Token);
        await engine.StartAsync(Scripted, FlowBench.Patience, Token);

        await Assert.ThrowsAsync<InvariantException>(() => loop);
        Assert.Equal(1, (await engine.GetAsync(Scripted.Id, Token))!.Version);
    }

    [Fact]
    public async Task Provider_reference_of_another_flow_parks_the_second_without_a_change()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        ScriptedFlow handler = new((flow, _, _) => ValueTask.FromResult<FlowDecision>(
            new FlowDecision.Move("done", flow.Data, "adopt")
            {
                ProviderReference = "test:pi_1",
                Transactions = [PaymentFlow.Posting(flow.Id, "credit")],
            }));
        IFlowEngine engine = await bench.StartEngineAsync(handler);
        await engine.StartAsync(Scripted, FlowBench.Patience, Token);
        await bench.UntilAsync(Scripted.Id, flow => flow.State == "done");
        FlowStart second = FlowBench.Start("b") with { Kind = ScriptedFlow.Kind, State = "open" };
        await engine.StartAsync(second, FlowBench.Patience, Token);

        Flow parked = await bench.UntilAsync(second.Id, flow => flow.ParkedReason is not null);
        Assert.Equal(("open", 1), (parked.State, parked.Version));
        Assert.Contains("test:pi_1", parked.ParkedReason, StringComparison.Ordinal);
        Assert.Single(bench.Ledger.Postings);
    }

    [Fact]
    public async Task Flow_that_never_ends_its_turn_lets_others_run()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        ScriptedFlow handler = new((flow, signals, _) => ValueTask.FromResult<FlowDecision>(
            flow.OwnerId == "quick" || signals.Length != 0
                ? new FlowDecision.Move("done", flow.Data, "done")
                : new FlowDecision.Move("open", flow.Data, "again")));
        IFlowEngine engine = await bench.StartEngineAsync(handler, options: new FlowOptions { TurnsMax = 1, StepsPerTurnMax = 5 });
        await engine.StartAsync(Scripted, FlowBench.Patience, Token);
        FlowStart quick = FlowBench.Start("b") with { Kind = ScriptedFlow.Kind, State = "open", OwnerId = "quick" };
        await engine.StartAsync(quick, FlowBench.Patience, Token);

        await bench.UntilAsync(quick.Id, flow => flow.State == "done");
        await engine.SignalAsync(Scripted.Id, "test", "1", "stop", "{}", Token);
        await bench.UntilAsync(Scripted.Id, flow => flow.State == "done");
    }

    [Fact]
    public async Task Parked_flow_rests_until_an_operator_speaks()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        ScriptedFlow handler = new((flow, signals, _) => ValueTask.FromResult<FlowDecision>(
            signals.Any(signal => signal.Source == FlowSignal.OperatorSource)
                ? new FlowDecision.Move("done", flow.Data, "an operator decided")
                : new FlowDecision.Park("amounts differ")));
        IFlowEngine engine = await bench.StartEngineAsync(handler);
        await engine.StartAsync(Scripted, FlowBench.Patience, Token);
        await bench.UntilAsync(Scripted.Id, flow => flow.ParkedReason == "amounts differ");

        await engine.SignalAsync(Scripted.Id, "test", "1", "hint", "{}", Token);
        bench.Clock.Advance(TimeSpan.FromDays(30));
        Assert.Empty(await bench.Store.ClaimDueAsync(Guid.Empty, bench.Clock.GetUtcNow(), TimeSpan.FromMinutes(1), 10, Token));
        Assert.Equal("amounts differ", (await engine.GetAsync(Scripted.Id, Token))!.ParkedReason);

        await engine.SignalAsync(Scripted.Id, FlowSignal.OperatorSource, "1", "decide", "{}", Token);
        await bench.UntilAsync(Scripted.Id, flow => flow.State == "done" && flow.ParkedReason is null);
    }

    [Fact]
    public async Task Kinds_that_this_process_does_not_know_are_left_to_others()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        bench.Outside.Status = "processing";
        IFlowEngine old = await bench.StartEngineAsync(bench.Payment());
        FlowStart start = FlowBench.Start("payment");
        await old.StartAsync(start, FlowBench.Patience, Token);
        await bench.UntilAsync(start.Id, flow => flow.State == "charged" && flow.DueAt is null);
        await bench.StopAsync(old);

        RecordingObserver observer = new();
        IFlowEngine other = await bench.StartEngineAsync(
            new ScriptedFlow((_, _, _) => throw new InvalidOperationException("not mine")), observer: observer);
        await other.SignalAsync(start.Id, "test", "1", "hint", "{}", Token);
        await FlowBench.WhenAsync(() => !observer.Waited.IsEmpty);

        Assert.Equal("charged", (await other.GetAsync(start.Id, Token))!.State);
        Assert.Single(await bench.Store.GetSignalsAsync(start.Id, Token));
    }
}
