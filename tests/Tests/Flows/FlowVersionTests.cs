using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;
using Florin.Storage.Flows;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Flows;

/// <summary>An older and a newer program on one database.</summary>
public sealed class FlowVersionTests
{
    private const string NewState = "screened";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Fault("T-05")]
    public async Task Two_versions_work_side_by_side_and_each_leaves_to_the_other_what_it_does_not_know()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        ManualTimeProvider clock = new();
        await using Program older = await Program.StartAsync(database, clock, new Versioned(isNewer: false));
        Flow before = await older.FinishAsync("before");

        // The newer program expands the schema and declares more; the older one goes on beside it.
        await database.ExecuteAsync("alter table flows.flow add column priority integer not null default 0; create table flows.screening (id uuid primary key)");
        await using Program newer = await Program.StartAsync(database, clock, new Versioned(isNewer: true), isLooping: false);
        FlowId screened = (await newer.StartAsync("screened")).Id;
        await older.FinishAsync("beside 1");

        // An older program that starts again forbids nothing to the newer one.
        await using Program restarted = await Program.StartAsync(database, clock, new Versioned(isNewer: false));
        for (int turn = 0; turn < 10; turn++)
        {
            clock.Advance(TimeSpan.FromMinutes(10));
            await restarted.FinishAsync($"beside 2 {turn}");
        }

        // Due for an hour and more, and nobody touched it.
        Flow waiting = (await older.Engine.GetAsync(screened, Token))!;
        Assert.Equal((NewState, 2, 0, null), (waiting.State, waiting.Version, waiting.Attempts, waiting.ParkedReason));
        Assert.Equal(1L, await database.QueryAsync<long>($"select count(*) from flows.flow where state = '{NewState}' and lease is null and due_at is not null"));

        // Asked for it, the older one says that it is not done.
        Assert.IsType<FlowStartOutcome.InProgress>(await older.RepeatAsync("screened"));

        newer.Loop();
        clock.Advance(TimeSpan.FromMinutes(1));
        await newer.UntilAsync(screened, "done");
        Assert.Equal("done", (await newer.Engine.GetAsync(before.Id, Token))!.State);
        Assert.Equal("open screened done", await database.QueryAsync<string>(
            $"select string_agg(to_state, ' ' order by version) from flows.history where flow_id = '{screened}'"));
    }

    /// <summary>The same kind in two versions: the newer one has a state between that the older one does not know.</summary>
    private sealed class Versioned(bool isNewer) : IFlowHandler
    {
        private static readonly FlowState Open = new("open", false, false, "To be done.");
        private static readonly FlowState Done = new("done", true, true, "Done.");

        public FlowDefinition Definition { get; } = isNewer
            ? new("test.versioned", "Version 2.", [Open, new FlowState(NewState, false, true, "Looked at."), Done], ["open"],
                [new("open", NewState, "screen"), new(NewState, "done", "finish"), new("open", "done", "finish")])
            : new("test.versioned", "Version 1.", [Open, Done], ["open"], [new("open", "done", "finish")]);

        public ValueTask<FlowDecision> DecideAsync(Flow flow, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken) =>
            ValueTask.FromResult<FlowDecision>(flow.State switch
            {
                "open" when isNewer => new FlowDecision.Move(NewState, flow.Data, "screen") { Delay = TimeSpan.FromSeconds(1) },
                "open" or NewState when isNewer || flow.State == "open" => new FlowDecision.Move("done", flow.Data, "finish"),
                _ => throw new System.Diagnostics.UnreachableException($"version {(isNewer ? 2 : 1)} was given '{flow.State}'"),
            });
    }

    /// <summary>A process: an engine and a store of its own.</summary>
    private sealed class Program : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly ParticipantLedger _ledger;
        private Task _loop = Task.CompletedTask;

        private Program(TestDatabase database, ManualTimeProvider clock, IFlowHandler handler)
        {
            _ledger = new ParticipantLedger(database.DataSource);
            Engine = FlowModule.CreateEngine(new FlowEngineParts
            {
                Store = new PostgresFlowStore(database),
                Ledger = _ledger,
                Handlers = [handler],
                TimeProvider = clock,
                IdSource = new SystemIdSource(clock),
                Random = new Random(7),
            });
        }

        public IFlowEngine Engine { get; }

        public static async Task<Program> StartAsync(TestDatabase database, ManualTimeProvider clock, IFlowHandler handler, bool isLooping = true)
        {
            Program program = new(database, clock, handler);
            await program.Engine.DeclareAsync(Token);
            if (isLooping)
            {
                program.Loop();
            }

            return program;
        }

        public void Loop() => _loop = Engine.RunAsync(_stop.Token);

        public async Task<Flow> StartAsync(string key) =>
            Assert.IsType<FlowStartOutcome.Started>(await RepeatAsync(key)).Flow;

        public ValueTask<FlowStartOutcome> RepeatAsync(string key) =>
            Engine.StartAsync(FlowBench.Start(key) with { Kind = "test.versioned", State = "open" }, FlowBench.Patience, Token);

        public async Task<Flow> FinishAsync(string key)
        {
            Flow flow = await StartAsync(key);
            Assert.Equal("done", flow.State);
            return flow;
        }

        public async Task UntilAsync(FlowId id, string state)
        {
            while ((await Engine.GetAsync(id, Token))!.State != state)
            {
                Assert.False(_loop.IsFaulted, _loop.Exception?.ToString());
                await Task.Yield();
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _loop;
            _stop.Dispose();
            _ledger.Dispose();
        }
    }
}
