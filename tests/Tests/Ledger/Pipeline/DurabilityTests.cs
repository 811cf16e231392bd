using Florin.Ledger;
using Florin.Ledger.Journal;
using Xunit;

namespace Florin.Tests.Ledger.Pipeline;

/// <summary>Answers and the journal's commit: which comes first, and what a failed commit leaves.</summary>
public sealed class DurabilityTests
{
    private static readonly LedgerOptions OneByOne = new() { BatchItemsMax = 1 };

    [Fact]
    public async Task An_answer_never_precedes_the_commit()
    {
        // What an earlier writer left needs a read, which shows where this writer is.
        LedgerUnderTest earlier = await LedgerUnderTest.StartAsync();
        await earlier.DepositAsync(100);
        await earlier.DisposeAsync();
        await using LedgerUnderTest ledger = LedgerUnderTest.Create(OneByOne, earlier.Store);
        await ledger.Ledger.StartAsync(CancellationToken.None);
        (Gate commit, Gate reading) = (new(), new());
        ledger.Journal.Appends.Enqueue(commit.Before<JournalBatch>());
        ledger.Journal.Reads.Enqueue(reading.Before<object?>());
        Task<SubmissionResult> deposit = ledger.DepositAsync(1);
        Task<SubmissionResult> repeat = ledger.DepositAsync(100);
        Task<UInt128> read = ledger.AliceAsync();
        await commit.Reached;
        await reading.Reached;
        reading.Open();

        // An answer that was given would reach its caller meanwhile.
        for (int turn = 0; turn < 1_000; turn++)
        {
            await Task.Yield();
        }

        // The commit is under way and can take for ever, and the writer goes on: nobody hears of the deposit, no read shows it.
        Assert.False(deposit.IsCompleted);
        Assert.False(repeat.IsCompleted);
        Assert.False(read.IsCompleted);
        Assert.DoesNotContain(LedgerUnderTest.Id(1), ledger.Durable);

        commit.Open();
        Assert.Equal(TransactionStatus.Created, (await deposit).Status);
        Assert.Equal(TransactionStatus.Exists, (await repeat).Status);
        Assert.Equal([LedgerUnderTest.Id(100), LedgerUnderTest.Id(1)], ledger.Durable);
        Assert.Equal((UInt128)20, await read);
    }

    [Fact]
    public async Task Every_answer_of_many_callers_under_faults_is_durable_when_it_arrives()
    {
        await using LedgerUnderTest ledger = await LedgerUnderTest.StartAsync(new LedgerOptions { BatchItemsMax = 50 });
        for (int round = 0; round < 40; round++)
        {
            ledger.Journal.Appends.Enqueue((round % 4) switch
            {
                0 => FaultyJournal.FailBefore,
                1 => FaultyJournal.FailAfter,
                _ => (_, goThrough, _) => goThrough(),
            });
        }

        await Task.WhenAll(Enumerable.Range(1, 2_000).Select(async id =>
        {
            SubmissionResult result = await ledger.DepositAsync(id, 1);
            Assert.Equal(TransactionStatus.Created, result.Status);
            AccountBalance? read = await ledger.Ledger.GetBalanceAsync(LedgerUnderTest.Alice, CancellationToken.None);
            lock (ledger.Store.Gate)
            {
                long durable = ledger.Store.Batches[^1].LastSequence;
                Assert.InRange(result.Transactions[0].Sequence, 1ul, (ulong)durable);
                Assert.InRange(read!.Value.Sequence, result.Transactions[0].Sequence, (ulong)durable);
            }
        }));
        Assert.Equal(2_000, ledger.Durable.Distinct().Count());
        Assert.Equal(2_000, ledger.Durable.Count);
        Assert.Equal((UInt128)2_000, await ledger.AliceAsync());
    }

    [Fact]
    [Fault("T-01")]
    public async Task A_lost_acknowledgement_is_settled_by_the_head_and_a_retry_exists()
    {
        await using LedgerUnderTest ledger = await LedgerUnderTest.StartAsync();
        ledger.Journal.Appends.Enqueue(FaultyJournal.FailAfter);
        SubmissionResult first = await ledger.DepositAsync(1);
        SubmissionResult retry = await ledger.DepositAsync(1);

        Assert.Equal(TransactionStatus.Created, first.Status);
        Assert.Equal(TransactionStatus.Exists, retry.Status);
        Assert.Equal(first.Transactions[0].Sequence, retry.Transactions[0].Sequence);
        Assert.Equal([LedgerUnderTest.Id(1)], ledger.Durable);
        Assert.Equal((UInt128)10, await ledger.AliceAsync());
    }

    [Fact]
    public async Task A_failed_commit_runs_again_with_what_was_executed_on_top_of_it()
    {
        await using LedgerUnderTest ledger = await LedgerUnderTest.StartAsync(OneByOne);
        Gate commit = new();
        ledger.Journal.Appends.Enqueue(commit.Before<JournalBatch>(FaultyJournal.FailBefore));
        Task<SubmissionResult> first = ledger.DepositAsync(1);
        await commit.Reached;
        Task<SubmissionResult> second = ledger.DepositAsync(2);
        Task<SubmissionResult> third = ledger.DepositAsync(3);
        commit.Open();

        Assert.All(await Task.WhenAll(first, second, third), result => Assert.Equal(TransactionStatus.Created, result.Status));
        Assert.Equal([LedgerUnderTest.Id(1), LedgerUnderTest.Id(2), LedgerUnderTest.Id(3)], ledger.Durable.OrderBy(id => id.Value));
        Assert.Equal((UInt128)30, await ledger.AliceAsync());
        Assert.Equal(1, ledger.Events.Count("failed"));
    }

    [Fact]
    public async Task What_was_executed_on_a_lost_state_is_decided_anew()
    {
        await using LedgerUnderTest ledger = await LedgerUnderTest.StartAsync(OneByOne);
        Gate commit = new();

        // The deposit fails for good: another writer's refusal of its participant. The withdrawal was already executed on top of it.
        ledger.Journal.Appends.Enqueue(commit.Before(FaultyJournal.Conflict(0)));
        Task<SubmissionResult> deposit = ledger.SubmitAsync(new Submission { Transactions = [LedgerUnderTest.Deposit(1)], Participant = new Participant() });
        await commit.Reached;
        Task<SubmissionResult> withdrawal = ledger.SubmitAsync(new Transaction
        {
            Id = LedgerUnderTest.Id(2),
            Kind = TransactionKind.Posted,
            Transfers = [new Transfer(LedgerUnderTest.Alice, LedgerUnderTest.Bank, 10, 1)],
        });
        commit.Open();

        Assert.Equal(TransactionStatus.ParticipantConflict, (await deposit).Status);
        Assert.Equal(TransactionStatus.ExceedsCredits, (await withdrawal).Status);
        Assert.Empty(ledger.Durable);
    }

    [Fact]
    public async Task Batches_that_write_nothing_take_no_number()
    {
        await using LedgerUnderTest ledger = await LedgerUnderTest.StartAsync(OneByOne);
        Gate commit = new();
        ledger.Journal.Appends.Enqueue(commit.Before<JournalBatch>());
        Task<SubmissionResult> first = ledger.DepositAsync(1);
        await commit.Reached;
        Task<UInt128> read = ledger.AliceAsync();
        Task<SubmissionResult> repeat = ledger.DepositAsync(1);
        Task<SubmissionResult> second = ledger.DepositAsync(2);
        commit.Open();

        Assert.Equal(TransactionStatus.Created, (await first).Status);
        Assert.Equal((UInt128)10, await read);
        Assert.Equal(TransactionStatus.Exists, (await repeat).Status);
        Assert.Equal(TransactionStatus.Created, (await second).Status);
        Assert.Equal([1L, 2L, 3L], ledger.Store.Batches.Select(batch => batch.Number));
    }

    [Fact]
    public async Task Conflicts_refuse_only_their_own_submissions()
    {
        await using LedgerUnderTest ledger = await LedgerUnderTest.StartAsync();
        Gate commit = new();
        ledger.Journal.Appends.Enqueue(commit.Before<JournalBatch>());
        ledger.Journal.Appends.Enqueue(FaultyJournal.Conflict(1));
        Task<SubmissionResult> before = ledger.DepositAsync(1);
        await commit.Reached;
        Task<SubmissionResult>[] batch = [.. Enumerable.Range(2, 4).Select(id => ledger.SubmitAsync(
            new Submission { Transactions = [LedgerUnderTest.Deposit(id)], Participant = id == 3 ? null : new Participant() }))];
        commit.Open();

        Assert.Equal(TransactionStatus.Created, (await before).Status);
        SubmissionResult[] results = await Task.WhenAll(batch);
        Assert.Equal(
            [TransactionStatus.Created, TransactionStatus.Created, TransactionStatus.ParticipantConflict, TransactionStatus.Created],
            results.Select(result => result.Status));
        Assert.Equal(TransactionStatus.ParticipantConflict, results[2].Transactions.Single().Status);
        Assert.Equal([1, 2, 3, 5], ledger.Durable.Select(id => (int)id.Value));
        Assert.Equal(2, ledger.Store.Batches[^1].Participants.Count);
    }

    [Fact]
    public async Task A_participant_is_written_with_the_first_application_only()
    {
        await using LedgerUnderTest ledger = await LedgerUnderTest.StartAsync();
        Submission submission = new() { Transactions = [LedgerUnderTest.Deposit(1)], Participant = new Participant() };
        Assert.Equal(TransactionStatus.Created, (await ledger.SubmitAsync(submission)).Status);
        Assert.Equal(TransactionStatus.Exists, (await ledger.SubmitAsync(submission)).Status);
        Assert.Equal(TransactionStatus.ExceedsCredits, (await ledger.SubmitAsync(submission with
        {
            Transactions = [new() { Id = LedgerUnderTest.Id(2), Kind = TransactionKind.Posted, Transfers = [new(LedgerUnderTest.Alice, LedgerUnderTest.Bank, 99, 1)] }],
        })).Status);
        Assert.Single(ledger.Store.Batches, batch => batch.Participants.Count > 0);
    }

    private sealed record Participant : ICommitParticipant
    {
        public string ParticipantKind => "test";
    }
}
