using System.Numerics;
using Florin.Ledger;
using Florin.Ledger.Journal;
using Florin.Simulator.Store;

namespace Florin.Simulator.Judgement;

/// <summary>At the end: what the rows add up to, what the model's book adds up to, and what the decisions were made with are the same, and nothing came from nothing.</summary>
internal static class FinalBooks
{
    public static void Check(SimulatedStore store, Bookkeeper books, Verdict verdict)
    {
        List<AccountRow> accounts = [.. store.Batches.SelectMany(stored => stored.Batch.Accounts)];
        Dictionary<long, BigInteger[]> rows = JournalRows.Sum(store.Batches.Select(stored => stored.Batch));
        Dictionary<string, BigInteger[]> book = books.Model.AddUp();
        verdict.Require(accounts.Count == book.Count, $"the journal has {accounts.Count} accounts, the model {book.Count}");
        foreach (AccountRow account in accounts)
        {
            string name = account.Id.ToString();
            BigInteger[] sums = rows.GetValueOrDefault(account.Number) ?? new BigInteger[4];
            verdict.Require(sums.SequenceEqual(book[name]), $"the rows of {name} add up to [{Text(sums)}], the model's book to [{Text(book[name])}]");
            verdict.Require(sums.SequenceEqual(books.Model.Totals(name)), $"the rows of {name} add up to [{Text(sums)}], the model decided with [{Text(books.Model.Totals(name))}]");
            verdict.Require(IsWithinItsRules(account, sums), $"{name} breaks its rules: [{Text(sums)}]");
        }

        foreach (IGrouping<string, AccountRow> asset in accounts.GroupBy(account => account.Id.Asset.Code))
        {
            BigInteger difference = asset.Aggregate(BigInteger.Zero, (sum, account) => sum + Difference(rows.GetValueOrDefault(account.Number)));
            verdict.Require(difference == 0, $"{asset.Key} is not conserved: debits less credits are {difference}");
        }
    }

    private static bool IsWithinItsRules(AccountRow account, BigInteger[] sums) =>
        (!account.Flags.HasFlag(AccountFlags.DebitsMustNotExceedCredits) || sums[0] + sums[1] <= sums[3])
        && (!account.Flags.HasFlag(AccountFlags.CreditsMustNotExceedDebits) || sums[2] + sums[3] <= sums[1]);

    private static BigInteger Difference(BigInteger[]? sums) => sums is null ? 0 : sums[0] + sums[1] - sums[2] - sums[3];

    private static string Text(BigInteger[] sums) => string.Join(", ", sums);
}
