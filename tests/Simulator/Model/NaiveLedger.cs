using System.Numerics;
using Florin.Ledger;

namespace Florin.Simulator.Model;

/// <summary>What the model predicts for one transaction.</summary>
internal readonly record struct Prediction(TransactionStatus Status, int TransferIndex, BigInteger Sequence);

/// <summary>What the model predicts for a submission.</summary>
/// <param name="Page">What would be written; <see langword="null"/> when it is refused.</param>
internal sealed record Foreseen(TransactionStatus Status, List<Prediction> Transactions, NaivePage? Page);

/// <summary>
/// The ledger as a clerk would keep it: a book of what was written, names as text, integers without limit. It shares no code with the ledger,
/// and decides from the contract's words. A submission is tried on a copy of the page and copied into the book when all of it is accepted.
/// </summary>
internal sealed class NaiveLedger
{
    private readonly Dictionary<string, (NormalSide Side, AccountFlags Flags)> _accounts = [];
    private readonly NaivePage _page = new();

    public IEnumerable<string> Accounts => _accounts.Keys;

    public bool IsOpen(string account) => _accounts.ContainsKey(account);

    public BigInteger Sequence => _page.Sequence;

    /// <summary>Foresees and writes.</summary>
    public (TransactionStatus Status, List<Prediction> Transactions) Submit(Submission submission, DateTimeOffset now = default)
    {
        bool isLate = IsLate(submission, now);
        foreach (AccountDefinition definition in submission.Accounts.TakeWhile(definition => !isLate && MayOpen(definition)))
        {
            Open(definition);
        }

        Foreseen foreseen = Foresee(submission, now);
        foreseen.Page?.Keep();
        return (foreseen.Status, foreseen.Transactions);
    }

    /// <summary>Whether the account is not open, or open just so.</summary>
    public bool MayOpen(AccountDefinition definition) =>
        !_accounts.TryGetValue(definition.Id.ToString(), out (NormalSide, AccountFlags) open) || open == (definition.NormalSide, definition.Flags);

    /// <returns><see langword="false"/> when it was open before.</returns>
    public bool Open(AccountDefinition definition) => _accounts.TryAdd(definition.Id.ToString(), (definition.NormalSide, definition.Flags));

    /// <summary>What would be answered now; nothing is written, and no account stays open.</summary>
    /// <param name="now">Ledger time.</param>
    /// <param name="closed">Accounts to think of as not open yet; <see langword="null"/> when none.</param>
    public Foreseen Foresee(Submission submission, DateTimeOffset now, IReadOnlyCollection<string>? closed = null)
    {
        if (IsLate(submission, now))
        {
            return None(submission, TransactionStatus.DeadlinePassed);
        }

        Dictionary<string, (NormalSide Side, AccountFlags Flags)> accounts = submission.Accounts.IsEmpty && closed is null ? _accounts : new(_accounts);
        foreach (string account in closed ?? [])
        {
            accounts.Remove(account);
        }

        foreach (AccountDefinition definition in submission.Accounts)
        {
            (NormalSide, AccountFlags) wanted = (definition.NormalSide, definition.Flags);
            if (accounts.TryAdd(definition.Id.ToString(), wanted) is false && accounts[definition.Id.ToString()] != wanted)
            {
                return None(submission, TransactionStatus.AccountDefinitionDiffers);
            }
        }

        NaivePage page = _page.Turn();
        TransactionStatus changed = IsRepeat(submission) ? TransactionStatus.Created : Change(submission, accounts, page, now);
        if (changed != TransactionStatus.Created)
        {
            return None(submission, changed);
        }

        List<Prediction> predictions = [];
        foreach (Transaction transaction in submission.Transactions)
        {
            Prediction prediction = new NaiveRules(accounts, page, now).Write(transaction);
            predictions.Add(prediction);
            if (prediction.Status is not (TransactionStatus.Created or TransactionStatus.Exists))
            {
                List<Prediction> refused = Same(submission.Transactions.Length, TransactionStatus.LinkedTransactionFailed);
                refused[predictions.Count - 1] = prediction.Sequence > _page.Sequence ? prediction with { Sequence = 0 } : prediction;
                return new Foreseen(prediction.Status, refused, Page: null);
            }
        }

        bool anyCreated = predictions.Any(prediction => prediction.Status == TransactionStatus.Created);
        if (anyCreated && !UseLimits(submission, page, now))
        {
            return None(submission, TransactionStatus.LimitExceeded);
        }

        bool isNew = submission.Transactions.Length == 0 || anyCreated;
        return new Foreseen(isNew ? TransactionStatus.Created : TransactionStatus.Exists, predictions, page);
    }

    /// <summary>The same for a bulk: each transaction for itself.</summary>
    public Foreseen ForeseeEach(IReadOnlyList<Transaction> transactions, DateTimeOffset now, IReadOnlyCollection<string>? closed = null)
    {
        Dictionary<string, (NormalSide Side, AccountFlags Flags)> accounts = new(_accounts.Where(account => closed is null || !closed.Contains(account.Key)));
        NaivePage page = _page.Turn();
        List<Prediction> predictions = [];
        foreach (Transaction transaction in transactions)
        {
            NaivePage trial = page.Turn();
            predictions.Add(new NaiveRules(accounts, trial, now).Write(transaction));
            if (predictions[^1].Status == TransactionStatus.Created)
            {
                trial.Keep();
            }
        }

        TransactionStatus[] told = [.. predictions.Select(prediction => prediction.Status)];
        return new Foreseen(StatusOfEach(told), predictions, page);
    }

    /// <summary>A bulk has no status of its own: created when anything was, else the first.</summary>
    public static TransactionStatus StatusOfEach(IReadOnlyCollection<TransactionStatus> statuses) =>
        statuses.Contains(TransactionStatus.Created) ? TransactionStatus.Created : statuses.FirstOrDefault();

    /// <summary>The standing of an account now.</summary>
    public AccountStanding StandingOf(string account) => _page.StandingOf(account);

    /// <summary>All changes of standings that were written, in order.</summary>
    public IReadOnlyList<(string Account, AccountStanding Standing, BigInteger After)> Standings => _page.Standings;

    /// <summary>Pending transactions whose time has come, the earliest first; of several at one moment the older first.</summary>
    public List<NaiveEntry> Due(DateTimeOffset now) =>
    [
        .. _page.Timed.Where(pending => _page.ExpiryOf(pending) <= now && _page.EndOf(pending) is null)
            .OrderBy(_page.ExpiryOf).ThenBy(pending => pending.Sequence),
    ];

    /// <summary>What its expiry would write.</summary>
    public NaiveEntry ExpiryOf(NaiveEntry pending)
    {
        List<BigInteger> held = _page.HeldOf(pending);
        List<NaiveLine> lines = [.. pending.Lines.Select((line, index) => line with { Amount = held[index], Origin = index }).Where(line => line.Amount > 0)];
        UInt128 id = TransactionId.FromName($"expire:{new TransactionId(pending.Id)}").Value;
        return new NaiveEntry(id, TransactionKind.Expire, lines, pending.Id, null, null, null, _page.Sequence + 1);
    }

    public void Write(NaiveEntry entry) => _page.Write(entry);

    /// <summary>Totals from the book alone: every entry added up anew.</summary>
    public Dictionary<string, BigInteger[]> AddUp()
    {
        Dictionary<string, BigInteger[]> totals = _accounts.Keys.ToDictionary(name => name, _ => new BigInteger[4]);
        foreach (NaiveEntry entry in _page.Book)
        {
            bool isPosted = entry.Kind is TransactionKind.Posted or TransactionKind.Post or TransactionKind.PostPart or TransactionKind.Reverse;
            bool isOpen = entry.Kind == TransactionKind.Pending && _page.EndOf(entry) is null;
            List<BigInteger> amounts = isPosted ? [.. entry.Lines.Select(line => line.Amount)] : isOpen ? _page.HeldOf(entry) : [];
            for (int index = 0; index < amounts.Count; index++)
            {
                totals[entry.Lines[index].Debit][isPosted ? 1 : 0] += amounts[index];
                totals[entry.Lines[index].Credit][isPosted ? 3 : 2] += amounts[index];
            }
        }

        return totals;
    }

    /// <summary>The totals that the decisions were made with.</summary>
    public BigInteger[] Totals(string account) => _page.Totals(account);

    private bool IsLate(Submission submission, DateTimeOffset now) => submission.Deadline < now && !IsRepeat(submission);

    private bool IsRepeat(Submission submission) =>
        submission.Transactions.Length > 0 && submission.Transactions.All(transaction => _page.Find(transaction.Id.Value) is not null);

    private static TransactionStatus Change(
        Submission submission, Dictionary<string, (NormalSide Side, AccountFlags Flags)> accounts, NaivePage page, DateTimeOffset now)
    {
        foreach (AccountChange change in submission.AccountChanges)
        {
            string account = change.Account.ToString();
            if (!accounts.ContainsKey(account))
            {
                return TransactionStatus.AccountNotFound;
            }

            bool isChange = page.StandingOf(account) != change.Standing;
            if (isChange && change.Standing == AccountStanding.Closed && page.Totals(account)[1] != page.Totals(account)[3])
            {
                return TransactionStatus.AccountNotEmpty;
            }

            if (isChange)
            {
                page.Stand(account, change.Standing);
            }
        }

        if (submission.ClosePeriodThrough is { } through && (page.ClosedThrough is null || through > page.ClosedThrough))
        {
            if (through >= DateOnly.FromDateTime(now.UtcDateTime))
            {
                return TransactionStatus.PeriodNotOver;
            }

            page.Close(through);
        }

        return TransactionStatus.Created;
    }

    private static bool UseLimits(Submission submission, NaivePage page, DateTimeOffset now)
    {
        foreach (LimitUse use in submission.Limits)
        {
            BigInteger used = page.UsedOf(use.Key, now) + use.Amount;
            if (used > use.Max)
            {
                return false;
            }

            page.Use(use, used);
        }

        return true;
    }

    private static Foreseen None(Submission submission, TransactionStatus status) => new(status, Same(submission.Transactions.Length, status), Page: null);

    private static List<Prediction> Same(int count, TransactionStatus status) => [.. Enumerable.Repeat(new Prediction(status, -1, 0), count)];
}
