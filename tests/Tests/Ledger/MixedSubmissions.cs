using System.Collections.Immutable;
using Florin.Ledger;

namespace Florin.Tests.Ledger;

/// <summary>Random submissions with every kind of transaction and every term. Predicts nothing: judges look at what became of them.</summary>
internal sealed class MixedSubmissions(int seed)
{
    private static readonly Asset[] AssetsUsed = [Assets.Get("USD"), Assets.Get("EUR")];

    private readonly Random _random = new(seed);
    private readonly List<(TransactionId Id, int Transfers)> _pending = [];
    private readonly List<(TransactionId Id, int Transfers)> _posted = [];
    private int _count;

    public static AccountId Bank(int asset) => AccountId.Of("bank", AssetsUsed[asset]);

    public static AccountId Wallet(int number, int asset) => AccountId.Of($"wallet:{number}", AssetsUsed[asset]);

    public static Submission Opening => new()
    {
        Accounts =
        [
            .. AssetsUsed.SelectMany((_, asset) => Enumerable.Range(0, 4).Select(number =>
                new AccountDefinition(Wallet(number, asset), NormalSide.Credit, AccountFlags.DebitsMustNotExceedCredits))),
            .. AssetsUsed.Select((_, asset) => new AccountDefinition(Bank(asset), NormalSide.Debit, AccountFlags.None)),
        ],
    };

    /// <summary>A submission of one to three linked transactions, sometimes with a limit, an account change, a closing of the books.</summary>
    public Submission Next()
    {
        Submission submission = new() { Transactions = [.. Enumerable.Range(0, _random.Next(6) == 0 ? 3 : 1).Select(_ => NextTransaction())] };
        return _random.Next(12) switch
        {
            0 => submission with { Limits = [new LimitUse($"limit:{_random.Next(3)}", (UInt128)_random.Next(20), 500, DateTimeOffset.UnixEpoch.AddYears(100))] },
            1 => submission with { AccountChanges = [new AccountChange(Wallet(0, 0), (AccountStanding)_random.Next(2))] },
            2 => new Submission { ClosePeriodThrough = new DateOnly(1969, 1, 1).AddDays(_random.Next(300)) },
            _ => submission,
        };
    }

    public Transaction NextTransaction()
    {
        TransactionId id = TransactionId.FromName($"mixed {seed} {++_count}");
        Transaction transaction = _random.Next(16) switch
        {
            0 or 1 or 2 or 3 => New(id, TransactionKind.Posted),
            4 or 5 or 6 => New(id, TransactionKind.Pending),
            7 => Acting(id, TransactionKind.Post, _pending),
            8 or 9 => Acting(id, TransactionKind.PostPart, _pending),
            10 => Acting(id, TransactionKind.Void, _pending),
            11 => Acting(id, TransactionKind.Increase, _pending),
            12 => Acting(id, TransactionKind.Release, _pending),
            13 => Acting(id, TransactionKind.Extend, _pending),
            _ => Acting(id, TransactionKind.Reverse, _posted),
        };
        return _random.Next(5) == 0
            ? transaction with { Reference = $"ref {_random.Next(9)}", Metadata = $$"""{"colour":"c{{_random.Next(9)}}","n":{{_random.Next(5)}}}""" }
            : transaction;
    }

    private Transaction New(TransactionId id, TransactionKind kind)
    {
        int transfers = _random.Next(4) == 0 ? 3 : 1;
        (kind == TransactionKind.Pending ? _pending : _posted).Add((id, transfers));
        return new Transaction
        {
            Id = id,
            Kind = kind,
            Transfers = [.. Enumerable.Range(0, transfers).Select(_ => NextTransfer())],
            Timeout = kind == TransactionKind.Pending && _random.Next(3) > 0 ? TimeSpan.FromSeconds(_random.Next(1, 200)) : null,
            EffectiveDate = _random.Next(8) == 0 ? new DateOnly(1969, 6, 1).AddDays(_random.Next(300)) : null,
            ClosedPeriod = (ClosedPeriodPolicy)_random.Next(2),
            Conditions = _random.Next(8) == 0
                ? [new BalanceCondition(Wallet(1, 0), (BalanceMeasure)_random.Next(6), (Comparison)_random.Next(6), _random.Next(-50, 500))]
                : [],
        };
    }

    private Transfer NextTransfer()
    {
        int asset = _random.Next(2);
        AccountId debit = _random.Next(3) == 0 ? Bank(asset) : Wallet(_random.Next(4), asset);
        AccountId credit = debit == Bank(asset) || _random.Next(3) > 0 ? Wallet(_random.Next(4), asset) : Bank(asset);
        if (debit == credit)
        {
            debit = Bank(asset);
        }

        return new Transfer(debit, credit, (UInt128)_random.Next(1, 100), 1)
        {
            Balancing = _random.Next(6) == 0 ? (Balancing)_random.Next(1, 3) : Balancing.None,
        };
    }

    private Transaction Acting(TransactionId id, TransactionKind kind, List<(TransactionId Id, int Transfers)> targets)
    {
        if (targets.Count == 0)
        {
            return New(id, TransactionKind.Posted);
        }

        // Mostly a late one, because the early ones have ended.
        (TransactionId related, int transfers) = targets[Math.Max(0, targets.Count - 1 - _random.Next(_random.Next(4) == 0 ? targets.Count : 6))];
        bool namesAmounts = kind is not (TransactionKind.Void or TransactionKind.Extend) && (kind == TransactionKind.Increase || _random.Next(3) > 0);
        ImmutableArray<UInt128> amounts = namesAmounts ? [.. Enumerable.Range(0, transfers).Select(_ => (UInt128)_random.Next(0, 25))] : [];
        if (kind is TransactionKind.Post or TransactionKind.PostPart)
        {
            _posted.Add((id, transfers));
        }

        return new Transaction
        {
            Id = id,
            Kind = kind,
            Related = related,
            Amounts = amounts,
            Timeout = kind == TransactionKind.Extend ? TimeSpan.FromSeconds(_random.Next(1, 400)) : null,
        };
    }
}
