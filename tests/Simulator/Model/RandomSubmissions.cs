using System.Collections.Immutable;
using Florin.Ledger;

namespace Florin.Simulator.Model;

/// <summary>Commands from a seed, made to collide: few accounts, few ids, repeats, near-repeats, references to anything, amounts at the limits.</summary>
/// <param name="withTerms">Also conditions, balancing, limits, standings, closed periods and deadlines.</param>
internal sealed class RandomSubmissions(int seed, bool withTerms = false)
{
    private const int CommandsPerAccountSet = 400;
    private const int AccountsPerSet = 10;

    /// <summary>What the house holds for its customers; it owes them what is on the account before it.</summary>
    private const int HeldNumber = 8;

    private static readonly Asset[] AssetsUsed = [Assets.Get("USD"), Assets.Get("JPY"), Assets.Get("ETH")];
    private static readonly DateOnly FirstDay = new(2025, 12, 28);
    private static readonly string?[] Texts = [null, null, null, "a", "b", "\0", "\ud83d\ude00", "\ud800"];

    private readonly Random _random = new(seed);
    private readonly List<Transaction> _asked = [];
    private int _count;

    public Submission Next()
    {
        _count++;
        Submission submission = new()
        {
            Accounts = Chance(20) ? [.. Enumerable.Range(0, _random.Next(1, 12)).Select(_ => Definition())] : [],
            Transactions = Chance(97) ? [.. Enumerable.Range(0, Chance(85) ? 1 : _random.Next(2, 5)).Select(_ => NextTransaction())] : [],
        };
        return withTerms ? WithTerms(submission) : submission;
    }

    private Transaction NextTransaction()
    {
        Transaction transaction = _random.Next(100) switch
        {
            < 15 when _asked.Count > 0 => Asked(),
            < 25 when _asked.Count > 0 => Altered(Asked()),
            < 62 => Movement(),
            < 92 => Reference(),
            _ => Altered(Movement()),
        };
        transaction = withTerms ? WithTerms(transaction) : transaction;
        _asked.Add(transaction);
        return transaction;
    }

    // Deadlines and ends are far away from now, so that whoever does not know the time exactly can still predict.
    private Submission WithTerms(Submission submission) => _random.Next(24) switch
    {
        0 => submission with { AccountChanges = [.. Enumerable.Range(0, _random.Next(1, 3)).Select(_ => new AccountChange(Account(), (AccountStanding)_random.Next(3)))] },
        1 => submission with { AccountChanges = [new AccountChange(Account(), AccountStanding.Open), new AccountChange(Account(), AccountStanding.Open)] },
        2 => submission with { Limits = [.. Enumerable.Range(0, _random.Next(1, 3)).Select(_ => Limit())] },
        3 => submission with { Deadline = new DateTimeOffset(Chance(50) ? 2_000 : 2_100, 1, 1, 0, 0, 0, TimeSpan.Zero) },
        4 when Chance(30) => submission with { ClosePeriodThrough = FirstDay.AddDays(_random.Next(6)) },
        _ => submission,
    };

    private LimitUse Limit() =>
        new($"limit:{_count / CommandsPerAccountSet}:{_random.Next(3)}", (UInt128)_random.Next(20), (UInt128)_random.Next(60), new DateTimeOffset(2_100, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private Transaction WithTerms(Transaction transaction) => _random.Next(24) switch
    {
        0 or 1 => transaction with { Conditions = [.. Enumerable.Range(0, _random.Next(1, 3)).Select(_ => Condition(transaction))] },
        2 when Chance(10) => transaction with { Conditions = [.. Enumerable.Repeat(Condition(transaction), 65)] },
        3 => transaction with { ClosedPeriod = (ClosedPeriodPolicy)(Chance(95) ? 1 : 7) },
        4 or 5 => transaction with { EffectiveDate = FirstDay.AddDays(_random.Next(6)), ClosedPeriod = (ClosedPeriodPolicy)_random.Next(2) },
        6 or 7 or 8 => Altered(transaction, transfer => transfer with
        {
            Balancing = (Balancing)(Chance(95) ? _random.Next(3) : 9),
            Minimum = Chance(50) ? 0 : Chance(5) && transfer.Amount < UInt128.MaxValue ? transfer.Amount + 1 : transfer.Amount / (UInt128)_random.Next(1, 9),
        }),
        _ => transaction,
    };

    private BalanceCondition Condition(Transaction transaction) => new(
        !transaction.Transfers.IsEmpty && Chance(70) ? transaction.Transfers[0].Debit : Account(),
        (BalanceMeasure)_random.Next(Chance(97) ? 6 : 7),
        (Comparison)_random.Next(Chance(97) ? 6 : 7),
        Chance(70) ? _random.Next(-100, 300) : _random.NextInt64());

    private Transaction Movement() => new()
    {
        Id = Id(),
        Kind = Chance(65) ? TransactionKind.Posted : TransactionKind.Pending,
        Transfers = [.. Transfers()],
        EffectiveDate = Chance(5) ? new DateOnly(2026, 1, _random.Next(1, 4)) : null,
        Reference = Chance(10) ? Texts[_random.Next(Texts.Length - 1)] : null,
        Metadata = Chance(5) ? Texts[_random.Next(Texts.Length - 1)] : null,
    };

    private Transaction Reference()
    {
        Transaction? original = _asked.Count > 0 ? Asked() : null;
        return new Transaction
        {
            Id = Id(),
            Kind = original?.Kind switch
            {
                TransactionKind.Pending => Chance(45) ? TransactionKind.Post : Chance(80) ? TransactionKind.Void : TransactionKind.Reverse,
                TransactionKind.Posted or TransactionKind.Post => Chance(90) ? TransactionKind.Reverse : TransactionKind.Post,
                _ => (TransactionKind)_random.Next(3, 6),
            },
            Related = original?.Id ?? Id(),
            Amounts = Chance(60) ? [] : [.. Parts(original)],
        };
    }

    private IEnumerable<UInt128> Parts(Transaction? original)
    {
        int count = original is { Transfers.Length: > 0 } && Chance(90) ? original.Transfers.Length : _random.Next(1, 4);
        for (int index = 0; index < count; index++)
        {
            UInt128 whole = original is not null && index < original.Transfers.Length ? original.Transfers[index].Amount : Amount();
            yield return _random.Next(6) switch
            {
                0 => 0,
                1 => whole,
                2 => whole == UInt128.MaxValue ? whole : whole + 1,
                _ => whole / (UInt128)_random.Next(2, 9),
            };
        }
    }

    /// <summary>One field made different, or wrong.</summary>
    private Transaction Altered(Transaction transaction) => _random.Next(12) switch
    {
        0 => transaction with { Id = Chance(50) ? default : new(UInt128.MaxValue) },
        1 => transaction with { Kind = (TransactionKind)_random.Next(0, 7) },
        2 => transaction with { Related = Chance(30) ? null : Chance(20) ? transaction.Id : Id() },
        3 => transaction with { Transfers = [.. Transfers()] },
        4 => transaction with { Transfers = Chance(10) ? [.. Enumerable.Repeat(new Transfer(Account(), Account(), 1, 1), 65)] : [] },
        5 => transaction with { Amounts = Chance(30) ? [] : [.. Parts(transaction)] },
        6 => transaction with { Amounts = transaction.Amounts.Add(_random.Next(2) == 0 ? 0 : Amount()) },
        7 => transaction with { EffectiveDate = new DateOnly(2026, 2, 1) },
        8 => transaction with { Reference = Chance(10) ? new string('r', 201) : Texts[_random.Next(Texts.Length)] },
        9 => transaction with { Metadata = Chance(10) ? new string('m', 8_193) : Texts[_random.Next(Texts.Length)] },
        10 => Altered(transaction, transfer => transfer with { Amount = Chance(50) ? 0 : Amount(), Code = _random.Next(-1, 3) }),
        _ => Altered(transaction, transfer => Chance(50) ? transfer with { Debit = Account() } : transfer with { Credit = Account() }),
    };

    private Transaction Altered(Transaction transaction, Func<Transfer, Transfer> change)
    {
        if (transaction.Transfers.IsEmpty)
        {
            return transaction;
        }

        int index = _random.Next(transaction.Transfers.Length);
        return transaction with { Transfers = transaction.Transfers.SetItem(index, change(transaction.Transfers[index])) };
    }

    private IEnumerable<Transfer> Transfers()
    {
        Asset asset = AssetsUsed[_random.Next(AssetsUsed.Length)];
        int count = Chance(70) ? 1 : _random.Next(2, 6);
        for (int index = 0; index < count; index++)
        {
            yield return new Transfer(Account(asset), Account(Chance(99) ? asset : AssetsUsed[0]), Amount(), Chance(98) ? _random.Next(1, 4) : 0);
        }
    }

    // Sets of accounts follow each other, so that totals near the limit do not end all movement for good.
    private AccountId Account(Asset? asset = null) =>
        AccountId.Of($"set{_count / CommandsPerAccountSet}:{_random.Next(AccountsPerSet)}", asset ?? AssetsUsed[_random.Next(AssetsUsed.Length)]);

    private AccountDefinition Definition()
    {
        AccountId id = Account();
        int number = id.Address.Value[^1] - '0';
        AccountFlags flags = number switch
        {
            1 or 2 or 3 => AccountFlags.DebitsMustNotExceedCredits,
            4 or 5 => AccountFlags.CreditsMustNotExceedDebits,
            6 => AccountFlags.DebitsMustNotExceedCredits | AccountFlags.CreditsMustNotExceedDebits,
            7 or 8 => AccountFlags.Safeguarding,
            _ => AccountFlags.None,
        };
        return new AccountDefinition(id, Chance(99) ^ number == HeldNumber ? NormalSide.Credit : NormalSide.Debit, flags);
    }

    private UInt128 Amount() => _random.Next(100) switch
    {
        < 80 => (UInt128)_random.Next(1, 200),
        < 90 => (UInt128)_random.NextInt64(1, long.MaxValue),
        < 94 => new UInt128((ulong)_random.NextInt64(), (ulong)_random.NextInt64()) / (UInt128)_random.Next(1, 1_000),
        < 96 => UInt128.MaxValue - (UInt128)_random.Next(0, 100),
        < 98 => UInt128.MaxValue / 2,
        _ => 0,
    };

    // About every second id was used before.
    private TransactionId Id() => new(1 + (UInt128)_random.Next((_count * 2) + 10));

    private Transaction Asked() => _asked[Chance(70) ? _random.Next(Math.Max(0, _asked.Count - 60), _asked.Count) : _random.Next(_asked.Count)];

    private bool Chance(int percent) => _random.Next(100) < percent;
}
