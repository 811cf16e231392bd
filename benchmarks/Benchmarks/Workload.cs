using System.Collections.Immutable;
using Florin.Ledger;

namespace Florin.Benchmarks;

/// <summary>Which accounts a transfer moves between.</summary>
internal enum Skew
{
    /// <summary>Any two, each as likely.</summary>
    Uniform,

    /// <summary>One account in every transfer.</summary>
    Hot,

    /// <summary>Both by Zipf's law with exponent 0.99.</summary>
    Zipf,
}

/// <summary>Transfers of the benchmark: one per transaction, random ids, amounts floor(Exp(mean 10,000)) + 1. Not thread-safe.</summary>
/// <remarks>The exponential comes from a table of whole numbers, so that money is never computed in floating point.</remarks>
internal sealed class Workload
{
    public const int AccountCount = 10_000;
    private const int TableSize = 1 << 16;
    private const double Mean = 10_000;
    private const double ZipfExponent = 0.99;

    private static readonly Asset Usd = Assets.Get("USD");
    private static readonly AccountId[] Few = MakeAccounts(AccountCount);
    private static readonly uint[] Amounts = [.. Enumerable.Range(0, TableSize).Select(index => (uint)(-Mean * Math.Log((index + 0.5) / TableSize)) + 1)];
    private static readonly int[] ZipfRanks = MakeZipf();

    private readonly AccountId[] _accounts;
    private readonly Skew _skew;
    private ulong _seed;

    /// <param name="accounts">Those to move between; <see langword="null"/> for the ten thousand that all benchmarks but one use.</param>
    public Workload(Skew skew, ulong seed, AccountId[]? accounts = null)
    {
        _skew = skew;
        _seed = seed;
        _accounts = accounts ?? Few;
    }

    /// <summary>Opens the ten thousand accounts, some thousand a submission.</summary>
    public static IEnumerable<Submission> Openings => OpeningsOf(Few);

    public static AccountId[] MakeAccounts(int count) => [.. Enumerable.Range(0, count).Select(index => AccountId.Of($"user:{index}:available", Usd))];

    public static IEnumerable<Submission> OpeningsOf(AccountId[] accounts) => accounts.Chunk(Submission.AccountsMax / 2).Select(some => new Submission
    {
        Accounts = [.. some.Select(id => new AccountDefinition(id, NormalSide.Credit, AccountFlags.None))],
    });

    /// <summary>One caller's transfer.</summary>
    public Submission NextAlone() => new() { Transactions = [Next()] };

    public Transaction Next()
    {
        (int debit, int credit) = _skew switch
        {
            Skew.Hot => (0, 1 + Below(_accounts.Length - 1)),
            Skew.Zipf => (ZipfRanks[Below(TableSize)], ZipfRanks[Below(TableSize)]),
            _ => (Below(_accounts.Length), Below(_accounts.Length)),
        };
        credit = credit == debit ? (credit + 1) % _accounts.Length : credit;
        return new Transaction
        {
            Id = new TransactionId(new UInt128(NextBits(), NextBits() | 1)),
            Kind = TransactionKind.Posted,
            Transfers = [new Transfer(_accounts[debit], _accounts[credit], Amounts[Below(TableSize)], 1)],
        };
    }

    private static int[] MakeZipf()
    {
        double[] cumulative = new double[AccountCount];
        double sum = 0;
        for (int rank = 0; rank < AccountCount; rank++)
        {
            cumulative[rank] = sum += 1 / Math.Pow(rank + 1, ZipfExponent);
        }

        return [.. Enumerable.Range(0, TableSize).Select(index =>
        {
            int found = Array.BinarySearch(cumulative, (index + 0.5) / TableSize * sum);
            return Math.Min(found < 0 ? ~found : found, AccountCount - 1);
        })];
    }

    private int Below(int limit) => (int)((UInt128)NextBits() * (UInt128)limit >> 64);

    // SplitMix64: the generator must cost little beside what is measured.
    private ulong NextBits()
    {
        unchecked
        {
            ulong bits = _seed += 0x9E3779B97F4A7C15UL;
            bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9UL;
            bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBUL;
            return bits ^ (bits >> 31);
        }
    }
}
