using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;
using Florin.Storage.Flows;
using Florin.Storage.Ledger;
using Florin.Tests.Flows;
using Florin.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Florin.Tests.Integration;

/// <summary>Flows on the real ledger and its real journal: state and posting stand together or not at all.</summary>
public sealed class FlowsOnLedgerTests
{
    private const int Race = 50;

    private static readonly Asset Usd = Assets.Get("USD");
    private static readonly AccountId Clearing = AccountId.Of("psp:test:clearing", Usd);
    private static readonly AccountId Alice = AccountId.Of("user:alice:available", Usd);

    private static readonly ImmutableArray<AccountDefinition> Accounts =
        [new(Clearing, NormalSide.Debit, AccountFlags.None), new(Alice, NormalSide.Credit, AccountFlags.DebitsMustNotExceedCredits)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Fault("I-03")]
    public async Task Fifty_callers_with_one_key_post_once_and_another_request_nothing()
    {
        await using World world = await World.CreateAsync();
        FlowStart start = Start("a", amount: 1_000);

        FlowStartOutcome[] outcomes = await RaceAsync(world, _ => start);

        Assert.Single(outcomes.OfType<FlowStartOutcome.Started>());
        Assert.Equal(Race - 1, outcomes.OfType<FlowStartOutcome.Replayed>().Count());
        FlowStart other = Start("a", amount: 2_000) with { RequestHash = "other" };
        Assert.IsType<FlowStartOutcome.RequestDiffers>(await world.Engine.StartAsync(other, FlowBench.Patience, Token));
        await world.AssertBookedAsync(flows: 1, balance: 1_000);
    }

    [Fact]
    [Fault("I-02")]
    public async Task Fifty_different_requests_with_one_key_at_once_post_one_and_name_the_others_as_different()
    {
        await using World world = await World.CreateAsync();

        FlowStartOutcome[] outcomes = await RaceAsync(world, index => Start("a", amount: 1_000 + (ulong)index) with { RequestHash = $"{index}" });

        Flow winner = Assert.Single(outcomes.OfType<FlowStartOutcome.Started>()).Flow;
        Assert.Equal(Race - 1, outcomes.OfType<FlowStartOutcome.RequestDiffers>().Count());
        await world.AssertBookedAsync(flows: 1, balance: 1_000 + ulong.Parse(winner.RequestHash!, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Obligation_reached_by_fifty_keys_at_once_is_posted_once()
    {
        await using World world = await World.CreateAsync();

        FlowStartOutcome[] outcomes = await RaceAsync(world, index => Start($"key {index}", amount: 1_000) with { Obligation = "invoice:1" });

        FlowId winner = Assert.Single(outcomes.OfType<FlowStartOutcome.Started>()).Flow.Id;
        Assert.Equal(Race - 1, outcomes.OfType<FlowStartOutcome.ObligationTaken>().Count(taken => taken.Holder == winner));
        await world.AssertBookedAsync(flows: 1, balance: 1_000);
    }

    [Fact]
    public async Task Conflicts_of_some_leave_the_flows_and_postings_of_all_others_in_the_batch()
    {
        await using World world = await World.CreateAsync();

        FlowStartOutcome[] outcomes = await RaceAsync(
            world, index => Start($"key {index}", amount: 100) with { Obligation = index % 2 == 0 ? "invoice:1" : null });

        Assert.Equal((Race / 2) + 1, outcomes.OfType<FlowStartOutcome.Started>().Count());
        await world.AssertBookedAsync(flows: (Race / 2) + 1, balance: 100 * ((Race / 2) + 1));
    }

    [Fact]
    public async Task Withdrawals_beyond_the_balance_leave_neither_posting_nor_flow()
    {
        await using World world = await World.CreateAsync();
        await world.Engine.StartAsync(Start("deposit", amount: 1_000), FlowBench.Patience, Token);

        FlowStartOutcome[] outcomes = await RaceAsync(world, index => Start($"key {index}", amount: 100, isOut: true));

        Assert.Equal(10, outcomes.OfType<FlowStartOutcome.Started>().Count());
        Assert.All(
            outcomes.OfType<FlowStartOutcome.Refused>(), refused => Assert.Equal(TransactionStatus.ExceedsCredits, refused.Result.Status));
        await world.AssertBookedAsync(flows: 11, balance: 0);
    }

    private static Task<FlowStartOutcome[]> RaceAsync(World world, Func<int, FlowStart> start) =>
        Task.WhenAll(Enumerable.Range(0, Race).Select(index => Task.Run(async () =>
            await world.Engine.StartAsync(start(index), FlowBench.Patience, Token))));

    private static FlowStart Start(string key, ulong amount, bool isOut = false)
    {
        FlowStart start = FlowBench.Start(key) with { Kind = BookedAtOnce.Kind, State = "succeeded", Accounts = Accounts };
        Transfer transfer = isOut ? new Transfer(Alice, Clearing, amount, 1) : new Transfer(Clearing, Alice, amount, 1);
        Transaction transaction = new()
        {
            Id = FlowTransactions.IdOf(start.Id, "book"),
            Kind = TransactionKind.Posted,
            Transfers = [transfer],
        };
        return start with { Transactions = [transaction] };
    }

    /// <summary>Final from the first row on, as a transfer between wallets is.</summary>
    private sealed class BookedAtOnce : IFlowHandler
    {
        public const string Kind = "test.booked";

        public FlowDefinition Definition { get; } = new(
            Kind, "Books at once.", [new FlowState("succeeded", true, true, "Booked.")], ["succeeded"], []);

        public ValueTask<FlowDecision> DecideAsync(Flow flow, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken) =>
            ValueTask.FromResult<FlowDecision>(new FlowDecision.Rest("booked"));
    }

    private sealed class World(TestDatabase database, ILedgerHost ledger, PostgresLedgerJournal journal, IFlowEngine engine) : IAsyncDisposable
    {
        public IFlowEngine Engine => engine;

        public static async Task<World> CreateAsync()
        {
            TestDatabase database = await TestDatabase.CreateAsync();
            PostgresLedgerJournal journal = new(database.DataSource, [new FlowChangeWriter()], NullLogger<PostgresLedgerJournal>.Instance);
            ILedgerHost ledger = LedgerFactory.Create(journal, TimeProvider.System, new LedgerOptions(), new LedgerLog(
                NullLogger<LedgerLog>.Instance, new TestMeterFactory()));
            await ledger.StartAsync(Token);
            IFlowEngine engine = FlowModule.CreateEngine(new FlowEngineParts
            {
                Store = new PostgresFlowStore(database),
                Ledger = ledger,
                Handlers = [new BookedAtOnce()],
                TimeProvider = TimeProvider.System,
                IdSource = new SystemIdSource(TimeProvider.System),
                Random = new Random(7),
            });
            await engine.DeclareAsync(Token);
            return new World(database, ledger, journal, engine);
        }

        /// <summary>Asks the ledger, and the tables by the owner's hand.</summary>
        public async Task AssertBookedAsync(int flows, UInt128 balance)
        {
            Assert.Equal(balance, (await ledger.GetBalanceAsync(Alice, Token))!.Value.Available);
            Assert.Equal(flows, await database.QueryAsync<long>("select count(*) from flows.flow"));
            Assert.Equal(flows, await database.QueryAsync<long>("select count(*) from flows.history"));
            Assert.Equal(flows, await database.QueryAsync<long>("select count(*) from ledger.transfers"));
        }

        public async ValueTask DisposeAsync()
        {
            await ledger.DisposeAsync();
            await journal.DisposeAsync();
            await database.DisposeAsync();
        }
    }
}
