using System.Collections.Concurrent;
using System.Collections.Immutable;
using Florin.Flows;
using Xunit;

namespace Florin.Tests.Flows;

/// <summary>Signals are hints: their order, their number and their moment do not matter.</summary>
public sealed class FlowSignalTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Fault("W-02")]
    public async Task Event_before_our_own_answer_is_stored_is_neither_lost_nor_doubled()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        TaskCompletionSource charged = new();
        TaskCompletionSource proceed = new();
        PaymentFlow payment = bench.Payment();
        payment.AsksOnlyWhenTold = true;
        payment.AfterEffect = async (_, token) =>
        {
            charged.SetResult();
            await proceed.Task.WaitAsync(token);
        };
        IFlowEngine engine = await bench.StartEngineAsync(payment);
        FlowStart start = FlowBench.Start("a");
        Task<FlowStartOutcome> starting = engine.StartAsync(start, FlowBench.Patience, Token).AsTask();
        await charged.Task;

        // The provider has finished and told so, while the answer to our own request is still on its way into the database.
        Assert.True(await engine.SignalAsync(start.Id, "test", "evt_1", "succeeded", "{}", Token));
        proceed.SetResult();

        await starting;
        await bench.UntilAsync(start.Id, flow => flow.State == "succeeded");
        Assert.Single(bench.Outside.Effects);
        Assert.Single(bench.Ledger.Postings);
    }

    [Fact]
    public async Task Signal_that_arrives_while_a_turn_decides_to_rest_takes_the_flow_up_again()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        bench.Outside.Status = "processing";
        TaskCompletionSource deciding = new();
        TaskCompletionSource proceed = new();
        ScriptedFlow handler = new(async (_, signals, token) =>
        {
            if (signals.IsEmpty)
            {
                deciding.TrySetResult();
                await proceed.Task.WaitAsync(token);
                return new FlowDecision.Rest("nothing yet");
            }

            return new FlowDecision.Move("done", "{}", "told");
        });
        IFlowEngine engine = await bench.StartEngineAsync(handler);
        FlowStart start = FlowBench.Start("a") with { Kind = ScriptedFlow.Kind, State = "open" };
        await engine.StartAsync(start, FlowBench.Patience, Token);
        await deciding.Task;

        await engine.SignalAsync(start.Id, "test", "evt_1", "succeeded", "{}", Token);
        proceed.SetResult();

        await bench.UntilAsync(start.Id, flow => flow.State == "done");
    }

    [Fact]
    [Fault("W-01")]
    public async Task Same_event_on_two_runners_at_once_has_one_effect()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        bench.Outside.Status = "processing";
        IFlowEngine[] engines = [await bench.StartEngineAsync(bench.Payment()), await bench.StartEngineAsync(bench.Payment())];
        FlowStart start = FlowBench.Start("a");
        await engines[0].StartAsync(start, FlowBench.Patience, Token);
        await bench.UntilAsync(start.Id, flow => flow.State == "charged" && flow.DueAt is null);
        bench.Outside.Status = "succeeded";

        bool[] isNew = await Task.WhenAll(Enumerable.Range(0, 20).Select(index => Task.Run(async () =>
            await engines[index % 2].SignalAsync(start.Id, "test", "evt_1", "succeeded", "{}", Token))));

        Assert.Single(isNew, true);
        await bench.UntilAsync(start.Id, flow => flow.State == "succeeded");
        Assert.Single(bench.Ledger.Postings);
        Assert.Equal(1, await bench.Database.QueryAsync<long>("select count(*) from flows.signal"));
        Assert.Equal(3, await bench.Database.QueryAsync<long>("select count(*) from flows.history"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Fault("W-03")]
    public async Task Signals_in_any_order_and_number_lead_to_one_end_state(bool isBeforeOurAnswer)
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        TaskCompletionSource gate = new();
        PaymentFlow payment = bench.Payment();
        payment.AsksOnlyWhenTold = true;
        payment.AfterEffect = async (_, token) => await Volatile.Read(ref gate).Task.WaitAsync(token);
        IFlowEngine engine = await bench.StartEngineAsync(payment);
        string[] types = ["processing", "succeeded", "return"];

        foreach ((int index, string[] order) in Permutations(types).Index())
        {
            FlowStart start = FlowBench.Start($"{index}");
            Volatile.Write(ref gate, new TaskCompletionSource());
            Task<FlowStartOutcome> starting = engine.StartAsync(start, FlowBench.Patience, Token).AsTask();
            await bench.UntilAsync(start.Id, flow => flow.State == "created");
            if (!isBeforeOurAnswer)
            {
                gate.SetResult();
                await starting;
            }

            foreach (string type in order.Concat(order))
            {
                await engine.SignalAsync(start.Id, "test", $"evt_{type}", type, "{}", Token);
            }

            gate.TrySetResult();
            await bench.UntilAsync(start.Id, flow => flow.State == "returned");
            IEnumerable<string> states = (await engine.GetHistoryAsync(start.Id, Token)).Select(entry => entry.To);
            Assert.Equal(["created", "charged", "succeeded", "returned"], states);
        }

        Assert.Equal(12, bench.Ledger.Postings.Count);
        Assert.Equal(12, bench.Ledger.Postings.Distinct().Count());
    }

    [Fact]
    public async Task Old_failure_after_success_is_recorded_and_changes_nothing()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        IFlowEngine engine = await bench.StartEngineAsync(bench.Payment());
        FlowStart start = FlowBench.Start("a");
        await engine.StartAsync(start, FlowBench.Patience, Token);
        Flow before = await bench.UntilAsync(start.Id, flow => flow.State == "succeeded");

        await engine.SignalAsync(start.Id, "test", "evt_0", "failed", "{}", Token);
        await bench.UntilAsync(start.Id, flow => flow.DueAt is null && flow.Attempts > 0);

        Flow after = (await engine.GetAsync(start.Id, Token))!;
        Assert.Equal(before, after with { Attempts = 0 });
        Assert.Equal(1, await bench.Database.QueryAsync<long>("select count(*) from flows.signal where type = 'failed'"));
        Assert.Empty(await bench.Store.GetSignalsAsync(start.Id, Token));
    }

    [Fact]
    public async Task Signals_seen_by_a_turn_that_must_wait_are_shown_again()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        ConcurrentQueue<int> seen = new();
        ScriptedFlow handler = new((_, signals, _) =>
        {
            seen.Enqueue(signals.Length);
            return ValueTask.FromResult<FlowDecision>(
                signals.Length < 2 ? new FlowDecision.Wait("not yet", TimeSpan.FromHours(1)) : new FlowDecision.Move("done", "{}", "both came"));
        });
        IFlowEngine engine = await bench.StartEngineAsync(handler);
        FlowStart start = FlowBench.Start("a") with { Kind = ScriptedFlow.Kind, State = "open" };
        await engine.StartAsync(start, FlowBench.Patience, Token);

        // Due again at once by each signal, and not before: the clock stands still.
        await bench.UntilAsync(start.Id, flow => flow.Attempts == 1);
        await engine.SignalAsync(start.Id, "test", "1", "hint", "{}", Token);
        await bench.UntilAsync(start.Id, flow => flow.Attempts == 2 && flow.DueAt > bench.Clock.GetUtcNow());
        await engine.SignalAsync(start.Id, "test", "2", "hint", "{}", Token);
        await bench.UntilAsync(start.Id, flow => flow.State == "done");

        Assert.Equal([0, 1, 2], seen);
    }

    [Fact]
    public async Task Signals_of_many_senders_at_once_are_all_seen()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        ConcurrentDictionary<string, bool> seen = new();
        ScriptedFlow handler = new((_, signals, _) =>
        {
            foreach (FlowSignal signal in signals)
            {
                seen[signal.SourceId] = true;
            }

            return ValueTask.FromResult<FlowDecision>(new FlowDecision.Rest("listening"));
        });
        IFlowEngine[] engines = [await bench.StartEngineAsync(handler), await bench.StartEngineAsync(handler)];
        FlowStart start = FlowBench.Start("a") with { Kind = ScriptedFlow.Kind, State = "open" };
        await engines[0].StartAsync(start, FlowBench.Patience, Token);

        await Task.WhenAll(Enumerable.Range(0, 200).Select(index => Task.Run(async () =>
            await engines[index % 2].SignalAsync(start.Id, "test", $"{index}", "hint", "{}", Token))));

        await bench.UntilAsync(start.Id, flow => flow.DueAt is null);
        Assert.Equal(200, seen.Count);
        Assert.Empty(await bench.Store.GetSignalsAsync(start.Id, Token));
    }

    [Fact]
    public async Task Signal_to_a_flow_that_does_not_exist_is_an_error_and_leaves_nothing()
    {
        await using FlowBench bench = await FlowBench.CreateAsync();
        IFlowEngine engine = await bench.StartEngineAsync(bench.Payment());

        await Assert.ThrowsAsync<KeyNotFoundException>(
            async () => await engine.SignalAsync(FlowBench.Start("none").Id, "test", "1", "hint", "{}", Token));
        Assert.Equal(0, await bench.Database.QueryAsync<long>("select count(*) from flows.signal"));
    }

    private static IEnumerable<string[]> Permutations(string[] items) =>
        items.Length == 1
            ? [items]
            : items.SelectMany(first => Permutations([.. items.Where(item => item != first)]), (first, rest) => (string[])[first, .. rest]);
}
