using System.Numerics;
using Florin.Ledger;

namespace Florin.Simulator.Model;

/// <summary>One line of an entry. <see cref="Origin"/>: which line of the related entry it ends or takes back; -1 when none.</summary>
/// <param name="Released">For a post: how much of the reservation ends with it.</param>
internal sealed record NaiveLine(string Debit, string Credit, BigInteger Amount, int Code, int Origin, BigInteger Released = default);

/// <summary>What was written for one transaction.</summary>
internal sealed record NaiveEntry(
    UInt128 Id, TransactionKind Kind, List<NaiveLine> Lines, UInt128? Related, DateOnly? Date, string? Reference, string? Metadata, BigInteger Sequence)
{
    public TimeSpan? Timeout { get; init; }

    /// <summary>For pending and extend: when it expires.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The command; <see langword="null"/> for an expiry.</summary>
    public Transaction? Asked { get; init; }

    /// <summary>Its day lies in a closed period: it stands on the day of its time stamp.</summary>
    public bool IsAdjusted { get; init; }
}

/// <summary>A page lies on the book: what is written on it counts for its reader, and enters the book only when it is kept.</summary>
internal sealed class NaivePage(NaivePage? under = null)
{
    // Debits pending, debits posted, credits pending, credits posted.
    private readonly Dictionary<string, BigInteger[]> _totals = [];
    private readonly Dictionary<UInt128, NaiveEntry> _entries = [];
    private readonly Dictionary<UInt128, List<NaiveEntry>> _children = [];

    private readonly Dictionary<string, AccountStanding> _standings = [];
    private readonly Dictionary<string, (BigInteger Used, DateTimeOffset Until)> _limits = [];

    public BigInteger Sequence { get; private set; } = under?.Sequence ?? 0;

    /// <summary>The last closed day.</summary>
    public DateOnly? ClosedThrough { get; private set; } = under?.ClosedThrough;

    /// <summary>What was written here beside entries, in order.</summary>
    public List<(string Account, AccountStanding Standing, BigInteger After)> Standings { get; } = [];

    public List<(LimitUse Use, BigInteger Used, BigInteger After)> Uses { get; } = [];

    public List<(DateOnly Through, BigInteger After)> Closings { get; } = [];

    public IEnumerable<NaiveEntry> Book => _entries.Values;

    /// <summary>Pending transactions that have a time-out.</summary>
    public List<NaiveEntry> Timed { get; } = [];

    public NaivePage Turn() => new(this);

    /// <summary>Copies what is written here into the book below.</summary>
    public NaivePage Keep()
    {
        foreach ((string account, BigInteger[] totals) in _totals)
        {
            under!._totals[account] = totals;
        }

        foreach (NaiveEntry entry in _entries.Values.OrderBy(entry => entry.Sequence))
        {
            under!.Note(entry);
        }

        Standings.ForEach(change => under!.Stand(change.Account, change.Standing));
        Closings.ForEach(closing => under!.Close(closing.Through));
        Uses.ForEach(use => under!.Use(use.Use, use.Used));
        under!.Sequence = Sequence;
        return under;
    }

    public AccountStanding StandingOf(string account) =>
        _standings.TryGetValue(account, out AccountStanding here) ? here : under?.StandingOf(account) ?? AccountStanding.Open;

    public void Stand(string account, AccountStanding standing)
    {
        _standings[account] = standing;
        Standings.Add((account, standing, Sequence));
    }

    public void Close(DateOnly through)
    {
        ClosedThrough = through;
        Closings.Add((through, Sequence));
    }

    /// <summary>
    /// Nothing when the window is over, which ends with the latest end that was named. Uses of one submission, which are on one page, add up anyway.
    /// </summary>
    public BigInteger UsedOf(string key, DateTimeOffset now) =>
        under is not null && !_limits.ContainsKey(key) ? under.UsedOf(key, now)
        : CounterOf(key) is { } counter && (under is not null || counter.Until > now) ? counter.Used
        : 0;

    public void Use(LimitUse use, BigInteger used)
    {
        DateTimeOffset until = CounterOf(use.Key)?.Until ?? use.ForgetAfter;
        _limits[use.Key] = (used, until > use.ForgetAfter ? until : use.ForgetAfter);
        Uses.Add((use, used, Sequence));
    }

    private (BigInteger Used, DateTimeOffset Until)? CounterOf(string key) =>
        _limits.TryGetValue(key, out (BigInteger, DateTimeOffset) here) ? here : under?.CounterOf(key);

    public BigInteger[] Totals(string account) =>
        _totals.TryGetValue(account, out BigInteger[]? here) ? here : under?.Totals(account) ?? new BigInteger[4];

    public NaiveEntry? Find(UInt128 id) => _entries.GetValueOrDefault(id) ?? under?.Find(id);

    public IEnumerable<NaiveEntry> Children(UInt128 id) => (under?.Children(id) ?? []).Concat(_children.GetValueOrDefault(id) ?? []);

    /// <summary>What ended it: a post, a void, its time, or the part that left nothing.</summary>
    public TransactionKind? EndOf(NaiveEntry pending)
    {
        NaiveEntry? end = Children(pending.Id).FirstOrDefault(child => child.Kind is TransactionKind.Post or TransactionKind.Void or TransactionKind.Expire);
        return end?.Kind ?? (HeldOf(pending).Any(held => held > 0) ? null : Children(pending.Id).Last().Kind);
    }

    /// <summary>What each line still reserves, its end apart.</summary>
    public List<BigInteger> HeldOf(NaiveEntry pending)
    {
        List<BigInteger> held = [.. pending.Lines.Select(line => line.Amount)];
        foreach (NaiveEntry child in Children(pending.Id))
        {
            int sign = child.Kind switch
            {
                TransactionKind.Increase => 1,
                TransactionKind.Release or TransactionKind.PostPart => -1,
                _ => 0,
            };
            child.Lines.ForEach(line => held[line.Origin] += sign * line.Amount);
        }

        return held;
    }

    public bool IsPartlyPosted(UInt128 pending) => Children(pending).Any(child => child.Kind == TransactionKind.PostPart);

    public DateTimeOffset? ExpiryOf(NaiveEntry pending) =>
        Children(pending.Id).LastOrDefault(child => child.Kind == TransactionKind.Extend)?.ExpiresAt ?? pending.ExpiresAt;

    public BigInteger TakenBack(UInt128 posted, int line) => Children(posted)
        .Where(child => child.Kind == TransactionKind.Reverse)
        .SelectMany(child => child.Lines)
        .Where(child => child.Origin == line)
        .Aggregate(BigInteger.Zero, (sum, child) => sum + child.Amount);

    public void Write(NaiveEntry entry)
    {
        Note(entry);
        Sequence += entry.Lines.Count;
        Count(entry.Kind, entry.Lines);
    }

    /// <summary>What lines of a kind do to totals.</summary>
    public void Count(TransactionKind kind, List<NaiveLine> lines)
    {
        switch (kind)
        {
            case TransactionKind.Pending:
            case TransactionKind.Increase:
                Move(lines, 0, 1);
                break;
            case TransactionKind.Void:
            case TransactionKind.Expire:
            case TransactionKind.Release:
                Move(lines, 0, -1);
                break;
            case TransactionKind.Post:
                Move([.. lines.Select(line => line with { Amount = line.Released })], 0, -1);
                Move(lines, 1, 1);
                break;
            case TransactionKind.PostPart:
                Move(lines, 0, -1);
                Move(lines, 1, 1);
                break;
            case TransactionKind.Extend:
                break;
            default:
                Move(lines, 1, 1);
                break;
        }
    }

    private void Note(NaiveEntry entry)
    {
        _entries.Add(entry.Id, entry);
        if (entry.Kind == TransactionKind.Pending && entry.ExpiresAt is not null)
        {
            Timed.Add(entry);
        }

        if (entry.Related is { } related)
        {
            (_children.TryGetValue(related, out List<NaiveEntry>? children) ? children : _children[related] = []).Add(entry);
        }
    }

    private void Move(List<NaiveLine> lines, int column, int sign)
    {
        foreach (NaiveLine line in lines)
        {
            Add(line.Debit, column, sign * line.Amount);
            Add(line.Credit, column + 2, sign * line.Amount);
        }
    }

    private void Add(string account, int column, BigInteger amount)
    {
        BigInteger[] totals = [.. Totals(account)];
        totals[column] += amount;
        _totals[account] = totals;
    }
}
