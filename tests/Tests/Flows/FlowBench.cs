using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;
using Florin.Storage.Flows;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Flows;

/// <summary>A fresh database with any number of runners on it, as if each were a process.</summary>
internal sealed class FlowBench : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly List<RunningEngine> engines = [];

    private FlowBench(TestDatabase database)
    {
        Database = database;
        Store = new PostgresFlowStore(database);
        Ledger = new ParticipantLedger(database.DataSource);
    }

    public TestDatabase Database { get; }

    public PostgresFlowStore Store { get; }

    public ParticipantLedger Ledger { get; }

    public Outside Outside { get; } = new();

    /// <summary>The clock of the living. A runner that is to be dead has its own, which stands still.</summary>
    public ManualTimeProvider Clock { get; } = new();

    public static async Task<FlowBench> CreateAsync() => new(await TestDatabase.CreateAsync());

    public PaymentFlow Payment() => new(Outside);

    /// <summary>An engine with its definitions declared, and its loop running when <paramref name="isLooping"/>.</summary>
    public async Task<IFlowEngine> StartEngineAsync(
        IFlowHandler handler, bool isLooping = true, ManualTimeProvider? clock = null, FlowOptions? options = null, IFlowObserver? observer = null)
    {
        ManualTimeProvider engineClock = clock ?? Clock;
        IFlowEngine engine = FlowModule.CreateEngine(new FlowEngineParts
        {
            Store = Store,
            Ledger = Ledger,
            Handlers = [handler],
            TimeProvider = engineClock,
            IdSource = new SystemIdSource(engineClock),
            Random = new Random(7),
            Options = options ?? new FlowOptions(),
            Observer = observer ?? new SilentFlowObserver(),
        });
        await engine.DeclareAsync(CancellationToken.None);
        CancellationTokenSource stop = new();
        engines.Add(new RunningEngine(engine, stop, isLooping ? engine.RunAsync(stop.Token) : Task.CompletedTask));
        return engine;
    }

    /// <summary>Stops a loop as a host does, and waits until every turn has let go.</summary>
    public async Task StopAsync(IFlowEngine engine)
    {
        RunningEngine running = engines.Single(candidate => candidate.Engine == engine);
        await running.Stop.CancelAsync();
        await running.Loop;
    }

    /// <summary>Waits until a flow fulfils a condition. The store is asked again whenever something may have happened; nothing is timed.</summary>
    public async Task<Flow> UntilAsync(FlowId id, Func<Flow, bool> condition)
    {
        while (true)
        {
            Flow? flow = await Store.GetAsync(id, TestContext.Current.CancellationToken);
            if (flow is not null && condition(flow))
            {
                return flow;
            }

            await Task.Yield();
        }
    }

    /// <summary>Moves the clock step by step until a flow fulfils a condition.</summary>
    public async Task<Flow> AdvanceUntilAsync(FlowId id, Func<Flow, bool> condition, TimeSpan step)
    {
        while (true)
        {
            Clock.Advance(step);
            Flow? flow = await Store.GetAsync(id, TestContext.Current.CancellationToken);
            if (flow is not null && condition(flow))
            {
                return flow;
            }
        }
    }

    /// <summary>Waits until a condition holds that other threads bring about.</summary>
    public static async Task WhenAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Yield();
        }
    }

    public static FlowStart Start(string key, string caller = "user:1", string body = "10.00") => new()
    {
        Id = FlowId.FromIdempotencyKey(caller, "POST /test", key),
        Kind = PaymentFlow.Kind,
        State = "created",
        OwnerId = caller,
        Data = "{}",
        RequestHash = RequestHash.Of("POST /test", body),
        Actor = caller,
    };

    public async ValueTask DisposeAsync()
    {
        foreach (RunningEngine running in engines)
        {
            await running.Stop.CancelAsync();
            await running.Loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            running.Stop.Dispose();
        }

        Ledger.Dispose();
        await Database.DisposeAsync();
    }

    private sealed record RunningEngine(IFlowEngine Engine, CancellationTokenSource Stop, Task Loop);
}
