using Florin.Ledger;
using Florin.Simulator.Scheduling;

namespace Florin.Simulator.Workload;

/// <summary>What is asked beyond transfers: conditions, balancing, days in closed books; limits, deadlines, frozen accounts. How much of it is drawn once per seed.</summary>
internal sealed class RandomTerms
{
    private const int Days = 5;
    private const int Limits = 3;

    private static readonly DateOnly FirstDay = new(2025, 12, 29);
    private static readonly DateTimeOffset Never = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Chance _chance;
    private readonly IReadOnlyList<AccountId> _accounts;
    private readonly IReadOnlyList<AccountId> _freezable;
    private readonly Func<DateTimeOffset> _ledgerTime;
    private readonly int _conditionPercent;
    private readonly int _balancingPercent;
    private readonly int _dayPercent;
    private readonly int _limitPercent;
    private readonly int _deadlinePercent;
    private readonly int _officialPercent;
    private readonly int _windowSeconds;

    /// <param name="freezable">Those that are frozen and closed now and then.</param>
    /// <param name="ledgerTime">The earliest time of what is executed next.</param>
    public RandomTerms(Chance chance, IReadOnlyList<AccountId> accounts, IReadOnlyList<AccountId> freezable, Func<DateTimeOffset> ledgerTime)
    {
        (_chance, _accounts, _freezable, _ledgerTime) = (chance, accounts, freezable, ledgerTime);
        _conditionPercent = chance.Of([0, 5, 20]);
        _balancingPercent = chance.Of([0, 5, 30]);
        _dayPercent = chance.Of([0, 10, 40]);
        _limitPercent = chance.Of([0, 10, 40]);
        _deadlinePercent = chance.Of([0, 10, 30]);
        _officialPercent = chance.Of([0, 4, 12]);
        _windowSeconds = chance.Of([0, 2, 20]);
    }

    public Transaction With(Transaction transaction)
    {
        if (_chance.Percent(_balancingPercent))
        {
            transaction = transaction with { Transfers = [.. transaction.Transfers.Select(Balanced)] };
        }

        if (_chance.Percent(_conditionPercent))
        {
            transaction = transaction with { Conditions = [.. Enumerable.Range(0, _chance.Between(1, 2)).Select(_ => Condition(transaction))] };
        }

        return _chance.Percent(_dayPercent)
            ? transaction with { EffectiveDate = Day(), ClosedPeriod = _chance.Percent(50) ? ClosedPeriodPolicy.Adjust : ClosedPeriodPolicy.Refuse }
            : transaction;
    }

    public Submission With(Submission submission)
    {
        if (_chance.Percent(_officialPercent))
        {
            submission = _chance.Percent(35)
                ? submission with { ClosePeriodThrough = Day() }
                : submission with { AccountChanges = [.. Enumerable.Range(0, _chance.Between(1, 3)).Select(_ => Change())] };
            submission = _chance.Percent(50) ? submission with { Transactions = [] } : submission;
        }

        if (_chance.Percent(_limitPercent))
        {
            submission = submission with { Limits = [.. Enumerable.Range(0, _chance.Between(1, 2)).Select(_ => Use())] };
        }

        return _chance.Percent(_deadlinePercent)
            ? submission with { Deadline = _ledgerTime() + TimeSpan.FromMilliseconds(_chance.Between(-2_000, 20_000)) }
            : submission;
    }

    /// <summary>The same in other terms.</summary>
    public Transaction Alter(Transaction transaction) => _chance.Below(3) switch
    {
        0 => transaction with { ClosedPeriod = 1 - transaction.ClosedPeriod },
        1 => transaction with { Conditions = [Condition(transaction)] },
        _ => transaction with { Transfers = [.. transaction.Transfers.Select(transfer => transfer with { Minimum = 1, Balancing = Balancing.Debit })] },
    };

    private Transfer Balanced(Transfer transfer) => transfer with
    {
        Balancing = _chance.Percent(80) ? Balancing.Debit : Balancing.Credit,
        Minimum = _chance.Percent(50) ? 0 : transfer.Amount / (UInt128)_chance.Between(1, 4),
    };

    private BalanceCondition Condition(Transaction transaction) => new(
        !transaction.Transfers.IsEmpty && _chance.Percent(70) ? transaction.Transfers[0].Debit : _chance.Of(_accounts),
        (BalanceMeasure)_chance.Below(6),
        (Comparison)_chance.Below(6),
        _chance.Between(-20, 120));

    // Opened again as often as not, or soon nothing would move.
    private AccountChange Change() => new(
        _chance.Of(_freezable), _chance.Percent(50) ? AccountStanding.Open : _chance.Percent(60) ? AccountStanding.Frozen : AccountStanding.Closed);

    private DateOnly Day() => FirstDay.AddDays(_chance.Below(Days));

    private LimitUse Use()
    {
        DateTimeOffset end = _windowSeconds == 0 ? Never : _ledgerTime() + TimeSpan.FromMilliseconds(_chance.Between(1, _windowSeconds * 1_000));
        return new LimitUse($"limit{_chance.Below(Limits)}", (UInt128)_chance.Between(0, 20), (UInt128)_chance.Between(20, 120), end);
    }
}
