using Florin.Ledger;
using Florin.Ledger.Journal;
using Xunit;

namespace Florin.Tests.Ledger.Pipeline;

/// <summary>How the writer starts, waits, is fenced and stops.</summary>
public sealed class LifeTests
{
    [Fact]
    public async Task A_fenced_writer_ends_and_fails_all_who_wait()
    {
        LedgerUnderTest first = await LedgerUnderTest.StartAsync();
        Gate commit = new();
        first.Journal.Appends.Enqueue(commit.Before<JournalBatch>());
        Task<SubmissionResult> deposit = first.DepositAsync(1);
        await commit.Reached;
        Task<SubmissionResult> queued = first.DepositAsync(2);
        await using LedgerUnderTest second = await LedgerUnderTest.StartAsync(store: first.Store);
        commit.Open();

        await Assert.ThrowsAsync<LedgerUnavailableException>(() => deposit);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => queued);
        await Assert.ThrowsAsync<JournalFencedException>(() => first.Ledger.Completion);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => first.DepositAsync(3));
        Assert.Empty(first.Durable);
        Assert.Equal(TransactionStatus.Created, (await second.DepositAsync(1)).Status);
        await first.DisposeAsync();
    }

    [Fact]
    public async Task Stopping_answers_all_that_is_queued()
    {
        LedgerUnderTest ledger = await LedgerUnderTest.StartAsync(new LedgerOptions { BatchItemsMax = 3 });
        Gate commit = new();
        ledger.Journal.Appends.Enqueue(commit.Before<JournalBatch>());
        Task<SubmissionResult>[] deposits = [.. Enumerable.Range(1, 20).Select(id => ledger.DepositAsync(id))];
        await commit.Reached;
        Task stopping = ledger.DisposeAsync().AsTask();
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => ledger.DepositAsync(21));
        commit.Open();
        await stopping;

        Assert.All(deposits, deposit => Assert.Equal(TransactionStatus.Created, deposit.Result.Status));
        Assert.Equal(20, ledger.Durable.Count);
        await ledger.Ledger.Completion;
        await ledger.DisposeAsync();
    }

    [Fact]
    public async Task Stopping_does_not_wait_for_ever_for_a_journal_that_cannot_be_reached()
    {
        LedgerUnderTest ledger = await LedgerUnderTest.StartAsync();
        ledger.Journal.Appends.Enqueue(FaultyJournal.FailBefore);
        for (int attempt = 0; attempt < 1_000; attempt++)
        {
            ledger.Journal.Acquires.Enqueue(FaultyJournal.FailBefore);
        }

        Task<SubmissionResult> deposit = ledger.DepositAsync(1);
        Task stopping = ledger.DisposeAsync().AsTask();
        await ledger.AdvanceUntilAsync(stopping);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => deposit);
    }

    [Fact]
    public async Task Stopping_does_not_wait_for_ever_for_a_checkpoint()
    {
        LedgerUnderTest ledger = await LedgerUnderTest.StartAsync();
        ledger.Journal.Checkpoints.Enqueue(new Gate().Before<JournalCheckpoint>());
        await ledger.DepositAsync(1);
        await ledger.AdvanceUntilAsync(ledger.DisposeAsync().AsTask());
    }

    [Fact]
    public async Task A_hanging_checkpoint_does_not_keep_the_ledger_from_recovering()
    {
        await using LedgerUnderTest ledger = await LedgerUnderTest.StartAsync(new LedgerOptions { CheckpointTransfers = 1 });
        Gate checkpoint = new();
        ledger.Journal.Checkpoints.Enqueue(checkpoint.Before<JournalCheckpoint>());
        await ledger.DepositAsync(1);
        await checkpoint.Reached;
        ledger.Journal.Appends.Enqueue(FaultyJournal.FailBefore);
        Assert.Equal(TransactionStatus.Created, (await ledger.DepositAsync(2)).Status);
        Assert.NotNull(ledger.Events.Checkpoints.First());
    }

    [Fact]
    public async Task A_start_waits_while_the_journal_cannot_be_taken()
    {
        await using LedgerUnderTest ledger = LedgerUnderTest.Create();
        ledger.Journal.Acquires.Enqueue(FaultyJournal.FailBefore);
        ledger.Journal.Acquires.Enqueue(FaultyJournal.FailAfter);
        ledger.Journal.Recoveries.Enqueue(FaultyJournal.FailBefore);
        ledger.Journal.Recoveries.Enqueue(FaultyJournal.FailAfter);
        Task starting = ledger.Ledger.StartAsync(CancellationToken.None);
        await ledger.AdvanceUntilAsync(starting);
        await starting;
        Assert.Equal(4, ledger.Events.Count("failed"));
        Assert.Equal(1, ledger.Events.Count("recovered"));
    }

    [Fact]
    public async Task Callers_beyond_the_queue_wait_for_a_place_and_may_leave()
    {
        const int InFlight = 1;
        const int Executed = 1;
        await using LedgerUnderTest ledger = await LedgerUnderTest.StartAsync(new LedgerOptions { BatchItemsMax = 1, QueueMax = 2 });
        Gate commit = new();
        ledger.Journal.Appends.Enqueue(commit.Before<JournalBatch>());
        Task<SubmissionResult> first = ledger.DepositAsync(1);
        await commit.Reached;
        using CancellationTokenSource patience = new();
        Task<SubmissionResult>[] callers = [.. Enumerable.Range(2, 20).Select(id =>
            ledger.Ledger.SubmitAsync(new Submission { Transactions = [LedgerUnderTest.Deposit(id)] }, patience.Token).AsTask())];
        await patience.CancelAsync();
        commit.Open();
        await first;
        await Task.WhenAll(callers).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        Assert.All(callers, caller => Assert.True(caller.IsCanceled || caller.Result.Status == TransactionStatus.Created));
        Assert.InRange(callers.Count(caller => caller.IsCanceled), 20 - Executed - 2, 20);

        // A read stands behind all that found a place.
        await ledger.AliceAsync();
        Assert.InRange(ledger.Durable.Count, InFlight + 2, InFlight + Executed + 2);
    }

    [Fact]
    public async Task A_caller_who_stops_waiting_learns_the_outcome_by_asking_again()
    {
        await using LedgerUnderTest ledger = await LedgerUnderTest.StartAsync();
        Gate commit = new();
        ledger.Journal.Appends.Enqueue(commit.Before<JournalBatch>());
        using CancellationTokenSource patience = new();
        Task<SubmissionResult> deposit = ledger.Ledger.SubmitAsync(new Submission { Transactions = [LedgerUnderTest.Deposit(1)] }, patience.Token).AsTask();
        await commit.Reached;
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => deposit);
        commit.Open();
        Assert.Equal(TransactionStatus.Exists, (await ledger.DepositAsync(1)).Status);
    }

    [Fact]
    public async Task Ledger_time_never_goes_back_when_the_clock_does()
    {
        await using LedgerUnderTest ledger = await LedgerUnderTest.StartAsync();
        SubmissionResult first = await ledger.DepositAsync(1);
        ledger.Clock.Advance(TimeSpan.FromHours(-1));
        SubmissionResult second = await ledger.DepositAsync(2);
        ledger.Journal.Appends.Enqueue(FaultyJournal.FailBefore);
        SubmissionResult third = await ledger.DepositAsync(3);
        Assert.True(first.Transactions[0].Timestamp < second.Transactions[0].Timestamp);
        Assert.True(second.Transactions[0].Timestamp < third.Transactions[0].Timestamp);
    }

    [Theory]
    [InlineData(NormalSide.Debit, (AccountFlags)8)]
    [InlineData((NormalSide)7, AccountFlags.None)]
    public async Task A_malformed_submission_is_the_callers_error_and_does_not_reach_the_writer(NormalSide side, AccountFlags flags)
    {
        await using LedgerUnderTest ledger = await LedgerUnderTest.StartAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => ledger.SubmitAsync(new Submission { Accounts = [new(LedgerUnderTest.Bank, side, flags)] }));
        await Assert.ThrowsAsync<ArgumentException>(() => ledger.SubmitAsync(new Submission { Accounts = [default] }));
        await Assert.ThrowsAsync<ArgumentException>(() => ledger.SubmitAsync(new Submission { Accounts = default }));
        await Assert.ThrowsAsync<ArgumentException>(() => ledger.SubmitAsync(new Submission { Transactions = default }));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => ledger.SubmitAsync([.. Enumerable.Range(1, 65).Select(id => LedgerUnderTest.Deposit(id))]));
        Assert.Equal(TransactionStatus.DebitAccountNotFound, (await ledger.SubmitAsync(
            new Transaction { Id = new(7), Kind = TransactionKind.Posted, Transfers = [new(default, LedgerUnderTest.Bank with { Asset = null! }, 1, 1)] })).Status);
        Assert.Equal(TransactionStatus.Created, (await ledger.DepositAsync(1)).Status);
    }
}
