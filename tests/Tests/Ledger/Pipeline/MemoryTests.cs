using Florin.Ledger;
using Florin.Ledger.Journal;
using Xunit;

namespace Florin.Tests.Ledger.Pipeline;

/// <summary>What memory forgets, the journal tells; what memory loses, recovery rebuilds.</summary>
public sealed class MemoryTests
{
    private static readonly LedgerOptions Tiny = new() { BatchItemsMax = 1, BatchTransfersMax = 1, RecordsMax = RecordsMax };

    // The least that the limits allow.
    private const int RecordsMax = 4 * (1 + (Submission.TransactionsMax * Transaction.TransfersMax));
    private const int Transactions = RecordsMax + 2_000;

    [Fact]
    public async Task An_old_transaction_that_memory_forgot_still_exists()
    {
        await using LedgerUnderTest ledger = await LedgerUnderTest.StartAsync(Tiny);
        SubmissionResult first = await ledger.DepositAsync(1);
        await FillAsync(ledger, 2);

        int reads = 0;
        ledger.Journal.Reads.Enqueue((_, goThrough, _) =>
        {
            reads++;
            return goThrough();
        });
        SubmissionResult retry = await ledger.DepositAsync(1);
        Assert.Equal(TransactionStatus.Exists, retry.Status);
        Assert.Equal(first.Transactions[0], retry.Transactions[0] with { Status = TransactionStatus.Created });
        Assert.Equal(TransactionStatus.ExistsWithDifferentAmount, (await ledger.DepositAsync(1, amount: 11)).Status);
        Assert.Equal(1, reads);
    }

    [Fact]
    public async Task A_pending_transaction_that_an_uncommitted_post_ended_cannot_be_voided()
    {
        await using LedgerUnderTest ledger = await LedgerUnderTest.StartAsync(Tiny);
        await ledger.DepositAsync(1);
        await ledger.SubmitAsync(LedgerUnderTest.Deposit(2, 10, TransactionKind.Pending));
        await FillAsync(ledger, 3, TransactionKind.Pending);

        // Open pending transactions alone fill memory, so all else is forgotten as soon as it may be. The post is executed while one batch
        // commits; the void comes with a repeat that needs a read, and the post cannot commit before that read is answered.
        (Gate ahead, Gate posting) = (new(), new());
        ledger.Journal.Appends.Enqueue(ahead.Before<JournalBatch>());
        ledger.Journal.Appends.Enqueue(posting.Before<JournalBatch>());
        ledger.Journal.Reads.Enqueue(async (_, goThrough, _) =>
        {
            await goThrough();
            posting.Open();
        });
        Task<SubmissionResult> deposit = ledger.DepositAsync(900_001);
        await ahead.Reached;
        Task<SubmissionResult> post = ledger.SubmitAsync(Reference(900_002, TransactionKind.Post, 2));
        Task<SubmissionResult> end = ledger.SubmitAsync(LedgerUnderTest.Deposit(1), Reference(900_003, TransactionKind.Void, 2));
        ahead.Open();

        Assert.Equal(TransactionStatus.Created, (await deposit).Status);
        Assert.Equal(TransactionStatus.Created, (await post).Status);
        Assert.Equal(TransactionStatus.RelatedAlreadyPosted, (await end).Status);
    }

    [Fact]
    public async Task After_a_restart_from_a_checkpoint_a_retry_exists_also_when_the_read_fails_first()
    {
        LedgerUnderTest before = await LedgerUnderTest.StartAsync();
        SubmissionResult first = await before.DepositAsync(1);
        await before.SubmitAsync(Reference(2, TransactionKind.Reverse, 1, 4));
        await before.DisposeAsync();
        Assert.Equal(2, before.Store.Checkpoint.Sequence);

        await using LedgerUnderTest after = LedgerUnderTest.Create(store: before.Store);
        await after.Ledger.StartAsync(CancellationToken.None);
        after.Journal.Reads.Enqueue(FaultyJournal.FailBefore);
        after.Journal.Reads.Enqueue(FaultyJournal.FailAfter);
        SubmissionResult retry = await after.DepositAsync(1);
        Assert.Equal(TransactionStatus.Exists, retry.Status);
        Assert.Equal(first.Transactions[0].Sequence, retry.Transactions[0].Sequence);
        Assert.Equal(2, after.Events.Count("failed"));

        // The part that was reversed before the restart stays reversed.
        Assert.Equal(TransactionStatus.ExceedsRelatedAmount, (await after.SubmitAsync(Reference(3, TransactionKind.Reverse, 1, 7))).Status);
        Assert.Equal(TransactionStatus.Created, (await after.SubmitAsync(Reference(4, TransactionKind.Reverse, 1, 6))).Status);
    }

    [Fact]
    public async Task A_checkpoint_that_failed_is_made_good_by_the_next_with_all_accounts()
    {
        LedgerUnderTest ledger = await LedgerUnderTest.StartAsync(new LedgerOptions { CheckpointTransfers = 2 });
        AccountId carol = AccountId.Of("carol", Assets.Get("USD"));
        ledger.Journal.Checkpoints.Enqueue(FaultyJournal.FailBefore);
        await ledger.SubmitAsync(new Submission
        {
            Accounts = [new(carol, NormalSide.Credit, AccountFlags.None)],
            Transactions = [LedgerUnderTest.Deposit(1), LedgerUnderTest.Deposit(2) with { Transfers = [new(LedgerUnderTest.Bank, carol, 5, 1)] }],
        });
        await ledger.DepositAsync(3);
        await ledger.DepositAsync(4);
        byte[] hash = await ledger.Ledger.GetStateHashAsync(CancellationToken.None);
        await ledger.DisposeAsync();

        Assert.Equal([typeof(JournalException), null], ledger.Events.Checkpoints.Select(failure => failure?.GetType()).Take(2));
        Assert.Equal(4, ledger.Store.Checkpoint.Sequence);
        await using LedgerUnderTest again = LedgerUnderTest.Create(store: ledger.Store);
        await again.Ledger.StartAsync(CancellationToken.None);
        Assert.Equal(hash, await again.Ledger.GetStateHashAsync(CancellationToken.None));
        Assert.Equal((UInt128)5, (await again.Ledger.GetBalanceAsync(carol, CancellationToken.None))!.Value.CreditsPosted);
    }

    [Fact]
    public async Task Balances_by_prefix_are_ordered_and_whole()
    {
        await using LedgerUnderTest ledger = await LedgerUnderTest.StartAsync();
        await ledger.SubmitAsync(new Submission
        {
            Accounts = [.. new[] { "user:b", "user:a", "user:a:x", "users" }
                .SelectMany(address => new[] { "USD", "EUR" }.Select(code => new AccountDefinition(AccountId.Of(address, Assets.Get(code)), NormalSide.Credit, AccountFlags.None)))],
        });
        Assert.Equal(
            ["user:a/EUR", "user:a/USD", "user:a:x/EUR", "user:a:x/USD", "user:b/EUR", "user:b/USD"],
            (await ledger.Ledger.GetBalancesAsync("user:", CancellationToken.None)).Select(balance => balance.Id.ToString()));
        Assert.Null(await ledger.Ledger.GetBalanceAsync(AccountId.Of("nobody", Assets.Get("USD")), CancellationToken.None));
    }

    private static async Task FillAsync(LedgerUnderTest ledger, int from, TransactionKind kind = TransactionKind.Posted)
    {
        foreach (int[] ids in Enumerable.Range(from, Transactions).Chunk(Submission.TransactionsMax))
        {
            Assert.Equal(TransactionStatus.Created, (await ledger.SubmitAsync([.. ids.Select(id => LedgerUnderTest.Deposit(id, 1, kind))])).Status);
        }
    }

    private static Transaction Reference(int id, TransactionKind kind, int related, params UInt128[] amounts) =>
        new() { Id = LedgerUnderTest.Id(id), Kind = kind, Related = LedgerUnderTest.Id(related), Amounts = [.. amounts] };
}
