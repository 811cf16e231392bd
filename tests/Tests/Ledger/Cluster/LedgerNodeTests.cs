using Florin.Ledger;
using Florin.Ledger.Cluster;
using Florin.Tests.Faults;
using Florin.Tests.Ledger.Journal;
using Florin.Tests.Support;
using Xunit;
using static Florin.Tests.Ledger.Journal.PostgresLedger;

namespace Florin.Tests.Ledger.Cluster;

/// <summary>Several ledgers on one journal and one lease.</summary>
public sealed class LedgerNodeTests
{
    private static readonly LedgerNodeOptions Quick = new()
    {
        AdvertiseUrl = new Uri("http://replaced"),
        LeaseTime = TimeSpan.FromMilliseconds(900),
        LeaseMargin = TimeSpan.FromMilliseconds(100),
        RenewEvery = TimeSpan.FromMilliseconds(300),
        LookEvery = TimeSpan.FromMilliseconds(50),
        CallPatience = TimeSpan.FromSeconds(30),
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_leads_and_every_node_answers_the_same()
    {
        await using World world = await World.StartAsync();
        Assert.Equal(TransactionStatus.Created, (await world.A.SubmitAsync(Move("one", Bank, Account("alice"), 5))).Status);
        Assert.Equal(TransactionStatus.Created, (await world.B.SubmitAsync(Move("two", Bank, Account("alice"), 7))).Status);
        Assert.Equal(TransactionStatus.Exists, (await world.B.SubmitAsync(Move("one", Bank, Account("alice"), 5))).Status);

        Assert.Equal((LedgerRole.Leader, LedgerRole.Follower), (world.A.Node.Role, world.B.Node.Role));
        Assert.Equal(1, world.A.Node.Term);
        Assert.Equal((UInt128)12, await world.AliceAsync(world.B));
        Assert.Equal(await world.A.Ledger.GetStateHashAsync(Cancellation), await world.B.Ledger.GetStateHashAsync(Cancellation));
        Assert.Equal(2, (await world.B.Ledger.GetBalancesAsync("", Cancellation)).Length);
        await JudgeAsync(world.Database);
    }

    [Fact]
    public async Task A_leader_that_stops_hands_over_at_once()
    {
        await using World world = await World.StartAsync();
        await world.A.SubmitAsync(Move("one", Bank, Account("alice"), 5));
        await world.A.DisposeAsync();

        Assert.Equal(TransactionStatus.Exists, (await world.B.SubmitAsync(Move("one", Bank, Account("alice"), 5))).Status);
        Assert.Equal((LedgerRole.Leader, 2), (world.B.Node.Role, world.B.Node.Term));
        await JudgeAsync(world.Database);
    }

    [Fact]
    [Fault("T-02")]
    public async Task A_leader_cut_from_its_lease_neither_writes_nor_answers_from_stale_memory()
    {
        await using World world = await World.StartAsync();
        world.A.Lease.IsCut = true;

        // It can still reach its journal: only the lease and the head stand between it and a second history.
        Assert.Equal(TransactionStatus.Created, (await world.B.SubmitAsync(Move("by b", Bank, Account("alice"), 3))).Status);
        await world.UntilAsync(world.B, LedgerRole.Leader);
        Assert.Equal(LedgerRole.Leader, world.A.Node.Role);

        using CancellationTokenSource enough = new(TimeSpan.FromSeconds(3));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => world.A.Ledger.GetBalanceAsync(Account("alice"), enough.Token).AsTask());

        // Refused from memory alone, this would be a stale answer too.
        using CancellationTokenSource again = new(TimeSpan.FromSeconds(3));
        Submission beyond = new() { Transactions = [Move("beyond", Account("alice"), Bank, 2)] };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => world.A.Ledger.SubmitAsync(beyond, again.Token).AsTask());

        // It finds its lease again, and with it that it is lost.
        world.A.Lease.IsCut = false;
        await world.UntilAsync(world.A, LedgerRole.Follower);
        Assert.Equal((UInt128)3, await world.AliceAsync(world.A));
        Assert.Equal(TransactionStatus.Created, (await world.A.SubmitAsync(Move("by a", Bank, Account("alice"), 4))).Status);
        Assert.Equal((UInt128)7, await world.AliceAsync(world.B));
        await JudgeAsync(world.Database);
        Assert.Equal("by b by a", await world.AppliedAsync("by b", "by a", "beyond"));
    }

    [Fact]
    public async Task A_fenced_leader_begins_anew_as_a_follower_or_a_leader_and_loses_nothing()
    {
        await using World world = await World.StartAsync();
        await world.A.SubmitAsync(Move("one", Bank, Account("alice"), 1));
        await world.Database.ExecuteAsync("update ledger.head set epoch = epoch + 1");

        Assert.Equal(TransactionStatus.Created, (await world.A.SubmitAsync(Move("two", Bank, Account("alice"), 1))).Status);
        Assert.False(world.A.Ledger.Completion.IsCompleted);
        Assert.Contains("ended 1", world.A.Told.Told);
        Assert.Equal((UInt128)2, await world.AliceAsync(world.B));
        await JudgeAsync(world.Database);
    }

    [Fact]
    [Fault("T-01")]
    public async Task A_lost_answer_is_settled_by_the_next_leader_and_nothing_is_doubled()
    {
        await using World world = await World.StartAsync();
        world.Network.AnswersToLose = 1;
        Task<SubmissionResult> asked = world.B.SubmitAsync(Move("one", Bank, Account("alice"), 5));

        // In the same term nothing is sent again: the first copy might arrive after the answer to the second.
        await world.UntilAsync(() => world.Network.Submissions == 1);
        world.A.Lease.IsCut = true;
        Assert.Equal(TransactionStatus.Exists, (await asked).Status);
        Assert.Equal(1, world.Network.Submissions);
        Assert.Equal((UInt128)5, await world.AliceAsync(world.B));
        await JudgeAsync(world.Database);
    }

    [Fact]
    public async Task A_lost_answer_to_a_participant_without_transactions_is_told_to_the_caller_and_not_sent_again()
    {
        await using World world = await World.StartAsync();
        world.Network.AnswersToLose = 1;
        Submission alone = new() { Participant = new Note() };
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => world.B.Ledger.SubmitAsync(alone, Cancellation).AsTask());
        Assert.Equal((1, 1), (world.Network.Submissions, world.Notes.Written));
    }

    [Fact]
    public async Task Without_a_leader_that_can_answer_every_call_ends_and_says_that_nothing_is_known()
    {
        await using World world = await World.StartAsync(ofB: Quick with { CallPatience = TimeSpan.FromSeconds(2) });
        world.A.Lease.IsCut = true;
        world.B.Lease.IsCut = true;
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => Eventually.GetAsync(
            () => world.B.SubmitAsync(Move("one", Bank, Account("alice"), 5)), _ => false, "the end of certainty"));
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => world.AliceAsync(world.B));

        // Once the lease can be reached, the same submission tells what became of it.
        world.A.Lease.IsCut = false;
        world.B.Lease.IsCut = false;
        SubmissionResult settled = await Eventually.GetAsync(() => world.TryAsync("one"), result => result is not null, "an answer") ?? throw new InvalidOperationException();
        Assert.True(settled.IsApplied);
        Assert.Equal((UInt128)5, await world.AliceAsync(world.A));
    }

    [Fact]
    public async Task A_copy_that_arrives_after_its_term_is_refused()
    {
        await using World world = await World.StartAsync();
        await world.B.SubmitAsync(Move("one", Bank, Account("alice"), 5));
        LedgerPeer old = world.Network.Peers.Last();
        world.A.Lease.IsCut = true;
        await world.UntilAsync(world.B, LedgerRole.Leader);
        world.A.Lease.IsCut = false;
        await world.UntilAsync(world.A, LedgerRole.Follower);
        await world.B.DisposeAsync();
        await world.UntilAsync(world.A, LedgerRole.Leader);

        Submission late = new() { Transactions = [Move("late", Bank, Account("alice"), 5)] };
        await Assert.ThrowsAsync<NotLeaderException>(async () =>
            await world.Network.CallAsync<Submission, SubmissionResult>(old, LedgerOperations.Submit, late, Cancellation));
    }

    private sealed class World(TestDatabase database, NodeNetwork network, NoteWriter notes, LedgerNodeUnderTest a, LedgerNodeUnderTest b) : IAsyncDisposable
    {
        public TestDatabase Database => database;

        public NodeNetwork Network => network;

        public NoteWriter Notes => notes;

        public LedgerNodeUnderTest A => a;

        public LedgerNodeUnderTest B => b;

        public static async Task<World> StartAsync(LedgerNodeOptions? ofB = null)
        {
            TestDatabase database = await TestDatabase.CreateAsync();
            NodeNetwork network = new();
            NoteWriter notes = new();
            LedgerNodeUnderTest a = new(network, database.DataSource, "a", Quick, notes);
            await a.Ledger.StartAsync(Cancellation);
            LedgerNodeUnderTest b = new(network, database.DataSource, "b", ofB ?? Quick, notes);
            await b.Ledger.StartAsync(Cancellation);
            await a.Ledger.SubmitAsync(
                new Submission
                {
                    Accounts =
                    [
                        new(Bank, NormalSide.Debit, AccountFlags.None),
                        new(Account("alice"), NormalSide.Credit, AccountFlags.DebitsMustNotExceedCredits),
                    ],
                },
                Cancellation);
            return new World(database, network, notes, a, b);
        }

        public async Task<UInt128?> AliceAsync(LedgerNodeUnderTest node) => (await node.Ledger.GetBalanceAsync(Account("alice"), Cancellation))?.Available;

        public async Task<SubmissionResult?> TryAsync(string name)
        {
            try
            {
                return await b.SubmitAsync(Move(name, Bank, Account("alice"), 5));
            }
            catch (LedgerUnavailableException)
            {
                return null;
            }
        }

        public Task UntilAsync(LedgerNodeUnderTest node, LedgerRole role) => UntilAsync(() => node.Node.Role == role);

        public Task UntilAsync(Func<bool> condition) => Eventually.GetAsync(() => Task.FromResult(condition()), found => found, "a change of roles");

        /// <summary>Which of these are in the journal, in its order.</summary>
        public Task<string> AppliedAsync(params string[] names) => Database.QueryAsync<string>(
            "select coalesce(string_agg(n.name, ' ' order by t.sequence), '') from ledger.transfers t join (values "
            + string.Join(", ", names.Select(name => $"('{name}', '{TransactionId.FromName(name)}'::uuid)")) + ") n (name, id) on n.id = t.transaction_id");

        public async ValueTask DisposeAsync()
        {
            await a.DisposeAsync();
            await b.DisposeAsync();
            await database.DisposeAsync();
        }
    }
}
