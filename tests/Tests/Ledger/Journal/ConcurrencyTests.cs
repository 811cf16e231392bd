using Florin.Ledger;
using Florin.Tests.Support;
using Xunit;
using static Florin.Tests.Ledger.Journal.PostgresLedger;

namespace Florin.Tests.Ledger.Journal;

/// <summary>Many callers at once on PostgreSQL, judged by SQL.</summary>
public sealed class ConcurrencyTests
{
    [Fact]
    [Fault("L-01")]
    public async Task Of_a_thousand_concurrent_debits_on_funds_for_ten_exactly_ten_succeed()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using PostgresLedger ledger = await StartAsync(database.DataSource, new LedgerOptions { BatchItemsMax = 97 });
        await ledger.OpenAsync("alice");
        await ledger.SubmitAsync(Move("funds", Bank, Account("alice"), 10_00));

        SubmissionResult[] results = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(index =>
            Task.Run(() => ledger.SubmitAsync(Move($"debit {index}", Account("alice"), Bank, 1_00)))));

        Assert.Equal(10, results.Count(result => result.Status == TransactionStatus.Created));
        Assert.Equal(990, results.Count(result => result.Status == TransactionStatus.ExceedsCredits));
        Assert.Equal(11, await database.QueryAsync<long>("select count(*) from ledger.transfers"));
        Assert.Contains("alice/USD 0 1000 0 1000", await HistoryAsync(database));
        await JudgeAsync(database);
    }

    [Fact]
    [Fault("L-02")]
    public async Task Transfers_to_and_fro_and_in_cycles_never_block_and_conserve_the_total()
    {
        const int Wallets = 8;
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using PostgresLedger ledger = await StartAsync(database.DataSource, new LedgerOptions { BatchItemsMax = 64 });
        string[] names = [.. Enumerable.Range(0, Wallets).Select(index => $"wallet:{index}")];
        await ledger.OpenAsync(names);
        await ledger.SubmitAsync([.. names.Select(name => Move($"funds {name}", Bank, Account(name), 100))]);

        // Both directions between neighbours, and whole cycles in one transaction, all at once.
        IEnumerable<Transaction> toAndFro = Enumerable.Range(0, 1_000).SelectMany(index => new[]
        {
            Move($"to {index}", Account(names[index % Wallets]), Account(names[(index + 1) % Wallets]), 7),
            Move($"fro {index}", Account(names[(index + 1) % Wallets]), Account(names[index % Wallets]), 7),
        });
        IEnumerable<Transaction> cycles = Enumerable.Range(0, 500).Select(index => new Transaction
        {
            Id = TransactionId.FromName($"cycle {index}"),
            Kind = TransactionKind.Posted,
            Transfers = [.. Enumerable.Range(0, 2 + (index % (Wallets - 1))).Select(step => Step(names, index, step, 2 + (index % (Wallets - 1))))],
        });
        // Far more than the first wallet ever has.
        IEnumerable<Transaction> drain = Enumerable.Range(0, 300).Select(index => Move($"drain {index}", Account(names[0]), Account(names[1]), 9));
        SubmissionResult[] results = await Task.WhenAll(toAndFro.Concat(cycles).Concat(drain).Select(transaction => Task.Run(() => ledger.SubmitAsync(transaction))));

        Assert.All(results, result => Assert.True(result.Status is TransactionStatus.Created or TransactionStatus.ExceedsCredits));
        Assert.Contains(results, result => result.Status == TransactionStatus.ExceedsCredits);
        Assert.Equal(Wallets * 100, await database.QueryAsync<decimal>(
            "select sum(credits_posted - debits_posted) from ledger.balances where address like 'wallet:%'"));
        Assert.Equal(await HistoryAsync(database), await ledger.MemoryAsync());
        await JudgeAsync(database);
    }

    [Fact]
    [Fault("L-03")]
    public async Task Credits_of_many_callers_and_bulks_into_one_hot_account_lose_no_update()
    {
        const int Callers = 64;
        const int CreditsEach = 100;
        const int Bulks = 4;
        const int BulkSize = 2_000;
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using PostgresLedger ledger = await StartAsync(database.DataSource);
        await ledger.OpenAsync("merchant");
        Task<UInt128[]>[] callers = [.. Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            List<UInt128> told = [];
            for (int credit = 0; credit < CreditsEach; credit++)
            {
                SubmissionResult result = await ledger.SubmitAsync(Move($"credit {caller}/{credit}", Bank, Account("merchant"), 1));
                Assert.Equal(TransactionStatus.Created, result.Status);
                told.Add(result.Transactions[0].Transfers[0].Credit.CreditsPosted);
            }

            return told.ToArray();
        }))];
        Task<UInt128[]>[] bulks = [.. Enumerable.Range(0, Bulks).Select(bulk => Task.Run(async () =>
        {
            Transaction[] credits = [.. Enumerable.Range(0, BulkSize).Select(credit => Move($"bulk {bulk}/{credit}", Bank, Account("merchant"), 1))];
            IReadOnlyList<TransactionResult> results = await ledger.Ledger.SubmitManyAsync(credits, TestContext.Current.CancellationToken);
            return results.Select(result => result.Transfers[0].Credit.CreditsPosted).ToArray();
        }))];

        // Each credit was told a balance of its own: one that overwrote another would have told the same.
        UInt128[] balances = [.. (await Task.WhenAll([.. callers, .. bulks])).SelectMany(told => told).Order()];
        int all = (Callers * CreditsEach) + (Bulks * BulkSize);
        Assert.Equal(Enumerable.Range(1, all).Select(balance => (UInt128)balance), balances);
        Assert.Equal(all, await database.QueryAsync<decimal>("select sum(amount) from ledger.transfers"));
        Assert.Contains($"merchant/USD 0 0 0 {all}", await HistoryAsync(database));
        await JudgeAsync(database);
    }

    [Fact]
    [Fault("L-04")]
    public async Task Money_that_is_not_final_cannot_be_spent_until_it_is_posted()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using PostgresLedger ledger = await StartAsync(database.DataSource);
        await ledger.OpenAsync("alice");
        await ledger.SubmitAsync(Move("debit note", Bank, Account("alice"), 500, TransactionKind.Pending));

        AccountBalance pending = (await ledger.Ledger.GetBalanceAsync(Account("alice"), TestContext.Current.CancellationToken))!.Value;
        Assert.Equal((UInt128)500, pending.CreditsPending);
        Assert.Equal(UInt128.Zero, pending.Available);
        Assert.Equal(TransactionStatus.ExceedsCredits, (await ledger.SubmitAsync(Move("early", Account("alice"), Bank, 1))).Status);
        Assert.Equal(TransactionStatus.ExceedsCredits, (await ledger.SubmitAsync(Move("held", Account("alice"), Bank, 1, TransactionKind.Pending))).Status);

        Transaction post = new() { Id = TransactionId.FromName("cleared"), Kind = TransactionKind.Post, Related = TransactionId.FromName("debit note") };
        Assert.Equal(TransactionStatus.Created, (await ledger.SubmitAsync(post)).Status);
        Assert.Equal(TransactionStatus.Created, (await ledger.SubmitAsync(Move("late", Account("alice"), Bank, 500))).Status);
        Assert.Contains("alice/USD 0 500 0 500", await HistoryAsync(database));
        await JudgeAsync(database);
    }

    [Fact]
    [Fault("M-08")]
    public async Task Amounts_beyond_64_bits_and_their_sums_are_exact_or_refused()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        AccountId hot = AccountId.Of("chain:hot", Assets.Get("ETH"));
        AccountId user = AccountId.Of("user", Assets.Get("ETH"));
        UInt128[] amounts = [(UInt128)1 << 63, (UInt128)long.MaxValue, (UInt128)ulong.MaxValue, 1_000_000_000_000_000_000, (UInt128)1 << 100, 1, UInt128.MaxValue / 2];
        await using (PostgresLedger ledger = await StartAsync(database.DataSource))
        {
            await ledger.SubmitAsync(new Submission
            {
                Accounts = [new(hot, NormalSide.Debit, AccountFlags.None), new(user, NormalSide.Credit, AccountFlags.DebitsMustNotExceedCredits)],
                Transactions = [.. amounts.Select(amount => Move($"amount {amount}", hot, user, amount))],
            });
            Assert.Equal(TransactionStatus.OverflowsTotals, (await ledger.SubmitAsync(Move("too much", hot, user, UInt128.MaxValue / 2))).Status);
        }

        string sum = amounts.Aggregate(System.Numerics.BigInteger.Zero, (total, amount) => total + amount).ToString();
        Assert.Equal([$"chain:hot/ETH 0 {sum} 0 0", $"user/ETH 0 0 0 {sum}"], await HistoryAsync(database));
        await using PostgresLedger again = await StartAsync(database.DataSource);
        Assert.Equal(await HistoryAsync(database), await again.MemoryAsync());
        Assert.Equal(TransactionStatus.Exists, (await again.SubmitAsync(Move($"amount {UInt128.MaxValue / 2}", hot, user, UInt128.MaxValue / 2))).Status);
        await JudgeAsync(database);
    }

    private static Transfer Step(string[] names, int index, int step, int length) => new(
        Account(names[(index + step) % names.Length]), Account(names[(index + ((step + 1) % length)) % names.Length]), 50, 1);
}
