using System.Collections.Immutable;
using Florin.Ledger;
using Florin.Simulator.Model;
using Florin.Simulator.Scheduling;
using Florin.Simulator.Store;

namespace Florin.Simulator.Workload;

/// <summary>What a client sends.</summary>
/// <param name="IsBulk">Its transactions alone, each for itself.</param>
internal sealed record Request(Submission Submission, bool IsBulk);

/// <summary>What clients ask for: a small town's payments on few accounts with too little money, repeats, mistakes, and now and then nonsense.</summary>
internal sealed class Clerk
{
    private const int Users = 5;
    private const int Counters = 3;
    private const int Opening = 6;

    private static readonly Asset Dollar = Assets.Get("USD");
    private static readonly AccountDefinition Bank = new(AccountId.Of("bank:x:safeguarded", Dollar), NormalSide.Debit, AccountFlags.Safeguarding);
    private static readonly AccountDefinition Limited = new(AccountId.Of("suspense:in", Dollar), NormalSide.Debit, AccountFlags.CreditsMustNotExceedDebits);

    private static readonly AccountDefinition[] Town =
    [
        Bank, Limited,
        .. Enumerable.Range(0, Users).Select(user =>
            new AccountDefinition(AccountId.Of($"user:{user}:available", Dollar), NormalSide.Credit, AccountFlags.DebitsMustNotExceedCredits | AccountFlags.Safeguarding)),
    ];

    private static readonly TransactionKind[] OnPending =
    [
        TransactionKind.Post, TransactionKind.Post, TransactionKind.Void, TransactionKind.PostPart, TransactionKind.PostPart,
        TransactionKind.Release, TransactionKind.Increase, TransactionKind.Extend, TransactionKind.Extend, TransactionKind.Reverse,
    ];

    private readonly Chance _chance;
    private readonly Func<string, int> _versionOf;
    private readonly RandomSubmissions _nonsense;
    private readonly List<Transaction> _asked = [];
    private readonly List<Transaction> _applied = [];
    private readonly List<Request> _requests = [];
    private readonly RandomTerms _terms;
    private readonly int _bulkPercent;
    private readonly int _nonsensePercent;
    private readonly int _repeatPercent;
    private readonly int _participantPercent;
    private int _participants;
    private int _officials;
    private int _ids;

    /// <param name="versionOf">The durable version of a participant's counter.</param>
    /// <param name="withFlows">Accounts that flows need stay open: a payment that was begun could not come to its end.</param>
    /// <param name="ledgerTime">The earliest time of what is executed next.</param>
    public Clerk(Chance chance, Func<string, int> versionOf, bool withFlows, Func<DateTimeOffset> ledgerTime)
    {
        (_chance, _versionOf) = (chance, versionOf);
        _nonsense = new RandomSubmissions(chance.Below(int.MaxValue), withTerms: true);
        _nonsensePercent = chance.Of([0, 0, 10, 40]);
        _repeatPercent = chance.Of([5, 15, 40]);
        _participantPercent = chance.Of([0, 20, 60]);
        _bulkPercent = chance.Of([0, 10, 30]);
        _terms = new RandomTerms(chance, [.. Town.Select(account => account.Id)], withFlows ? [Limited.Id] : [.. Town.Select(account => account.Id)], ledgerTime);
    }

    public Request Next()
    {
        Request request = _requests.Count > 0 && _chance.Percent(_repeatPercent) ? new Request(Repeat(), _chance.Percent(_bulkPercent))
            : _chance.Percent(_bulkPercent) ? new Request(new Submission { Transactions = Transactions(2, 8) }, IsBulk: true)
            : new Request(_chance.Percent(_nonsensePercent) ? _nonsense.Next() : Sensible(), IsBulk: false);
        request = request with
        {
            Submission = request.IsBulk ? new Submission { Transactions = request.Submission.Transactions } : WithParticipant(request.Submission),
        };
        _requests.Add(request);
        return request;
    }

    private Submission WithParticipant(Submission submission)
    {
        // The rows of changes do not tell whose they are, nor in which order of others that leave no transfer: their participants do.
        if (submission.Participant is null && (!submission.AccountChanges.IsEmpty || submission.ClosePeriodThrough is not null))
        {
            return submission with { Participant = new SimulatedParticipant($"official{++_officials}", 0, ++_participants) };
        }

        if (submission.Participant is null && _chance.Percent(_participantPercent))
        {
            string key = $"counter{_chance.Below(Counters)}";
            int expects = Math.Max(0, _versionOf(key) - (_chance.Percent(10) ? 1 : 0));
            submission = submission with { Participant = new SimulatedParticipant(key, expects, ++_participants) };
        }

        return submission;
    }

    /// <summary>A client was told that this is applied.</summary>
    public void Learn(Submission submission) => _applied.AddRange(submission.Transactions);

    /// <summary>An account to read; <see langword="null"/> for all.</summary>
    public AccountId? AccountToRead() => _chance.Percent(30) ? null : _chance.Of(Town).Id;

    private Submission Repeat()
    {
        int newest = Math.Max(0, _requests.Count - 25);
        Submission before = _requests[_chance.Between(newest, _requests.Count - 1)].Submission;
        return _chance.Below(4) switch
        {
            0 => before,
            1 => before with { Participant = null },
            2 => before with { Participant = null, Transactions = [.. before.Transactions.Select(Alter)] },
            _ => before with { Participant = null, Transactions = [.. before.Transactions, Transaction()] },
        };
    }

    private Transaction Alter(Transaction transaction) => _chance.Below(4) switch
    {
        0 => transaction with { Reference = "altered" },
        1 when !transaction.Transfers.IsEmpty => transaction with
        {
            Transfers = transaction.Transfers.SetItem(0, transaction.Transfers[0] with { Amount = (UInt128)_chance.Between(1, 100) }),
        },
        2 => _terms.Alter(transaction),
        _ => transaction,
    };

    private Submission Sensible() => _terms.With(new Submission
    {
        Accounts = _chance.Percent(_requests.Count < Opening ? 60 : 4) ? [.. Town.Where(_ => _chance.Percent(60))] : [],
        Transactions = _chance.Percent(96) ? _chance.Percent(75) ? [Transaction()] : Transactions(2, 5) : [],
    });

    private ImmutableArray<Transaction> Transactions(int least, int most) => [.. Enumerable.Range(0, _chance.Between(least, most)).Select(_ => Transaction())];

    private Transaction Transaction()
    {
        Transaction transaction = _terms.With(_asked.Count > 0 && _chance.Percent(40) ? Reference(_chance.Of(Known())) : Movement());
        _asked.Add(transaction);
        return transaction;
    }

    // Mostly what is known to be there, and what is new rather than old.
    private List<Transaction> Known()
    {
        List<Transaction> known = _applied.Count > 0 && _chance.Percent(80) ? _applied : _asked;
        return _chance.Percent(70) ? known[Math.Max(0, known.Count - 30)..] : known;
    }

    private Transaction Movement()
    {
        AccountId user = _chance.Of(Town).Id;
        (AccountId debit, AccountId credit) = _chance.Below(5) switch
        {
            0 or 1 => (Bank.Id, user),
            2 => (user, Bank.Id),
            _ => (user, _chance.Of(Town).Id),
        };
        TransactionKind kind = _chance.Percent(60) ? TransactionKind.Posted : TransactionKind.Pending;
        return new Transaction
        {
            Id = Id(),
            Kind = kind,
            Timeout = kind == TransactionKind.Pending && _chance.Percent(50) ? Timeout(60) : null,
            Transfers = [.. Enumerable.Range(0, _chance.Percent(80) ? 1 : 2).Select(_ => new Transfer(debit, credit, (UInt128)_chance.Between(1, 100), 1))],
            Reference = _chance.Percent(15) ? $"order {_ids}" : null,
        };
    }

    private Transaction Reference(Transaction original)
    {
        TransactionKind kind = original.Kind == TransactionKind.Pending ? _chance.Of(OnPending) : TransactionKind.Reverse;
        bool namesAmounts = kind is not (TransactionKind.Void or TransactionKind.Extend)
            && !original.Transfers.IsEmpty && (kind == TransactionKind.Increase || _chance.Percent(60));
        return new Transaction
        {
            Id = Id(),
            Kind = kind,
            Related = original.Id,
            Timeout = kind == TransactionKind.Extend ? Timeout(90) : null,
            Amounts = namesAmounts ? [.. original.Transfers.Select(Part)] : [],
        };
    }

    private UInt128 Part(Transfer transfer)
    {
        int whole = (int)(transfer.Amount % 1_000);
        return (UInt128)_chance.Between(0, _chance.Percent(50) ? whole / 2 : whole + (_chance.Percent(10) ? 1 : 0));
    }

    private TimeSpan Timeout(int secondsMax) => TimeSpan.FromMilliseconds(_chance.Between(1_000, secondsMax * 1_000));

    // Some ids are used again on purpose; the nonsense has small numbers too.
    private TransactionId Id() => new((UInt128)(_chance.Percent(6) && _ids > 0 ? _chance.Between(1, _ids) : ++_ids) + 1_000_000);
}
