using Florin.Ledger;
using Xunit;
using static Florin.Tests.Ledger.Pipeline.LedgerUnderTest;

namespace Florin.Tests.Ledger.Pipeline;

/// <summary>Many transactions in one call: each has its own answer, and no fault changes one.</summary>
public sealed class BulkTests
{
    /// <summary>The smallest memory of the newest transfers that these batches allow, rounded up to what it holds.</summary>
    private static readonly LedgerOptions Forgetful = new() { BatchTransfersMax = 8, RecordsMax = 4 * (8 + 4_096) };

    private const int Remembered = 17 * 1_024;

    [Fact]
    public async Task Each_transaction_of_a_bulk_has_its_own_result_in_order()
    {
        await using LedgerUnderTest ledger = await StartAsync();
        IReadOnlyList<TransactionResult> results = await ledger.Ledger.SubmitManyAsync(
            [
                Deposit(1), Withdraw(2, 4), Withdraw(3, 7), Deposit(1), Deposit(1, 11), Withdraw(4, 6), Deposit(5, 3, TransactionKind.Pending),
                new Transaction { Id = Id(6), Kind = TransactionKind.Post, Related = Id(5) }, Withdraw(3, 3),
            ],
            CancellationToken.None);
        Assert.Equal(
            [
                TransactionStatus.Created, TransactionStatus.Created, TransactionStatus.ExceedsCredits, TransactionStatus.Exists,
                TransactionStatus.ExistsWithDifferentAmount, TransactionStatus.Created, TransactionStatus.Created, TransactionStatus.Created,
                TransactionStatus.Created,
            ],
            results.Select(result => result.Status));
        Assert.Equal([1, 2, 0, 1, 1, 3, 4, 5, 6], results.Select(result => (int)result.Sequence));
        Assert.Equal((UInt128)10, results[3].Transfers.Single().Credit.CreditsPosted);
        Assert.Equal([Id(1), Id(2), Id(4), Id(5), Id(6), Id(3)], ledger.Durable);
    }

    [Fact]
    public async Task A_bulk_beyond_its_limits_is_the_callers_bug()
    {
        await using LedgerUnderTest ledger = await StartAsync();
        Transaction[] most = [.. Enumerable.Range(1, ILedger.BulkTransactionsMax).Select(id => Deposit(id))];
        IReadOnlyList<TransactionResult> results = await ledger.Ledger.SubmitManyAsync(most, CancellationToken.None);
        Assert.All(results, result => Assert.Equal(TransactionStatus.Created, result.Status));
        await Assert.ThrowsAsync<ArgumentException>(() => ledger.Ledger.SubmitManyAsync([.. most, Deposit(9_999)], CancellationToken.None).AsTask());
        Transaction wide = Deposit(1) with { Transfers = [.. Enumerable.Repeat(Deposit(1).Transfers[0], 64)] };
        await Assert.ThrowsAsync<ArgumentException>(() => ledger.Ledger.SubmitManyAsync([.. Enumerable.Repeat(wide, 129)], CancellationToken.None).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => ledger.Ledger.SubmitManyAsync([null!], CancellationToken.None).AsTask());
        Assert.Empty(await ledger.Ledger.SubmitManyAsync([], CancellationToken.None));
        Assert.Equal(ILedger.BulkTransactionsMax, ledger.Durable.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_bulk_whose_commit_fails_is_applied_once(bool isDurable)
    {
        await using LedgerUnderTest ledger = await StartAsync();
        await ledger.DepositAsync(1);
        ledger.Journal.Appends.Enqueue(isDurable ? FaultyJournal.FailAfter : FaultyJournal.FailBefore);
        IReadOnlyList<TransactionResult> results =
            await ledger.Ledger.SubmitManyAsync([Deposit(1), Deposit(2), Withdraw(3, 99), Deposit(2)], CancellationToken.None);
        Assert.Equal(
            [TransactionStatus.Exists, TransactionStatus.Created, TransactionStatus.ExceedsCredits, TransactionStatus.Exists],
            results.Select(result => result.Status));
        Assert.Equal([1, 2, 0, 2], results.Select(result => (int)result.Sequence));
        Assert.Equal([Id(1), Id(2)], ledger.Durable);
        Assert.Equal((UInt128)20, await ledger.AliceAsync());
    }

    [Fact]
    public async Task What_a_bulk_pushes_out_of_memory_is_not_applied_again_by_it()
    {
        await using LedgerUnderTest ledger = await StartAsync(Forgetful);
        for (int first = 1; first <= Remembered; first += 1_024)
        {
            await ledger.Ledger.SubmitManyAsync([.. Enumerable.Range(first, 1_024).Select(id => Deposit(id))], CancellationToken.None);
        }

        // The oldest that memory still has, after as many new ones as push it out.
        IReadOnlyList<TransactionResult> results = await ledger.Ledger.SubmitManyAsync(
            [.. Enumerable.Range(100_000, 20).Select(id => Deposit(id)), Deposit(1)], CancellationToken.None);
        Assert.Equal(TransactionStatus.Exists, results[^1].Status);
        Assert.Equal((UInt128)(10 * (Remembered + 20)), await ledger.AliceAsync());
    }

    [Fact]
    public async Task Wide_submissions_that_wait_together_do_not_outgrow_a_batch()
    {
        await using LedgerUnderTest ledger = await StartAsync(Forgetful);
        Gate gate = new();
        ledger.Journal.Appends.Enqueue(gate.Before<Florin.Ledger.Journal.JournalBatch>());
        Task<SubmissionResult> held = ledger.DepositAsync(1);
        await gate.Reached;
        Task<SubmissionResult>[] waiting =
        [
            .. Enumerable.Range(2, 400).Select(id => ledger.SubmitAsync(Deposit(id) with { Transfers = [.. Enumerable.Repeat(Deposit(1).Transfers[0], 64)] })),
        ];
        gate.Open();
        await held;
        await Task.WhenAll(waiting);
        Assert.Equal(64, ledger.Store.Batches.Max(batch => batch.Transfers.Count));
    }

    private static Transaction Withdraw(int id, int amount) =>
        new() { Id = Id(id), Kind = TransactionKind.Posted, Transfers = [new Transfer(Alice, Bank, (UInt128)amount, 1)] };
}
